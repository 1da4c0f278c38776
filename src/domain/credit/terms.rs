//! The terms of a statement-credit offer, as agreed when it was added. They do not change while it runs.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::end::End;
use crate::domain::id::{Network, OfferId};
use crate::domain::link::{Fundings, Link};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::time::{Millis, Timestamp};

/// What a purchase that counts earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// The same amount for every purchase.
    Fixed(Money),
    /// A share of the purchase, up to a cap.
    Share {
        /// The share of the purchase.
        rate: Rate,
        /// Upper bound on the credit of one purchase.
        most: Money,
    },
}

impl Reward {
    /// Upper bound on the credit of one purchase.
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
    /// The title, for people.
    pub title: CompactString,
    /// The hashtag that enrolls the author's card, without the hash sign.
    pub enroll: CompactString,
    /// What a purchase earns.
    pub reward: Reward,
    /// Minimum amount of a purchase.
    pub min_spend: Money,
    /// The merchants whose purchases count.
    pub merchants: Vec<CompactString>,
    /// Upper bound on the purchases of one card that count.
    pub uses_per_card: u32,
    /// Upper bound on the enrolled cards.
    pub enrollments: u32,
    /// When enrolling begins and purchases begin to count, by their own times.
    pub opens: Timestamp,
    /// When enrolling ends, by the posts' own times.
    pub closes: End,
    /// The last instant at which a purchase counts, by its own time.
    pub valid_until: End,
    /// Late grace: how long after the closing a post that was in time may still arrive.
    pub late_grace: Millis,
    /// Upper bound on a post's age on arrival; an older post's own time is not believed.
    pub max_lateness: Millis,
    /// The card brands that may be enrolled, in lower case; empty means all.
    pub brands: Vec<CompactString>,
    /// The kinds of cards that may be enrolled.
    pub fundings: Fundings,
    /// The networks where the shop has an account and posts.
    pub networks: Vec<Network>,
    /// The URL of the terms and conditions, for people.
    pub terms_url: Option<CompactString>,
}

impl CreditTerms {
    /// Whether the linked card may be enrolled.
    #[must_use]
    pub fn accepts(&self, link: &Link) -> bool {
        link.is_among(&self.brands, &self.fundings)
    }

    /// The instant at which the offer stops waiting for enrollments.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.closes.after().plus(self.late_grace)
    }

    /// The offer's only currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.min_spend.currency
    }

    /// The credit for a purchase of that amount, if it counts; a share is rounded down.
    #[must_use]
    pub fn credit_for(&self, amount: Money) -> Money {
        match self.reward {
            Reward::Fixed(money) => money,
            Reward::Share { rate, most } => amount.share_down(rate).map_or(most, |share| share.min(most)),
        }
    }
}
