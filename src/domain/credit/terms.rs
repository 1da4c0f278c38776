//! The terms of a statement-credit offer, as agreed when it was added. They do not change while it runs.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::id::{Network, OfferId};
use crate::domain::link::{Fundings, Link};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::time::{Millis, Timestamp};

/// What one purchase that counts gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// The same for every purchase.
    Fixed(Money),
    /// A share of the purchase.
    Share {
        /// The share of the purchase.
        rate: Rate,
        /// But not more than this.
        most: Money,
    },
}

impl Reward {
    /// The most that one purchase can give back.
    #[must_use]
    pub fn most(&self) -> Money {
        match self {
            Self::Fixed(money) | Self::Share { most: money, .. } => *money,
        }
    }
}

/// The terms of a statement-credit offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditTerms {
    /// The offer's name.
    pub id: OfferId,
    /// The offers that share limits; by default the offer's own name.
    pub campaign: CompactString,
    /// What it is called by people.
    pub title: CompactString,
    /// The hashtag that enrolls the author's card, without the hash sign.
    pub enroll: CompactString,
    /// What a purchase gives back.
    pub reward: Reward,
    /// What a purchase must come to at least.
    pub min_spend: Money,
    /// The merchants whose purchases count.
    pub merchants: Vec<CompactString>,
    /// How many purchases of one card count.
    pub uses_per_card: u32,
    /// How many cards may be enrolled.
    pub enrollments: u32,
    /// When enrolling begins, and when purchases begin to count, by their own times.
    pub opens: Timestamp,
    /// When enrolling ends, by the posts' own time.
    pub closes: Timestamp,
    /// The last instant at which a purchase may be made, by its own time.
    pub valid_until: Timestamp,
    /// How long after the closing a post that was in time may still arrive.
    pub late_grace: Millis,
    /// How old a post may be on arrival for its own time to be believed.
    pub max_lateness: Millis,
    /// The card brands that may be enrolled, in lower case; none named means all.
    pub brands: Vec<CompactString>,
    /// The kinds of cards that may be enrolled.
    pub fundings: Fundings,
    /// Where the shop has an account and speaks.
    pub networks: Vec<Network>,
    /// Where the small print is.
    pub terms_url: Option<CompactString>,
}

impl CreditTerms {
    /// Whether the linked card may be enrolled.
    #[must_use]
    pub fn accepts(&self, link: &Link) -> bool {
        link.is_among(&self.brands, &self.fundings)
    }

    /// The latest instant at which enrollments are waited for.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.closes.plus(self.late_grace)
    }

    /// The offer's only currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.min_spend.currency
    }

    /// What a purchase of that amount gives back if it counts; a share is rounded down.
    #[must_use]
    pub fn credit_for(&self, amount: Money) -> Money {
        match self.reward {
            Reward::Fixed(money) => money,
            Reward::Share { rate, most } => amount.share_down(rate).map_or(most, |share| share.min(most)),
        }
    }
}
