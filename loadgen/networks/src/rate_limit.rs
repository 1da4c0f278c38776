//! How often something may be done.

use std::collections::HashMap;

/// A limit of points per window; windows begin at multiples of their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Upper bound on points in a window.
    pub(crate) points: u64,
    /// Length of a window, in milliseconds.
    pub(crate) window_ms: i64,
}

/// What is left of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) limit: Limit,
    pub(crate) remaining: u64,
    /// When the next window begins.
    pub(crate) resets_at_ms: i64,
    /// Whether what was asked for is allowed.
    pub(crate) is_granted: bool,
}

/// Points spent, by what is limited.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// Start of the window and points spent in it.
    spent: HashMap<String, (i64, u64)>,
}

impl RateLimiter {
    /// Spends points if they are there.
    pub(crate) fn spend(&mut self, key: &str, points: u64, limit: Limit, now_ms: i64) -> Allowance {
        let window = now_ms - now_ms.rem_euclid(limit.window_ms);
        let spent = self.spent.entry(key.to_owned()).or_insert((window, 0));
        if spent.0 != window {
            *spent = (window, 0);
        }
        let is_granted = spent.1 + points <= limit.points;
        if is_granted {
            spent.1 += points;
        }
        let remaining = limit.points.saturating_sub(spent.1);
        Allowance { limit, remaining, resets_at_ms: window + limit.window_ms, is_granted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_there_again_in_the_next_window() {
        let limit = Limit { points: 3, window_ms: 1000 };
        let mut limiter = RateLimiter::default();
        let table = [
            ("a", 2, 5_100, true, 1),
            ("a", 2, 5_200, false, 1),
            ("b", 2, 5_200, true, 1),
            ("a", 1, 5_999, true, 0),
            ("a", 1, 6_000, true, 2),
        ];
        for (key, points, now_ms, is_granted, remaining) in table {
            let allowance = limiter.spend(key, points, limit, now_ms);
            assert_eq!(
                (allowance.is_granted, allowance.remaining),
                (is_granted, remaining),
                "{key} at {now_ms}"
            );
            assert_eq!(allowance.resets_at_ms, now_ms / 1000 * 1000 + 1000);
        }
    }
}
