//! An open connection.

use super::filter::Filter;
use crate::streams::Pinger;

/// Where a reader is, and what it reads.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) protocol: Protocol,
    /// Number of the next event that it gets.
    pub(crate) next: u64,
    pub(crate) pinger: Pinger,
    /// Frames to be sent before any event.
    pub(crate) first: Vec<crate::network::Frame>,
    /// Whether the connection ends behind `first`.
    pub(crate) ends: bool,
}

#[derive(Debug)]
pub(crate) enum Protocol {
    /// `com.atproto.sync.subscribeRepos`.
    Firehose,
    /// The first Jetstream; `waits` until the client said what it wants.
    JetstreamV1 { filter: Filter, waits: bool },
    /// The second Jetstream.
    JetstreamV2 { filter: Filter },
}
