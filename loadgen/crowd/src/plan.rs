//! What a crowd is to be like: counts, shares and targets. Plain data, so that it can come from a file.

use crate::precedent;
use serde::{Deserialize, Serialize};

/// A crowd, described. The default is 10,000 people who want the precedent's six offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrowdPlan {
    /// How many people there are.
    pub accounts: u64,
    /// What they want; at least one. Without weights the popularity is Zipf's, the first target being the most wanted.
    pub targets: Vec<Target>,
    /// What their cards are like.
    pub cards: CardPlan,
    /// What they do.
    pub habits: HabitPlan,
}

/// The three tags of one offer, without the hash sign, and how wanted it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The tag that claims.
    pub buy: String,
    /// The tag that confirms.
    pub confirm: String,
    /// The tag that passes the unit on.
    pub cancel: String,
    /// Weight against the other targets; `None` means 1 / (place in the list).
    #[serde(default)]
    pub popularity: Option<f64>,
}

/// Cards, as shares in `0..=1`. What a card does when it is authorized is named by its token: `tok_ok_7`, `tok_slow_8`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardPlan {
    /// Of all people: linked a card.
    pub linked: f64,
    /// Of the linked: a prepaid card, which offers refuse.
    pub prepaid: f64,
    /// Of the linked: `tok_decline_`, the card declines.
    pub decline: f64,
    /// Of the linked: `tok_slow_`, the provider is slow to answer.
    pub slow: f64,
    /// Of the linked: `tok_timeout_before_`, no answer, and no money was held.
    pub timeout_before: f64,
    /// Of the linked: `tok_timeout_after_`, no answer although money was held.
    pub timeout_after: f64,
    /// Of the linked: `tok_error_`, the provider fails (5xx).
    pub error: f64,
}

/// Habits, as shares of all people in `0..=1`, and the pace of confirming.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HabitPlan {
    /// Never answer a prompt.
    pub silent: f64,
    /// Answer a prompt with the cancel tag.
    pub cancels: f64,
    /// Post the confirmation right behind the claim, and the network delivers it first.
    pub confirms_early: f64,
    /// Of the people who wait in line: left by the time a unit comes.
    pub leaves_line: f64,
    /// The claim is delivered twice, the same post both times.
    pub redelivered: f64,
    /// Claim the same offer again by a second post.
    pub posts_again: f64,
    /// The claim is reposted by somebody else.
    pub reposted: f64,
    /// The claim is copied by somebody else as a hand-made `RT @...`.
    pub manual_rt: f64,
    /// Write a tag in other letter case than announced.
    pub other_case: f64,
    /// Put words of their own around the tag, instead of the pre-filled sentence.
    pub chatty: f64,
    /// The hash sign arrives as the JSON escape `\u0023`.
    pub escaped: f64,
    /// Half of those who confirm take longer than this many milliseconds from the prompt.
    pub confirm_median_ms: u64,
    /// Spread of that delay: the sigma of a log-normal distribution. 0 gives everyone the median.
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
