//! How a sale is stormed, and the single arrival at its door.

use crate::post::PostPlan;
use serde::{Deserialize, Serialize};

/// How a sale is stormed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BurstPlan {
    /// First claims, without those that are delivered or posted again. People beyond the crowd's number come round
    /// again with another wish.
    pub claims: u64,
    /// Of the claims, the share in `0..=1` that comes evenly over the span instead of in the rush.
    pub steady: f64,
    /// The rush falls off by a factor of e every so many milliseconds.
    pub burst_ms: u64,
    /// All claims and all noise come within this many milliseconds from the opening.
    pub span_ms: u64,
    /// Posts that do not matter, for each claim; spread evenly over the span.
    pub noise_per_claim: f64,
}

impl Default for BurstPlan {
    fn default() -> Self {
        Self { claims: 10_000, steady: 0.3, burst_ms: 800, span_ms: 20_000, noise_per_claim: 10.0 }
    }
}

/// One line reaching the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it reaches the engine, in milliseconds from the opening.
    pub at_ms: u64,
    /// When it was posted, in Unix milliseconds: the arrival, unless the network was late.
    pub posted_at_ms: i64,
    /// The post's id. A post that is delivered twice has the same one both times.
    pub post_id: u64,
    /// What it is.
    pub what: What,
}

/// What arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A post of the crowd, for [`Crowd::write_post`](crate::Crowd::write_post).
    Post(PostPlan),
    /// A post that does not matter, for [`Noise::write`](crate::Noise::write).
    Noise,
}
