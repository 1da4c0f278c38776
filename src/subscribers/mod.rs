//! Subscribers follow the decisions, each on its own thread and at its own pace.
//!
//! A subscriber sees records, in the order of each partition, and never refusals, which are not journaled. It
//! reads them from the journals once they are durable, so the sale never waits for it, and records that it
//! has not applied take no memory. It knows its position, and resumes there after a restart or a failure.
//!
//! Segments are kept for the subscriber that is furthest behind, up to `subscriber_hold` bytes. Records that
//! it needs and no segment holds any more are its *gap*, which is reported to the subscriber, logged and
//! counted.
//!
//! Reading order: [`subscriber`], [`follow`], [`positions`], [`subscriber_loop`]; then [`history`], the first
//! implementation.

pub mod error;
pub mod follow;
pub mod history;
pub mod memory;
pub mod positions;
pub mod subscriber;
pub mod subscriber_loop;
