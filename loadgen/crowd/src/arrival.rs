//! The plan of a burst, and the arrival of one post at the engine.

use crate::post::PostPlan;
use serde::{Deserialize, Serialize};

/// Describes the rush of claims at the opening of a sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BurstPlan {
    /// Number of first claims, without repeated deliveries and second posts. If it exceeds the number of
    /// people, each person claims again with another choice of target.
    pub claims: u64,
    /// Share of the claims, in `0..=1`, that is spread evenly over the span instead of coming in the rush.
    pub steady: f64,
    /// Milliseconds in which the rate of the rush falls by a factor of e.
    pub burst_ms: u64,
    /// Milliseconds from the opening within which all claims and all noise arrive.
    pub span_ms: u64,
    /// Number of irrelevant posts per claim, spread evenly over the span.
    pub noise_per_claim: f64,
}

impl Default for BurstPlan {
    fn default() -> Self {
        Self { claims: 10_000, steady: 0.3, burst_ms: 800, span_ms: 20_000, noise_per_claim: 10.0 }
    }
}

/// One post that reaches the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Milliseconds from the opening until it reaches the engine.
    pub at_ms: u64,
    /// Unix milliseconds at which it was posted. Differs from the arrival if the network delivered it late.
    pub posted_at_ms: i64,
    /// The post's id, which is the same in every delivery of the post.
    pub post_id: u64,
    /// Whether it is a post of the crowd or noise.
    pub what: ArrivalKind,
}

/// Distinguishes the crowd's posts from noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalKind {
    /// A post of the crowd, for [`Crowd::write_post`](crate::Crowd::write_post).
    Post(PostPlan),
    /// An irrelevant post, for [`Noise::write`](crate::Noise::write).
    Noise,
}
