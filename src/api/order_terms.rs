//! What an order line and an order of the API say of what was ordered.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::order_details::OrderDetails;

/// What was ordered, at which price, and for whom. What is not known is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTerms {
    /// The units ordered.
    pub units: u32,
    /// The price of one unit.
    pub unit_price: Money,
    /// The shipping of the order; null if the offer names none.
    pub shipping: Option<Money>,
    /// The tax in the total.
    pub tax: Money,
    /// The tax rate, as `8.875%`.
    pub tax_rate: String,
    /// The total with shipping and tax.
    pub total: Money,
    /// The variant of the goods; null, because offers have none.
    pub variant: Option<CompactString>,
    /// The buyer's billing region, as `US-NY`.
    pub region: Option<String>,
    /// The last four digits of the card.
    pub last4: Option<String>,
    /// The buyer's handle when the claim was posted; never the buyer's identity.
    pub handle: Option<CompactString>,
    /// The token under which the card provider knows the buyer's address.
    pub ship_to: CompactString,
}

impl From<&OrderDetails> for OrderTerms {
    fn from(details: &OrderDetails) -> Self {
        let OrderDetails { units, unit_price, shipping, tax, tax_rate, total, .. } = details;
        let OrderDetails { region, last4, handle, ship_to, .. } = details;
        Self {
            units: *units,
            unit_price: *unit_price,
            shipping: *shipping,
            tax: *tax,
            tax_rate: tax_rate.to_string(),
            total: *total,
            variant: None,
            region: region.as_ref().map(ToString::to_string),
            last4: last4.as_ref().map(ToString::to_string),
            handle: handle.clone(),
            ship_to: ship_to.clone(),
        }
    }
}
