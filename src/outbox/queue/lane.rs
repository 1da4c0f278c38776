//! The bounds of lanes, and the order in which effects share a lane's departures.

use crate::domain::effect::Effect;
pub use crate::domain::lane::Lane;
use crate::domain::outcome::Outcome;
use crate::domain::time::Millis;

/// The bounds of the outbox. Each counts effects unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Payments under way at once.
    pub cards: usize,
    /// Statement credits under way at once.
    pub credits: usize,
    /// Payments and statement credits under way at once, together.
    pub money: usize,
    /// Replies under way at once, on each network.
    pub replies: usize,
    /// E-mails under way at once.
    pub emails: usize,
    /// Orders under way at once.
    pub orders: usize,
    /// Orders whose posts are read again at once.
    pub attestations: usize,
    /// Most replies to refused posts that wait, on each network; further ones are dropped.
    pub refusals: usize,
    /// Greatest age of a reply that is neither a prompt nor an order's result; older ones are dropped.
    pub reply_stale: Millis,
    /// Most recipients whose latest text is remembered.
    pub recipients: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cards: 64,
            credits: 64,
            money: usize::MAX,
            replies: 16,
            emails: 8,
            orders: 8,
            attestations: 32,
            refusals: 4096,
            reply_stale: Millis::from_secs(900),
            recipients: 100_000,
        }
    }
}

impl Bounds {
    /// The most attempts that may be under way in a lane.
    #[must_use]
    pub fn in_flight(&self, lane: Lane) -> usize {
        match lane {
            Lane::Cards => self.cards,
            Lane::Credits => self.credits,
            Lane::Replies(_) => self.replies,
            Lane::Emails => self.emails,
            Lane::Orders => self.orders,
        }
    }
}

/// The order in which replies share scarce departures: those that buyers wait for come first. The smaller
/// rank leaves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Prompt,
    Result,
    Rest,
}

impl Rank {
    pub(super) fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Reply(_) if effect.prompts().is_some() => Self::Prompt,
            Effect::Reply(request) => match request.outcome {
                Outcome::Sold | Outcome::Declined | Outcome::Refunded => Self::Result,
                Outcome::Credited | Outcome::CreditReversed => Self::Result,
                _ => Self::Rest,
            },
            // Announcements are few, and everybody waits for them.
            Effect::Announce { .. } => Self::Result,
            _ => Self::Rest,
        }
    }
}
