//! A reservation: units kept for one account until a deadline. All its legal transitions stand here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::Claim;
use super::id::PostId;
use super::time::Timestamp;
use crate::collections::stored::shared;

/// The stage of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// Kept until the deadline; not confirmed.
    Held,
    /// The order is placed; the card is being authorized.
    Confirmed,
    /// The money is kept for us; it is being captured.
    Authorized,
    /// The order was taken back; the units come back when the money has gone back.
    Returning,
}

/// What may happen to a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Its author confirmed.
    Confirm,
    /// The card provider agreed to pay.
    Authorize,
    /// The money was captured: the units are sold.
    Sell,
    /// The card provider refused: the units come back.
    Decline,
    /// The deadline passed: the units come back.
    Expire,
    /// Its author passed it on: the units come back.
    Release,
    /// Its author took the order back before anything was captured: the units come back.
    TakeBack,
    /// The money of an order that was taken back has gone back, and so do the units.
    Refund,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// The reservation goes on.
    Stage(Stage),
    /// It ended; the units are sold.
    Sold,
    /// It ended; the units are available again.
    Returned,
}

impl Stage {
    /// Where the step leads from here; none if it is not allowed.
    #[must_use]
    pub const fn after(self, step: Step) -> Option<Next> {
        match (self, step) {
            (Self::Held, Step::Confirm) => Some(Next::Stage(Self::Confirmed)),
            (Self::Held, Step::Expire | Step::Release) => Some(Next::Returned),
            (Self::Confirmed, Step::Authorize) => Some(Next::Stage(Self::Authorized)),
            (Self::Confirmed, Step::TakeBack) => Some(Next::Returned),
            (Self::Confirmed | Self::Authorized, Step::Decline) => Some(Next::Returned),
            (Self::Returning, Step::Refund) => Some(Next::Returned),
            (Self::Authorized, Step::Sell) => Some(Next::Sold),
            _ => None,
        }
    }
}

/// Units kept for one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reservation {
    /// What was claimed, and who pays; shared with the order that the reservation becomes.
    #[serde(with = "shared")]
    pub claim: Arc<Claim>,
    /// The stage.
    pub stage: Stage,
    /// When the window ends, by the confirming post's own time.
    pub deadline: Timestamp,
    /// The delivered prompt; reposting it confirms.
    pub prompt: Option<PostId>,
    /// Whether the prompt went by e-mail.
    pub mailed: bool,
}

impl Reservation {
    /// Whether its prompt is still to be delivered.
    #[must_use]
    pub fn awaits_prompt(&self) -> bool {
        self.stage == Stage::Held && self.prompt.is_none() && !self.mailed
    }
}
