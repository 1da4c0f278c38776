//! X's rate limits, as its answers tell them.

use crate::domain::time::{Millis, Timestamp};
use crate::net::Answer;

/// The beginnings of the headers of each limit: of the endpoint, and of the account and the app in 24 hours.
const LIMITS: [&str; 3] = ["x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"];

/// How long requests rest when X refuses one and does not say for how long.
const REST: Millis = Millis::from_secs(60);

/// When X accepts such requests again: the latest end of a limit that is used up. `None` while no limit is, by
/// what the answer tells.
#[must_use]
pub fn rests_until(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let ends = LIMITS.iter().filter_map(|limit| {
        let used_up = number(answer, limit, "remaining").is_some_and(|remaining| remaining <= 0);
        // A refusal that tells no rest means the limit of the endpoint.
        let refused = answer.status == 429 && *limit == "x-rate-limit";
        number(answer, limit, "reset").filter(|_| used_up || refused)
    });
    ends.map(|seconds| Timestamp::from_ms(seconds.saturating_mul(1000))).filter(|end| *end > now).max()
}

/// Until when requests rest after a refusal with status 429.
#[must_use]
pub fn rest_after(answer: &Answer, now: Timestamp) -> Timestamp {
    rests_until(answer, now).unwrap_or_else(|| now.plus(REST))
}

fn number(answer: &Answer, limit: &str, what: &str) -> Option<i64> {
    answer.header(&format!("{limit}-{what}"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::rests_until;
    use crate::domain::time::Timestamp;
    use crate::net::Answer;

    /// A case, the status, the headers, and the second at which the rest ends.
    type Case = (&'static str, u16, &'static [(&'static str, &'static str)], Option<i64>);

    #[test]
    fn the_latest_end_of_what_is_used_up_counts() {
        let table: [Case; 9] = [
            ("nothing is told", 429, &[], None),
            ("the endpoint's", 429, &[("x-rate-limit-reset", "900")], Some(900)),
            ("it is over already", 429, &[("x-rate-limit-reset", "99")], None),
            ("no number", 429, &[("x-rate-limit-reset", "soon")], None),
            (
                "the last one",
                201,
                &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "900")],
                Some(900),
            ),
            ("there is more", 201, &[("x-rate-limit-remaining", "1"), ("x-rate-limit-reset", "900")], None),
            (
                "the day's",
                429,
                &[
                    ("x-rate-limit-remaining", "7"),
                    ("x-rate-limit-reset", "900"),
                    ("x-user-limit-24hour-remaining", "0"),
                    ("x-user-limit-24hour-reset", "80000"),
                ],
                Some(80_000),
            ),
            (
                "the day has more",
                429,
                &[("x-rate-limit-reset", "900"), ("x-user-limit-24hour-reset", "80000")],
                Some(900),
            ),
            (
                "the app's",
                201,
                &[("x-app-limit-24hour-remaining", "0"), ("x-app-limit-24hour-reset", "700")],
                Some(700),
            ),
        ];
        for (case, status, headers, expected) in table {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
            let answer = Answer { status, headers, body: Vec::new() };
            let until = rests_until(&answer, Timestamp::from_ms(100_000));
            assert_eq!(until, expected.map(|seconds| Timestamp::from_ms(seconds * 1000)), "{case}");
        }
    }
}
