//! Subscribers follow what was decided, each on a thread of its own and at its own pace.
//!
//! A subscriber sees records, in the order of each partition, and never refusals, which are not journaled. It
//! reads them from the journals once they are durable, so the sale never waits for it, and what it has not
//! applied takes no memory. It knows how far it is, and goes on from there after a restart or a failure.
//!
//! Segments are kept for the subscriber that is furthest behind, up to `subscriber_hold` bytes. What it needs
//! and no segment holds any more is its *gap*: it is named to the subscriber, logged and counted.
//!
//! Reading order: [`subscriber`], [`follow`], [`positions`], [`subscriber_loop`]; then [`history`], the first of them.

pub mod error;
pub mod follow;
pub mod history;
pub mod memory;
pub mod positions;
pub mod subscriber;
pub mod subscriber_loop;
