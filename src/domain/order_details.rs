//! What a merchant needs to fulfil an order, and a buyer to check it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::event::Claim;
use super::link::{Last4, Region};
use super::money::{Money, Rate};
use super::terms::Terms;

/// The details of an order beside its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetails {
    /// Units of the order.
    pub units: u32,
    /// The price of one unit, as the offer names it.
    pub unit_price: Money,
    /// What the order costs for shipping, as the offer names it; `None` if it names nothing.
    pub shipping: Option<Money>,
    /// The tax in the total.
    pub tax: Money,
    /// The agreed tax rate.
    pub tax_rate: Rate,
    /// The total: units and shipping with tax.
    pub total: Money,
    /// The billing region; `None` if it is not known.
    pub region: Option<Region>,
    /// The last four digits of the card; `None` if they are not known.
    pub last4: Option<Last4>,
    /// The buyer's handle as the claiming post had it; `None` if it is not known.
    pub handle: Option<CompactString>,
    /// The token under which the card provider knows where to ship to.
    pub ship_to: CompactString,
}

impl OrderDetails {
    /// The details of the order of a claim.
    #[must_use]
    pub fn new(terms: &Terms, claim: &Claim) -> Self {
        let Claim { units, rate, amount, card, region, last4, handle, .. } = claim;
        Self {
            units: *units,
            unit_price: terms.price,
            shipping: terms.rules.shipping,
            // What could be totalled has a tax.
            tax: terms.tax_at(*units, *rate).unwrap_or_else(|| Money::zero(amount.currency)),
            tax_rate: *rate,
            total: *amount,
            region: *region,
            last4: *last4,
            handle: handle.clone(),
            ship_to: card.clone(),
        }
    }
}
