//! Lists that are read page by page, the newest first.

use super::api::Api;
use super::objects::{List, Listed};
use super::order::Order;
use crate::domain::time::{Millis, Timestamp};
use crate::net::Request;

/// Items of a page; Stripe gives no more.
const PAGE: usize = 100;
/// Pages that are read at most. Each list is of one buyer or of one payment.
const PAGES_MAX: u32 = 5;
/// How far journal time may have been ahead of Stripe's clock when the effect was recorded. It costs nothing: the list is of
/// one buyer.
const CLOCKS_APART: Millis = Millis::from_secs(3600);
/// How far back the payment of an order is looked for.
const ORDER_AGE_MOST: Millis = Millis::from_secs(31 * 24 * 3600);

/// A list that is being read.
#[derive(Debug)]
pub(super) struct Pages {
    query: String,
    read: u32,
}

/// What a page showed.
pub(super) enum Look<T> {
    /// What was looked for.
    Found(T),
    /// Nothing, and another page may show it.
    On(Request),
    /// Nothing.
    Over,
}

impl Pages {
    /// The buyer's payments since about the effect's record.
    pub(super) fn since_record(order: &Order<'_>) -> Self {
        Self::of_customer(order, before(order.recorded_at, CLOCKS_APART))
    }

    /// The buyer's payments of the last weeks.
    pub(super) fn of_order(order: &Order<'_>) -> Self {
        Self::of_customer(order, before(order.recorded_at, ORDER_AGE_MOST))
    }

    fn of_customer(order: &Order<'_>, since: Timestamp) -> Self {
        let (customer, since) = (order.card.customer, since.ms().div_euclid(1000));
        let query = format!("/v1/payment_intents?customer={customer}&created%5Bgte%5D={since}&limit={PAGE}");
        Self { query, read: 0 }
    }

    /// The refunds of a payment.
    pub(super) fn of_refunds(intent: &str) -> Self {
        Self { query: format!("/v1/refunds?payment_intent={intent}&limit={PAGE}"), read: 0 }
    }

    /// The request for the newest page.
    pub(super) fn first(&self, api: &Api) -> Request {
        Request::get(api.at(&self.query)).signed()
    }

    /// Reads a page.
    pub(super) fn look<T: Listed>(
        &mut self,
        api: &Api,
        page: List<T>,
        is_it: impl Fn(&T) -> bool,
    ) -> Look<T> {
        self.read += 1;
        let last = page.data.last().map(|item| item.id().to_owned());
        if let Some(found) = page.data.into_iter().find(|item| is_it(item)) {
            return Look::Found(found);
        }
        match last.filter(|_| page.has_more && self.read < PAGES_MAX) {
            Some(last) => {
                Look::On(Request::get(api.at(&format!("{}&starting_after={last}", self.query))).signed())
            }
            None => Look::Over,
        }
    }
}

/// A time before another one.
fn before(at: Timestamp, by: Millis) -> Timestamp {
    Timestamp::from_ms(at.ms().saturating_sub(by.ms()))
}
