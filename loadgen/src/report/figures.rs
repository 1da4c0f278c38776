//! The formatting of figures.

use super::summary::{Summary, Verdict};
use crate::threshold::Metric;

/// Formats a duration in a suitable unit.
#[must_use]
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{:.2} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// Returns the headline: names and values.
#[must_use]
pub fn headline(summary: &Summary) -> Vec<(&'static str, String)> {
    let Summary { posts, latency_us, lag_us, offers, .. } = summary;
    let units: u64 = offers.iter().map(|offer| offer.allotment).sum();
    let sold: u64 = offers.iter().map(|offer| offer.sold).sum();
    vec![
        ("posts due", posts.offered.to_string()),
        ("posts answered", posts.answered.to_string()),
        ("offered a second", format!("{:.0}", posts.offered_per_s)),
        ("achieved a second", format!("{:.0}", posts.answered_per_s)),
        ("p50", duration(latency_us.p50)),
        ("p90", duration(latency_us.p90)),
        ("p99", duration(latency_us.p99)),
        ("p99.9", duration(latency_us.p99_9)),
        ("slowest", duration(latency_us.max)),
        ("generator lag, p99", duration(lag_us.p99)),
        ("not sent", posts.not_sent.to_string()),
        ("errors", posts.errors.to_string()),
        ("units sold", format!("{sold} of {units}")),
        ("oversold", summary.oversold.to_string()),
    ]
}

/// Formats the measured value of a threshold.
#[must_use]
pub fn measured(verdict: &Verdict) -> String {
    match verdict.fail_if.metric() {
        Metric::NotSent | Metric::Errors | Metric::Overloaded | Metric::Oversold => {
            verdict.measured.to_string()
        }
        _ => duration(verdict.measured),
    }
}
