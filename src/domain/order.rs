//! An order: what a confirmed reservation became. It has the reservation's id.

use serde::Serialize;

use super::id::Account;
use super::money::Money;
use super::time::Timestamp;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Placed; the card is being authorized.
    Placed,
    /// The money is kept for us; it is being captured.
    Authorized,
    /// The money is captured.
    Sold,
    /// The card was declined.
    Declined,
}

/// A confirmed purchase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// Who buys.
    pub account: Account,
    /// How many units.
    pub units: u32,
    /// Their total with tax.
    pub amount: Money,
    /// When it was placed, in journal time.
    pub placed_at: Timestamp,
    /// Where it stands.
    pub stage: OrderStage,
}
