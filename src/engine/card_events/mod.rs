//! Follows the events of the card processor: what banks object to payments is noted beside the orders.
//!
//! A webhook tells that there is an event, and the list of events tells of those whose webhook was lost. Nothing of either is
//! believed: the object is read anew, and what it says is recorded before the event counts as followed.

mod follower;
mod thread;

pub use follower::{EventFollower, EventMemory, Followed, NotFollowed, ObjectionNotes};
pub(super) use thread::{CardEvents, Following};
