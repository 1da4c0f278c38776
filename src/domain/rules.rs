//! The optional rules of an offer. Without them it sells one unit to each account, first come, first served,
//! and a sale is final.

use serde::{Deserialize, Serialize};

use super::draw::Seed;
use super::money::Money;
use super::time::Millis;

/// The optional rules of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Whether a claim for more units than are available takes those and waits for the rest. If not, it waits
    /// for all its units, and the claims behind it do not wait for it.
    pub partial: bool,
    /// Upper bound on the units of one card, over all accounts that share it.
    pub limit_per_card: Option<u32>,
    /// Upper bound on what an account spends in a day (UTC) in the offer's campaign: orders, reservations and
    /// places in line together.
    pub spend_cap: Option<Money>,
    /// Upper bound on the rate of an account's posts.
    pub pace: Option<PostRate>,
    /// Minimum age of the author's account at the time of a post; checked if the post carries the age.
    pub account_age: Option<Millis>,
    /// How long after its confirmation an order can be taken back; `None` means that a sale is final.
    pub take_back: Option<Millis>,
    /// The draw of the opening; `None` means first come, first served.
    pub draw: Option<DrawRule>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            partial: true,
            limit_per_card: None,
            spend_cap: None,
            pace: None,
            account_age: None,
            take_back: None,
            draw: None,
        }
    }
}

/// A token bucket for the posts of one account: `posts` at once, refilled evenly within `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRate {
    /// Upper bound on the posts at once.
    pub posts: u32,
    /// The time in which the empty bucket refills.
    pub per: Millis,
}

/// The draw of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawRule {
    /// How long after the opening claims enter the draw.
    pub window: Millis,
    /// The seed of the draw. Its hash is published before the sale, the seed itself after the draw.
    pub seed: Seed,
}
