//! Seeded crowds of people who buy by hashtag, for Flashtag and engines like it.
//!
//! This crate knows an engine by the wire only: it writes posts and linked accounts as NDJSON lines and is told what the
//! engine answered. It is pure. It reads no clock, does no I/O and has no randomness but the seed, so the same plan and
//! seed give the same bytes (on one platform: logarithms may differ in the last bit on another).
//!
//! - [`Crowd`]: who the people are, what they write, how they react to an answer.
//! - [`Noise`]: the posts around theirs that must not matter.
//! - [`Burst`]: the order and the pace in which all of it arrives when a sale opens, or along a [`Curve`].
//! - [`Firehose`]: a stretch of a whole network's posts, in the form in which X streams them.
//! - [`precedent`]: the six offers of the first sale of this kind.
//!
//! ```
//! use crowd::{Answer, Burst, BurstPlan, Crowd, CrowdPlan, Noise, PostIds, What};
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
//! let storm = BurstPlan { claims: 500, ..BurstPlan::default() };
//! let mut posts = Vec::new();
//! for arrival in Burst::new(&crowd, &storm, opens_at_ms, PostIds::snowflake(1)) {
//!     match arrival.what {
//!         What::Post(post) => crowd.write_post(&mut posts, &post, arrival.post_id, arrival.posted_at_ms),
//!         What::Noise => noise.write(&mut posts, arrival.post_id, arrival.posted_at_ms),
//!     }
//! }
//!
//! // The engine kept a unit for person 3; most people confirm within seconds. Their posts need ids of their own.
//! let mut ids = PostIds::snowflake(2);
//! if let Some((delay_ms, post)) = crowd.reaction(3, crowd.wish(3, 0), Answer::Reserved) {
//!     let posted_at_ms = opens_at_ms.saturating_add_unsigned(delay_ms);
//!     crowd.write_post(&mut posts, &post, ids.next(posted_at_ms), posted_at_ms);
//! }
//! # Ok::<(), crowd::PlanFault>(())
//! ```

mod agenda;
mod arrival;
mod burst;
mod chatter;
mod crowd;
mod curve;
mod fault;
mod firehose;
mod handle;
mod hash;
mod ids;
mod line;
mod miss;
mod noise;
mod pace;
mod person;
mod plan;
mod popularity;
mod post;
pub mod precedent;
mod stamp;
mod turns;
mod wording;
mod write;

pub use arrival::{Arrival, BurstPlan, What};
pub use burst::Burst;
pub use crowd::Crowd;
pub use curve::{Curve, CurveFault, Phase};
pub use fault::PlanFault;
pub use firehose::Firehose;
pub use ids::PostIds;
pub use noise::Noise;
pub use plan::{CardPlan, CrowdPlan, HabitPlan, Target};
pub use post::{Answer, PostKind, PostPlan};
