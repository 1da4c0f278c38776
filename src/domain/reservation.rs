//! A reservation: units kept for one account until a deadline. All its legal transitions stand here.

use super::event::Claim;
use super::id::PostId;
use super::time::Timestamp;

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Kept until the deadline; not confirmed.
    Held,
    /// The order is placed; the card is being authorized.
    Confirmed,
    /// The money is kept for us; it is being captured.
    Authorized,
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
}

/// Where a step leads.
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
            (Self::Confirmed | Self::Authorized, Step::Decline) => Some(Next::Returned),
            (Self::Authorized, Step::Sell) => Some(Next::Sold),
            _ => None,
        }
    }
}

/// Units kept for one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reservation {
    /// What was claimed, and who pays.
    pub claim: Claim,
    /// Where it stands.
    pub stage: Stage,
    /// When the window ends, by the confirming post's own time.
    pub deadline: Timestamp,
    /// The delivered prompt; reposting it confirms.
    pub prompt: Option<PostId>,
}
