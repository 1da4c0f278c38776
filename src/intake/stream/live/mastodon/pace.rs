//! When requests and connections are made: within the server's limits, and with waits after failures.

use crate::domain::time::{Millis, Timestamp};
use crate::net::Answer;

/// Requests of each window that are left to replies and to people, at most a quarter of all.
const RESERVED: u32 = 60;
/// How long to wait where the server does not say it: its usual window.
const WINDOW: Millis = Millis::from_secs(300);
/// Upper bound on the wait that a server can ask for.
const WINDOW_MOST: Millis = Millis::from_secs(1800);

/// The wait after the first failure; it doubles with each further one.
const FIRST: Millis = Millis::from_secs(1);
/// Upper bound on the wait.
const MOST: Millis = Millis::from_secs(60);

/// When the server's limit allows the next request.
pub(super) fn next_request(answer: &Answer, now: Timestamp) -> Timestamp {
    let count = |name| answer.header(name).and_then(|count| count.parse::<u32>().ok());
    let reserved = count("x-ratelimit-limit").map_or(RESERVED, |limit| RESERVED.min(limit / 4));
    let remaining = count("x-ratelimit-remaining");
    let is_short = answer.status == 429 || remaining.is_some_and(|remaining| remaining < reserved);
    if !is_short {
        return now;
    }
    let seconds = |text: &str| Some(Millis::from_secs(text.parse().ok()?));
    let reset = answer.header("x-ratelimit-reset").and_then(|at| at.parse::<Timestamp>().ok());
    let after = || Some(now.plus(seconds(answer.header("retry-after")?)?));
    let at = reset.or_else(after).unwrap_or_else(|| now.plus(WINDOW));
    at.max(now.plus(FIRST)).min(now.plus(WINDOW_MOST))
}

/// Waits after failures: each twice as long as the one before, with jitter, so that the clients of a server that failed do
/// not return together.
#[derive(Debug)]
pub(super) struct Backoff {
    seed: u64,
    failures: u32,
}

impl Backoff {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, failures: 0 }
    }

    /// Counts a failure, and returns when to try again.
    pub(super) fn failed(&mut self, now: Timestamp) -> Timestamp {
        let full = FIRST.ms().saturating_mul(1 << self.failures.min(20)).min(MOST.ms()).unsigned_abs();
        self.failures = self.failures.saturating_add(1);
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let half = full / 2;
        let jitter = mix(self.seed) % (full - half + 1);
        now.plus(Millis::from_ms(i64::try_from(half + jitter).unwrap_or(i64::MAX)))
    }

    /// What failed works again.
    pub(super) const fn worked(&mut self) {
        self.failures = 0;
    }
}

/// The last step of splitmix64.
const fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
