//! Bluesky's streams: Jetstream of either version, and the stream of repositories that relays and servers have.
//!
//! All of them deliver every post of the network, or of a server. A position is one of a host: at another host a
//! Jetstream is resumed by time, somewhat earlier. At the same host each stream is resumed behind what came some seconds ago
//! because hosts tell events out of order; a post that comes again is known by its id.

mod backoff;
mod beginning;
mod car;
mod commit_lines;
mod dag_json;
mod frame;
mod inflate;
mod jetstream_v1;
mod jetstream_v2;
mod line_scan;
mod link;
mod position;
mod progress;
mod repos;
mod source;

pub use jetstream_v1::{JetstreamV1, TimedEvents};
pub use jetstream_v2::{JetstreamV2, NumberedEvents};
pub use position::Kind;
pub use progress::Progress;
pub use repos::{Commits, Repos};
pub use source::{BlueskySource, Feed};
