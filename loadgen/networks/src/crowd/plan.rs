//! Who the people are, and what they want.

/// The hashtags of the offer, without their signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    /// What a claim holds.
    pub buy: String,
    /// What a confirmation holds.
    pub confirm: String,
    /// What a cancellation holds.
    pub cancel: String,
}

/// A crowd at one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The shop's handle.
    pub shop: String,
    /// What stands behind the people's names, such as `.example` at Bluesky.
    pub suffix: String,
    /// The hashtags of the offer.
    pub tags: Tags,
    /// How many people there are.
    pub people: u32,
    /// Median time from the announcement to a claim, in milliseconds.
    pub claim_median_ms: i64,
    /// Median time from an answer to the reaction, in milliseconds.
    pub reaction_median_ms: i64,
    /// What people do how often.
    pub habits: Habits,
    /// Seed of all traits.
    pub seed: u64,
}

/// Shares of the people, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// Who does not react to the shop's prompt.
    pub silent: f64,
    /// Who cancels instead of confirming.
    pub cancels: f64,
    /// Who forgets to name the shop in the claim.
    pub forgets_shop: f64,
    /// Who deletes the claim before it is decided.
    pub deletes: f64,
    /// Who reposts the announcement besides.
    pub reposts: f64,
}

impl Default for Habits {
    fn default() -> Self {
        Self { silent: 0.10, cancels: 0.08, forgets_shop: 0.05, deletes: 0.02, reposts: 0.10 }
    }
}
