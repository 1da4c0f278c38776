//! Figures as people read them.

use super::summary::{Summary, Verdict};
use crate::threshold::Metric;

/// A length of time, by a unit that suits it.
#[must_use]
pub fn length(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{:.2} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// The headline: names and values.
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
        ("p50", length(latency_us.p50)),
        ("p90", length(latency_us.p90)),
        ("p99", length(latency_us.p99)),
        ("p99.9", length(latency_us.p99_9)),
        ("slowest", length(latency_us.max)),
        ("generator lag, p99", length(lag_us.p99)),
        ("not sent", posts.not_sent.to_string()),
        ("errors", posts.errors.to_string()),
        ("units sold", format!("{sold} of {units}")),
        ("oversold", summary.oversold.to_string()),
    ]
}

/// What a threshold was held against, in words.
#[must_use]
pub fn measured(verdict: &Verdict) -> String {
    match verdict.fail_if.metric() {
        Metric::NotSent | Metric::Errors | Metric::Overloaded | Metric::Oversold => {
            verdict.measured.to_string()
        }
        _ => length(verdict.measured),
    }
}
