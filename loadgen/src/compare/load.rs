//! The load: how many connections ask, in requests of which size, and at which rate.

/// The load on a contender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Number of connections, each with one request in flight.
    pub connections: usize,
    /// Upper bound on the operations of a request.
    pub batch: usize,
    /// Operations per second; without a rate, each connection asks as fast as it is answered.
    pub per_s: Option<f64>,
    /// Microseconds that a request waits for further operations, if there is a rate.
    pub linger_us: u64,
}

impl Load {
    /// Returns the same load with one operation per request.
    pub(super) fn unbatched(&self) -> Self {
        Self { batch: 1, ..*self }
    }
}
