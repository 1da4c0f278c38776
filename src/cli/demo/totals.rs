//! The demo's measurements.

use hdrhistogram::Histogram;

/// The largest latency that is recorded exactly, in microseconds: ten minutes.
const LATENCY_US_MAX: u64 = 600_000_000;

/// Posts and latencies of a run.
pub(super) struct Totals {
    /// Posts submitted, noise included.
    pub(super) lines: u64,
    /// Posts that concerned an offer.
    pub(super) relevant: u64,
    /// Posts refused because every queue was full.
    pub(super) overloaded: u64,
    /// Duration of the burst, in milliseconds.
    pub(super) burst_ms: u64,
    /// Time from a post's arrival to its durable outcome, in microseconds.
    pub(super) latency_us: Histogram<u64>,
}

impl Totals {
    pub(super) fn new() -> Self {
        let latency_us = Histogram::new_with_max(LATENCY_US_MAX, 3).expect("the bounds are sound");
        Self { lines: 0, relevant: 0, overloaded: 0, burst_ms: 0, latency_us }
    }

    /// Posts per second over the burst.
    pub(super) fn rate(&self) -> u64 {
        self.lines * 1000 / self.burst_ms.max(1)
    }

    /// A quantile of the latency, in milliseconds.
    pub(super) fn latency_ms(&self, quantile: f64) -> f64 {
        self.latency_us.value_at_quantile(quantile) as f64 / 1000.0
    }
}
