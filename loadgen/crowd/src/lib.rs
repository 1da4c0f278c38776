//! Seeded crowds of people who buy by hashtag, for Flashtag and engines like it.
//!
//! Knows an engine by its wire formats only: writes posts and linked accounts as NDJSON lines, and reacts to
//! prompts. The crate is pure. It reads no clock, does no I/O and takes all randomness from the seed, so the
//! same plan and seed give the same bytes (on one platform: logarithms may differ in the last bit on
//! another).
//!
//! - [`Crowd`]: who the people are, what they write, how they react to a prompt.
//! - [`Noise`]: irrelevant posts around theirs.
//! - [`Burst`]: the order and the times at which all posts arrive when a sale opens, or along a [`Curve`].
//! - [`Firehose`]: a sample of a whole network's posts, in the form of X's stream.
//! - [`precedent`]: the six offers of the first sale of this kind.
//!
//! ```
//! use crowd::{ArrivalKind, Burst, BurstPlan, Crowd, CrowdPlan, Noise, PostIds, PromptKind};
//!
//! let plan = CrowdPlan { accounts: 500, ..CrowdPlan::default() };
//! let crowd = Crowd::new(plan, 7)?;
//! let noise = Noise::new(&crowd.plan().targets, 7);
//!
//! let mut accounts = Vec::new();
//! for person in 0..500 {
//!     crowd.write_account(&mut accounts, person);
//! }
//!
//! let opens_at_ms = 1_360_774_800_000;
//! let burst = BurstPlan { claims: 500, ..BurstPlan::default() };
//! let mut posts = Vec::new();
//! for arrival in Burst::new(&crowd, &burst, opens_at_ms, PostIds::snowflake(1)) {
//!     match arrival.what {
//!         ArrivalKind::Post(post) => crowd.write_post(&mut posts, &post, arrival.post_id, arrival.posted_at_ms),
//!         ArrivalKind::Noise => noise.write(&mut posts, arrival.post_id, arrival.posted_at_ms),
//!     }
//! }
//!
//! // The engine reserved a unit for person 3; most people confirm within seconds. Their posts need separate ids.
//! let mut ids = PostIds::snowflake(2);
//! if let Some((delay_ms, post)) = crowd.reaction(3, crowd.wanted_target(3, 0), PromptKind::Reserved) {
//!     let posted_at_ms = opens_at_ms.saturating_add_unsigned(delay_ms);
//!     crowd.write_post(&mut posts, &post, ids.next(posted_at_ms), posted_at_ms);
//! }
//! # Ok::<(), crowd::PlanError>(())
//! ```

mod arrival;
mod arrival_process;
mod burst;
mod bytes;
mod chatter;
mod claim_order;
mod crowd;
mod curve;
mod firehose;
mod handle;
mod hashing;
mod ids;
mod line;
mod near_miss;
mod noise;
mod pending;
mod person;
mod plan;
mod plan_error;
mod popularity;
mod post;
pub mod precedent;
mod target;
mod timestamp;
mod wording;
mod write;

pub use arrival::{Arrival, ArrivalKind, BurstPlan};
pub use burst::Burst;
pub use crowd::Crowd;
pub use curve::{Curve, CurveError, Phase};
pub use firehose::Firehose;
pub use ids::PostIds;
pub use noise::Noise;
pub use plan::{CardPlan, CrowdPlan, HabitPlan};
pub use plan_error::PlanError;
pub use post::{PostKind, PostPlan, PromptKind};
pub use target::Target;
