//! Orders for the merchant, as lines of a file that the shipping department reads.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::group_sync::GroupSync;
use super::keyed_file::KeyedFile;
use crate::api::order_terms::OrderTerms;
use crate::domain::effect::Effect;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::outbox::address_book::ParcelBook;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::resend_safety::ResendSafety;
use crate::outbox::text;
use crate::people::ShipTo;

/// One order. Only here, and where an operator asks for an order, the postal address of its buyer is unsealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderLine {
    /// The idempotency key.
    pub key: String,
    /// The order's public id.
    pub order: String,
    /// Id of the offer.
    pub offer: CompactString,
    /// Title of the goods to ship.
    pub title: CompactString,
    /// The buyer, as `network:author`.
    pub account: String,
    /// Token of the card that paid.
    pub card: CompactString,
    /// The amount paid.
    pub amount: Money,
    /// What was ordered; left out if the order was recorded before orders had details.
    #[serde(flatten)]
    pub ordered: Option<OrderTerms>,
    /// Where the parcel goes; left out if that is not known, and for a person who was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<ShipTo>,
    /// Time of delivery to this file.
    #[serde(serialize_with = "text::serialize")]
    pub at: Timestamp,
}

/// Hands orders to the merchant. The file holds no key twice. An order counts as handed over only once its
/// line is durable, because an order that is missing from the file is never shipped.
pub struct OrderFile {
    lines: RefCell<KeyedFile>,
    sync: Rc<GroupSync>,
    /// `None` where no people are kept.
    parcels: Option<Rc<dyn ParcelBook>>,
}

impl OrderFile {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let lines = KeyedFile::open(path, false)?;
        let sync = GroupSync::new(lines.handle()?);
        Ok(Self { lines: RefCell::new(lines), sync, parcels: None })
    }

    /// Writes to each order where its parcel goes.
    #[must_use]
    pub fn with_parcels(self, parcels: Rc<dyn ParcelBook>) -> Self {
        Self { parcels: Some(parcels), ..self }
    }

    fn write(&self, delivery: &Delivery) -> AttemptResult {
        let Delivery { attempt, offering, at, .. } = delivery;
        let Effect::Order(payment) = &attempt.effect else {
            return AttemptResult::impossible("not an order");
        };
        let parcel = self.parcels.as_ref().map_or(Ok(None), |parcels| parcels.parcel_of(&payment.account));
        let address = match parcel {
            Ok(address) => address,
            // An order without its address is never shipped, so it waits until that can be read.
            Err(why) => return AttemptResult::failed(why),
        };
        let line = OrderLine {
            key: attempt.key.to_string(),
            order: payment.id.public(offering.id()),
            offer: offering.id().as_str().into(),
            title: offering.title().into(),
            account: payment.account.to_string(),
            card: payment.card.clone(),
            amount: payment.amount,
            ordered: payment.details.as_deref().map(OrderTerms::from),
            address,
            at: *at,
        };
        let written = self.lines.borrow_mut().append(&attempt.key, &line);
        written.map_or_else(AttemptResult::failed, |()| attempt.delivered(*at))
    }
}

impl Provider for OrderFile {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::KEY_FOR_EVER
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        let written = self.write(delivery);
        let sync = Rc::clone(&self.sync);
        async move {
            match sync.sync().await {
                Ok(()) => written,
                Err(error) => AttemptResult::impossible(error),
            }
        }
        .boxed_local()
    }
}
