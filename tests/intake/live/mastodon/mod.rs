//! Sessions with a Mastodon server: what the source asks for, what comes, and which posts it delivers.

mod connection;
mod delivered;
mod reading;
mod session;

pub(super) use session::{mention, status};
