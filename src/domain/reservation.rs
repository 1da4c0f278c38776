//! A reservation: units kept for one account until a deadline. All legal transitions are here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::Claim;
use super::id::PostId;
use super::time::Timestamp;
use crate::collections::stored::shared;

/// The stage of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// Held until the deadline; not confirmed yet.
    Held,
    /// The order is placed; the payment is being authorized.
    Confirmed,
    /// The payment is authorized and is being captured.
    Authorized,
    /// The order was taken back; the units become available when the payment is refunded.
    Returning,
}

/// What ends a stage of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The author confirmed.
    Confirm,
    /// The card provider authorized the payment.
    Authorize,
    /// The card provider captured the payment: the units are sold.
    Sell,
    /// The card provider declined: the units become available.
    Decline,
    /// The deadline passed: the units become available.
    Expire,
    /// The author passed the reservation on: the units become available.
    Release,
    /// The author took the order back before the capture: the units become available.
    TakeBack,
    /// The payment of an order that was taken back is refunded, and the units become available.
    Refund,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// The reservation continues in this stage.
    Stage(Stage),
    /// The reservation ended; its units are sold.
    Sold,
    /// The reservation ended; its units are available again.
    Returned,
}

impl Stage {
    /// The result of an event in this stage; `None` if the event is not allowed here.
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

/// How far the reminder before a reservation's deadline is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reminder {
    /// It waits for the delivery of the prompt, or the offer reminds nobody.
    #[default]
    Waits,
    /// The prompt is delivered, and the reminder has its time.
    Scheduled,
    /// Its time came. There is no second one.
    Over,
}

/// Units kept for one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reservation {
    /// The claim: what was claimed, and which card pays. Shared with the order.
    #[serde(with = "shared")]
    pub claim: Arc<Claim>,
    /// The current stage.
    pub stage: Stage,
    /// When the confirmation window ends, by the confirming post's own time.
    pub deadline: Timestamp,
    /// The delivered prompt; a repost of it confirms.
    pub prompt: Option<PostId>,
    /// Whether the prompt went by e-mail.
    pub mailed: bool,
    /// How far its reminder is.
    #[serde(default)]
    pub reminder: Reminder,
}

impl Reservation {
    /// A reservation whose prompt is not delivered yet.
    #[must_use]
    pub fn new(claim: Arc<Claim>, stage: Stage, deadline: Timestamp) -> Self {
        Self { claim, stage, deadline, prompt: None, mailed: false, reminder: Reminder::Waits }
    }

    /// Whether its prompt is not delivered yet.
    #[must_use]
    pub fn awaits_prompt(&self) -> bool {
        self.stage == Stage::Held && self.prompt.is_none() && !self.mailed
    }

    /// Whether its prompt went by e-mail, and no reply has been delivered: a post is prompted by one reply at most.
    #[must_use]
    pub fn awaits_reply(&self) -> bool {
        self.stage == Stage::Held && self.prompt.is_none() && self.mailed
    }

    /// Whether its reminder has its time.
    #[must_use]
    pub fn awaits_reminder(&self) -> bool {
        self.stage == Stage::Held && self.reminder == Reminder::Scheduled
    }
}
