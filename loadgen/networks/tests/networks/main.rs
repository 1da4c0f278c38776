//! The stand-ins as their clients meet them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing there has failed"
)]

mod bluesky;
mod client;
mod crowd;
mod mastodon;
mod recordings;
mod server;
mod shapes;
mod stage;
mod x;
