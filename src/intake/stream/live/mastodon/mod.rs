//! Mastodon: notifications of the shop's account, and the statuses of hashtags.
//!
//! The stream brings posts as they are made, without a position to resume at. So every feed is also read by REST, from
//! its position on: when the connection was interrupted, and every minute, in case that the server dropped something.
//! Only these readings move the cursor; the stream delivers sooner, and what both bring is delivered once.
//!
//! The connection is opened before the reading begins, so nothing falls between. While what was missed is read, posts
//! of the stream wait, and all are delivered in the order of their own times.
//!
//! Invariant: the cursor never passes a post that was not delivered.

mod connection;
mod delivered;
mod event;
mod feed;
mod line;
mod pace;
mod position;
mod raw_json;
mod reading;
mod round;
mod source;

pub use connection::Transport;
pub use source::{MastodonSource, Settings};
