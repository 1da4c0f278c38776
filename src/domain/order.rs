//! An order: what a confirmed reservation became. It has the reservation's id.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::Claim;
use super::id::PostId;
use super::time::Timestamp;

/// The stage of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Taken back before the money was kept for us.
    TakenBack,
    /// Taken back; the money is on its way back.
    Returning,
    /// Taken back, and the money is back.
    Refunded,
}

/// A confirmed purchase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// Who buys what, and who pays.
    pub claim: Arc<Claim>,
    /// When it was placed, in journal time.
    pub placed_at: Timestamp,
    /// The stage.
    pub stage: OrderStage,
    /// The post that takes it back, while the money is being captured.
    pub taking_back: Option<PostId>,
}
