//! Bounds: what a client may ask of the server.

use crate::domain::time::Millis;

/// Bounds of the HTTP server. What lies outside is refused, never queued.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Posts in one request.
    pub posts_per_request: usize,
    /// Bytes of one request's body. Together with `connections` this bounds the memory that bodies take.
    pub body_bytes: usize,
    /// Bytes of one line of a body.
    pub line_bytes: usize,
    /// How long a request's head may take to arrive.
    pub head_timeout: Millis,
    /// How long a request's body may take to arrive.
    pub body_timeout: Millis,
    /// How long a client waits for the engine's answer.
    pub answer_timeout: Millis,
    /// How long an idle connection stays open.
    pub keep_alive: Millis,
    /// Connections that may be open at once.
    pub connections: usize,
    /// Threads that serve them.
    pub workers: usize,
}

impl Bounds {
    /// Connections that the system may hold back while all of ours are taken.
    pub(crate) const BACKLOG: u32 = 1024;
    /// The longest request target, path and query together. Ids are at most 512 bytes.
    pub(crate) const TARGET_BYTES: usize = 8 * 1024;
    /// How long requests under way may take to end when the server is stopped.
    pub(crate) const SHUTDOWN_S: u64 = 5;
    /// Reservations on one page.
    pub(crate) const PAGE_MAX: usize = 1000;
    /// Reservations on a page that does not say how many it wants.
    pub(crate) const PAGE_DEFAULT: usize = 100;
}
