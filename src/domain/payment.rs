//! The payment of an order, as requests to the card processor name it.

use compact_str::CompactString;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::heard_posts::HeardPosts;
use super::id::{Account, ReservationId};
use super::money::Money;
use super::order_details::OrderDetails;
use super::provider_ref::PaymentRef;

/// The payment of one order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Payment {
    /// The reservation that became the order.
    pub id: ReservationId,
    /// The account that pays.
    pub account: Account,
    /// The card's token.
    pub card: CompactString,
    /// The amount.
    pub amount: Money,
    /// The processor's id of the payment; `None` before the authorization, and if that was recorded without it.
    #[serde(default)]
    pub reference: Option<PaymentRef>,
    /// What the merchant needs to fulfil the order; set where the order is passed on to it.
    #[serde(default)]
    pub details: Option<Box<OrderDetails>>,
    /// The posts that are to be read again before the card is asked; set where it is asked first, if streams told of
    /// them that nobody has to trust.
    #[serde(default)]
    pub heard: Option<Box<HeardPosts>>,
}

/// The fields of a payment in its stored form.
const FIELDS: usize = 7;

impl Serialize for Payment {
    /// The stored form has every field; the text form leaves out what is unknown or not set.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = !serializer.is_human_readable();
        let (shown, detailed) = (stored || self.reference.is_some(), stored || self.details.is_some());
        let is_heard = stored || self.heard.is_some();
        let Self { id, account, card, amount, reference, details, heard } = self;
        let unknown = [shown, detailed, is_heard].into_iter().filter(|with| !with).count();
        let mut out = serializer.serialize_struct("Payment", FIELDS - unknown)?;
        out.serialize_field("id", id)?;
        out.serialize_field("account", account)?;
        out.serialize_field("card", card)?;
        out.serialize_field("amount", amount)?;
        if shown {
            out.serialize_field("reference", reference)?
        } else {
            out.skip_field("reference")?
        }
        if detailed {
            out.serialize_field("details", details)?
        } else {
            out.skip_field("details")?
        }
        if is_heard {
            out.serialize_field("heard", heard)?
        } else {
            out.skip_field("heard")?
        }
        out.end()
    }
}
