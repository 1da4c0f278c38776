//! Streams of posts from the networks themselves.
//!
//! A [`LiveSource`] is a network's protocol without sockets and clock: it says what it wants ([`Step`]) and is told
//! what came. It yields lines in the network's [`Format`](crate::intake::format::Format), each post at least once.

pub mod bluesky;
mod driver;
mod gap;
pub mod mastodon;
mod source;
mod trail;
pub mod x;

pub use driver::{LiveStream, Pace};
pub use source::{Health, LiveSource, ReadCost, Step};
