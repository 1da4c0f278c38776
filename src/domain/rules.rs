//! The rules that an offer may have besides its terms; without them it sells one unit to each account that claims
//! first, and what is sold is sold.

use serde::{Deserialize, Serialize};

use super::draw::Seed;
use super::money::Money;
use super::time::Millis;

/// What an offer asks for, or allows, beyond the ordinary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Whether a claim for more than is available takes what there is and waits for the rest. If not,
    /// it waits for all of it, and those behind it do not wait for it.
    pub partial: bool,
    /// Units one card may have, over all accounts that share it.
    pub limit_per_card: Option<u32>,
    /// What an account may spend in a day (UTC) in the offer's campaign: orders, reservations and
    /// places in line together.
    pub spend_cap: Option<Money>,
    /// How many posts an account may make.
    pub pace: Option<PostRate>,
    /// Minimum age of an author's account when it posts, checked if the post has it.
    pub account_age: Option<Millis>,
    /// How long after the confirmation an order can be taken back.
    pub take_back: Option<Millis>,
    /// Whether the first claims are drawn by lot.
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

/// A token bucket for the posts of one account: `posts` at once, refilled within `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRate {
    /// Upper bound on the posts at once.
    pub posts: u32,
    /// The time in which the bucket refills.
    pub per: Millis,
}

/// How the opening is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawRule {
    /// How long after the opening claims are gathered.
    pub window: Millis,
    /// The seed of the draw. Its hash is published before the sale, and the seed after it.
    pub seed: Seed,
}
