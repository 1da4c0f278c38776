//! An offer as `summary.json` and the API show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::OfferId;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::sale_order::Deadlines;

/// The kinds of offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// Units are sold.
    Purchase,
    /// Cards are enrolled, and their purchases earn statement credits.
    Credit,
}

/// An offer as `summary.json` and the API show it. The counts of a statement-credit offer are those of its
/// enrollments, which are sold at once and free of charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    /// Id of the offer.
    pub id: OfferId,
    /// Kind of the offer.
    pub kind: OfferKind,
    /// Title of what is sold or granted.
    pub title: String,
    /// Price of a unit before tax; null for a statement-credit offer.
    pub price: Option<Money>,
    /// Time from which claims count, RFC 3339.
    pub opens: String,
    /// Time from which claims no longer count, RFC 3339.
    pub closes: String,
    /// Number of all units.
    pub allotment: u32,
    /// Units that are free.
    pub available: u32,
    /// Units that are reserved until their deadlines.
    pub reserved: u32,
    /// Units that are paid for.
    pub sold: u32,
    /// Claims on the waitlist.
    pub waiting: u32,
    /// Buying posts that were decided.
    pub claims: u64,
    /// Number of answers, by outcome code.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Money that was captured and not refunded.
    pub captured: Money,
    /// The pause of the sale, if an operator paused it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paused: Option<PauseView>,
    /// When an operator closed the sale before its time, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<String>,
    /// Credits of a statement-credit offer; null for other offers.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub credits: Option<CreditsView>,
}

/// A pause of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// When the sale was paused, RFC 3339.
    pub since: String,
    /// Whether confirmation deadlines go on meanwhile.
    pub deadlines: Deadlines,
}

/// The credits of a statement-credit offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsView {
    /// Credit that a purchase earns: `25.00 USD`, or `10%, up to 5.00 USD`.
    pub reward: String,
    /// Number of purchases that earned a credit.
    pub credits: u64,
    /// Total amount credited.
    pub credited: Money,
    /// Total amount taken back.
    pub reversed: Money,
}
