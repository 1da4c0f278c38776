//! The description of a crowd: counts, shares and targets, as plain data that can come from a file.

use crate::precedent;
use crate::target::Target;
use serde::{Deserialize, Serialize};

/// Describes a crowd. The default is 10,000 people who want the precedent's six offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrowdPlan {
    /// Number of people.
    pub accounts: u64,
    /// What the people want; at least one. Without weights the popularity follows Zipf's law, the first
    /// target first.
    pub targets: Vec<Target>,
    /// The people's cards.
    pub cards: CardPlan,
    /// The people's habits.
    pub habits: HabitPlan,
}

/// Cards, as shares in `0..=1`. The token of a card names what the card does when it is authorized:
/// `tok_ok_7`, `tok_slow_8`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardPlan {
    /// Share of all people who linked a card.
    pub linked: f64,
    /// Share of the linked cards that are prepaid, which offers refuse.
    pub prepaid: f64,
    /// Share of the linked cards that decline (`tok_decline_`).
    pub decline: f64,
    /// Share of the linked cards whose provider answers slowly (`tok_slow_`).
    pub slow: f64,
    /// Share of the linked cards without an answer and without a hold (`tok_timeout_before_`).
    pub timeout_before: f64,
    /// Share of the linked cards without an answer although a hold was placed (`tok_timeout_after_`).
    pub timeout_after: f64,
    /// Share of the linked cards whose provider fails with a 5xx status (`tok_error_`).
    pub error: f64,
}

/// Describes habits by shares of all people in `0..=1`, and the delay of confirmations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HabitPlan {
    /// Never answers a prompt.
    pub silent: f64,
    /// Answers a prompt with the cancel tag.
    pub cancels: f64,
    /// Posts the confirmation right after the claim, and the network delivers it first.
    pub confirms_early: f64,
    /// Share of the people on the waitlist who left before their promotion.
    pub leaves_line: f64,
    /// Share of the claims that are delivered twice.
    pub redelivered: f64,
    /// Claims the same offer again in a second post.
    pub posts_again: f64,
    /// Share of the claims that another person reposts.
    pub reposted: f64,
    /// Share of the claims that another person copies by hand as `RT @...`.
    pub manual_rt: f64,
    /// Writes a tag in another letter case than announced.
    pub other_case: f64,
    /// Writes own words around the tag, instead of the pre-filled sentence.
    pub chatty: f64,
    /// Share of the posts whose hash sign arrives as the JSON escape `\u0023`.
    pub escaped: f64,
    /// Median delay from the prompt to the answer, in milliseconds.
    pub confirm_median_ms: u64,
    /// Spread of that delay: the sigma of a log-normal distribution. 0 gives every person the median.
    pub confirm_sigma: f64,
}

impl Default for CrowdPlan {
    fn default() -> Self {
        Self {
            accounts: 10_000,
            targets: precedent::targets(),
            cards: CardPlan::default(),
            habits: HabitPlan::default(),
        }
    }
}

impl Default for CardPlan {
    fn default() -> Self {
        Self {
            linked: 0.97,
            prepaid: 0.02,
            decline: 0.02,
            slow: 0.01,
            timeout_before: 0.005,
            timeout_after: 0.005,
            error: 0.005,
        }
    }
}

impl Default for HabitPlan {
    fn default() -> Self {
        Self {
            silent: 0.15,
            cancels: 0.04,
            confirms_early: 0.01,
            leaves_line: 0.10,
            redelivered: 0.02,
            posts_again: 0.03,
            reposted: 0.02,
            manual_rt: 0.01,
            other_case: 0.10,
            chatty: 0.30,
            escaped: 0.01,
            confirm_median_ms: 4_000,
            confirm_sigma: 0.8,
        }
    }
}
