//! Lanes: deliveries to one provider, each network having its own, and the bounds on them.

use crate::domain::effect::Effect;
use crate::domain::id::Network;
use crate::domain::outcome::Outcome;
use crate::domain::time::Millis;

/// To which provider an effect goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Payments.
    Cards,
    /// Replies and announcements on one network: they all leave from the shop's account there.
    Replies(Network),
    /// Letters to buyers.
    Emails,
    /// Orders for the merchant.
    Orders,
}

impl Lane {
    /// Every lane; payments come first, for units wait for them.
    pub const ALL: [Self; 6] = [
        Self::Cards,
        Self::Replies(Network::X),
        Self::Replies(Network::Bluesky),
        Self::Replies(Network::Mastodon),
        Self::Emails,
        Self::Orders,
    ];

    /// The lane of an effect.
    #[must_use]
    pub fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Authorize(_)
            | Effect::Capture(_)
            | Effect::Void(_)
            | Effect::Refund(_)
            | Effect::Credit(_)
            | Effect::ReverseCredit(_) => Self::Cards,
            Effect::Reply(notice) => Self::Replies(notice.account.network),
            Effect::Announce { network, .. } => Self::Replies(*network),
            Effect::Email { .. } => Self::Emails,
            Effect::Order(_) => Self::Orders,
        }
    }
}

/// How many of what the outbox bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Payments under way at once.
    pub cards: usize,
    /// Replies under way at once, on each network.
    pub replies: usize,
    /// E-mails under way at once.
    pub emails: usize,
    /// Orders under way at once.
    pub orders: usize,
    /// Replies to refused posts that wait, on each network; the rest are dropped.
    pub refusals: usize,
    /// How old a reply may be that is neither a prompt nor an order's result; later it is dropped.
    pub reply_stale: Millis,
    /// Recipients whose last reply is remembered.
    pub recipients: usize,
    /// Dead letters kept for display; the journal has them all.
    pub dead_letters: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cards: 64,
            replies: 16,
            emails: 8,
            orders: 8,
            refusals: 4096,
            reply_stale: Millis::from_secs(900),
            recipients: 100_000,
            dead_letters: 1000,
        }
    }
}

impl Bounds {
    /// How many may be under way in a lane.
    #[must_use]
    pub fn in_flight(&self, lane: Lane) -> usize {
        match lane {
            Lane::Cards => self.cards,
            Lane::Replies(_) => self.replies,
            Lane::Emails => self.emails,
            Lane::Orders => self.orders,
        }
    }
}

/// What is scarce goes first to what a buyer waits for. Smaller is sooner.
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
            Effect::Reply(notice) => match notice.outcome {
                Outcome::Sold | Outcome::Declined | Outcome::Refunded => Self::Result,
                Outcome::Credited | Outcome::CreditReversed => Self::Result,
                _ => Self::Rest,
            },
            // Few, and everybody waits for them.
            Effect::Announce { .. } => Self::Result,
            _ => Self::Rest,
        }
    }
}
