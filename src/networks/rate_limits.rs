//! What a network says about its rate limits: how many more requests it takes from an account, and until when.
//!
//! What is learnt only delays requests. The shop's own ceilings hold besides, so no answer lets more leave than they allow.

use std::collections::BTreeMap;

use crate::domain::time::{Millis, Timestamp};
use crate::net::Answer;

/// The headers of a limit begin with one of these and end with `limit`, `remaining` and `reset`.
const PREFIXES: [&str; 5] = [
    // X: fifteen minutes, and the day of an account and of an app.
    "x-rate-limit-",
    "x-user-limit-24hour-",
    "x-app-limit-24hour-",
    // Bluesky, and the draft of a standard.
    "ratelimit-",
    // Mastodon.
    "x-ratelimit-",
];

/// A network's word about a reset differs by rounding; more than that is another period.
const SAME_RESET: Millis = Millis::from_secs(2);
/// Wait after the first 429 that names no time; each further one doubles it.
const WAIT_FIRST: Millis = Millis::from_secs(15);
/// Upper bound on that wait.
const WAIT_MOST: Millis = Millis::from_secs(900);
/// Lower bound on a wait that a network names.
const WAIT_LEAST: Millis = Millis::from_secs(1);
/// Upper bound on it.
const NAMED_WAIT_MOST: Millis = Millis::from_secs(86_400);
/// Smaller numbers are no seconds since 1970, but seconds from now.
const UNIX_SECONDS_LEAST: i64 = 1_000_000_000;

/// A limit as the network told it, less what left since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests that a whole period takes, if the network said so.
    pub limit: Option<u64>,
    /// Requests that the rest of the period takes.
    pub remaining: u64,
    /// The end of the period.
    pub resets_at: Timestamp,
}

/// The limits of one account, by family: endpoints that the network counts together.
#[derive(Debug, Clone, Default)]
pub struct RateLimits(BTreeMap<&'static str, Family>);

#[derive(Debug, Clone, Copy, Default)]
struct Family {
    limits: [Option<RateLimit>; PREFIXES.len()],
    /// No request before that instant.
    closed_until: Timestamp,
    /// Answers 429 in a row.
    refusals: u32,
}

impl RateLimits {
    /// When the next request of a family may leave; a time in the past means now.
    #[must_use]
    pub fn opens_at(&self, family: &str) -> Timestamp {
        let Some(family) = self.0.get(family) else { return Timestamp::MIN };
        let used_up = family.limits.iter().flatten().filter(|limit| limit.remaining == 0);
        used_up.map(|limit| limit.resets_at).fold(family.closed_until, Timestamp::max)
    }

    /// The limit with the least room; `None` if the network told none that holds at `now`.
    #[must_use]
    pub fn tightest(&self, family: &str, now: Timestamp) -> Option<RateLimit> {
        let limits = self.0.get(family)?.limits.into_iter().flatten();
        limits.filter(|limit| now < limit.resets_at).min_by_key(|limit| limit.remaining)
    }

    /// Until when the network wants no such request, by this answer alone; `None` if it tells no time.
    #[must_use]
    pub fn told_by(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
        let mut family = Family::default();
        let named = family.note(answer, now).filter(|_| matches!(answer.status, 429 | 503));
        named.max(family.longest_wait(now)).map(|wait| now.plus(wait.clamp(WAIT_LEAST, NAMED_WAIT_MOST)))
    }

    /// The same, of a refusal; one that tells no time means `unnamed`.
    #[must_use]
    pub fn rest_after(answer: &Answer, now: Timestamp, unnamed: Millis) -> Timestamp {
        Self::told_by(answer, now).unwrap_or_else(|| now.plus(unnamed))
    }

    /// Counts a request that leaves.
    pub fn departed(&mut self, family: &'static str) {
        let family = self.0.entry(family).or_default();
        for limit in family.limits.iter_mut().flatten() {
            limit.remaining = limit.remaining.saturating_sub(1);
        }
    }

    /// Learns from the answer to a request, which came at `now`.
    pub fn learn(&mut self, family: &'static str, answer: &Answer, now: Timestamp) {
        let family = self.0.entry(family).or_default();
        let named = family.note(answer, now);
        match (answer.status, named) {
            (429, named) => {
                let wait =
                    named.or_else(|| family.longest_wait(now)).unwrap_or_else(|| family.unnamed_wait());
                family.refusals = family.refusals.saturating_add(1);
                family.close(wait, now);
            }
            (503, Some(named)) => family.close(named, now),
            _ if answer.is_success() => family.refusals = 0,
            _ => {}
        }
    }
}

impl Family {
    /// Notes the limits that an answer tells; returns the wait that it names.
    fn note(&mut self, answer: &Answer, now: Timestamp) -> Option<Millis> {
        // Networks name instants by their own clock.
        let their_now = answer.header("date").and_then(http_date).unwrap_or(now);
        for (known, prefix) in self.limits.iter_mut().zip(PREFIXES) {
            if let Some(told) = limit_in(answer, prefix, their_now, now) {
                *known = Some(joined(*known, told, now));
            }
        }
        answer.header("retry-after").and_then(|text| retry_after(text, their_now))
    }

    fn close(&mut self, wait: Millis, now: Timestamp) {
        let wait = wait.clamp(WAIT_LEAST, NAMED_WAIT_MOST);
        self.closed_until = self.closed_until.max(now.plus(wait));
    }

    /// Until the last limit that is used up resets.
    fn longest_wait(&self, now: Timestamp) -> Option<Millis> {
        let used_up =
            self.limits.iter().flatten().filter(|limit| limit.remaining == 0 && now < limit.resets_at);
        used_up.map(|limit| limit.resets_at.since(now)).max()
    }

    fn unnamed_wait(&self) -> Millis {
        let wait = WAIT_FIRST.ms() << self.refusals.min(16);
        Millis::from_ms(wait.min(WAIT_MOST.ms()))
    }
}

/// A limit that an answer tells, if it is whole and its period is not over.
fn limit_in(answer: &Answer, prefix: &str, their_now: Timestamp, now: Timestamp) -> Option<RateLimit> {
    let value = |end: &str| answer.header(&format!("{prefix}{end}")).map(str::trim);
    let number = |end: &str| value(end).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit");
    // A refusal that tells no rest means the limit of the endpoint.
    let is_meant = answer.status == 429 && !prefix.contains("24hour");
    let remaining = number("remaining").or_else(|| is_meant.then_some(0))?;
    let remaining = remaining.min(limit.unwrap_or(u64::MAX));
    let wait = instant(value("reset")?, their_now)?.since(their_now).min(NAMED_WAIT_MOST);
    (wait > Millis::ZERO).then(|| RateLimit { limit, remaining, resets_at: now.plus(wait) })
}

/// Within one period the room only shrinks: answers overtake each other, and requests are on their way.
fn joined(known: Option<RateLimit>, told: RateLimit, now: Timestamp) -> RateLimit {
    let Some(known) = known.filter(|known| now < known.resets_at) else { return told };
    let later = told.resets_at.since(known.resets_at);
    let earlier = known.resets_at.since(told.resets_at);
    if later > SAME_RESET {
        told
    } else if earlier > SAME_RESET {
        known
    } else {
        RateLimit { remaining: told.remaining.min(known.remaining), ..known }
    }
}

/// An instant as seconds since 1970, as seconds from now, or in ISO 8601.
fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) if seconds >= UNIX_SECONDS_LEAST => {
            Some(Timestamp::from_ms(seconds.saturating_mul(1000)))
        }
        Ok(seconds) if seconds >= 0 => Some(now.plus(Millis::from_ms(seconds * 1000))),
        Ok(_) => None,
        Err(_) => text.parse().ok(),
    }
}

/// A length as seconds, or as the instant at which it ends.
fn retry_after(text: &str, their_now: Timestamp) -> Option<Millis> {
    let text = text.trim();
    let seconds = text.parse::<u32>().ok().map(Millis::from_secs);
    seconds.or_else(|| http_date(text).map(|end| end.since(their_now)))
}

/// A date of HTTP, as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Timestamp::from_ms(date.timestamp().as_millisecond()))
}
