//! The stand-ins as their clients meet them.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod bluesky;
mod client;
mod mastodon;
mod server;
mod stage;
mod x;
