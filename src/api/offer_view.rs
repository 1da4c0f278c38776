//! An offer as `summary.json` and the API show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::OfferId;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;

/// What kind of offer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// Units are sold.
    Purchase,
    /// Cards are enrolled, and their purchases earn statement credits.
    Credit,
}

/// An offer as `summary.json` and the API show it. The counts of a statement-credit offer are those of
/// its enrollments: they are sold at once, and for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    /// The offer's name.
    pub id: OfferId,
    /// What kind of offer it is.
    pub kind: OfferKind,
    /// What people read of it.
    pub title: String,
    /// The price of a unit, before tax; null for a statement-credit offer.
    pub price: Option<Money>,
    /// When claims begin to count.
    pub opens: String,
    /// When claims cease to count.
    pub closes: String,
    /// All units.
    pub allotment: u32,
    /// Free units.
    pub available: u32,
    /// Units kept for buyers until their deadlines.
    pub reserved: u32,
    /// Units paid for.
    pub sold: u32,
    /// Claims in line.
    pub waiting: u32,
    /// Buying posts that were judged.
    pub claims: u64,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Money captured and not refunded.
    pub captured: Money,
    /// What became of the credits of a statement-credit offer.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub credits: Option<CreditsView>,
}

/// The credits of a statement-credit offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsView {
    /// What a purchase earns: `25.00 USD`, or `10%, up to 5.00 USD`.
    pub reward: String,
    /// How many purchases counted.
    pub credits: u64,
    /// What they earned.
    pub credited: Money,
    /// What of it was taken back.
    pub reversed: Money,
}
