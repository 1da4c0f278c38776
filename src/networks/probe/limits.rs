//! What is left of a network's limits, by the headers of an answer.

use compact_str::{CompactString, format_compact};

use super::note::Note;
use crate::domain::id::Network;
use crate::net::Answer;

/// The beginnings of the headers of each limit, and what they limit.
const fn headers(network: Network) -> &'static [(&'static str, &'static str)] {
    match network {
        Network::X => &[
            ("x-rate-limit", "requests of this kind"),
            ("x-user-limit-24hour", "posts of the account in 24 hours"),
            ("x-app-limit-24hour", "posts of the app in 24 hours"),
        ],
        Network::Bluesky => &[("ratelimit", "requests")],
        Network::Mastodon => &[("x-ratelimit", "requests")],
    }
}

/// What is left, as far as the network says.
pub(super) fn left(network: Network, answer: &Answer) -> Vec<Note> {
    let notes = headers(network).iter().filter_map(|(header, what)| {
        let number = |end: &str| answer.header(&format!("{header}-{end}"))?.trim().parse::<u64>().ok();
        let (remaining, limit) = (number("remaining")?, number("limit")?);
        let text: CompactString = format_compact!("{remaining} of {limit} {what} are left");
        Some(if remaining == 0 { Note::missing(text) } else { Note::good(text) })
    });
    notes.collect()
}

#[cfg(test)]
mod tests {
    use super::left;
    use crate::domain::id::Network;
    use crate::net::Answer;

    #[test]
    fn a_limit_that_is_used_up_is_missing() {
        // The network, the headers, and what is said.
        type Case = (Network, &'static [(&'static str, &'static str)], &'static [&'static str]);
        let table: [Case; 6] = [
            (Network::X, &[], &[]),
            (
                Network::X,
                &[("x-rate-limit-limit", "75"), ("x-rate-limit-remaining", "74")],
                &["good: 74 of 75 requests of this kind are left"],
            ),
            (
                Network::X,
                &[
                    ("x-rate-limit-limit", "75"),
                    ("x-rate-limit-remaining", "74"),
                    ("x-app-limit-24hour-limit", "10000"),
                    ("x-app-limit-24hour-remaining", "0"),
                ],
                &[
                    "good: 74 of 75 requests of this kind are left",
                    "MISSING: 0 of 10000 posts of the app in 24 hours are left",
                ],
            ),
            (
                Network::Bluesky,
                &[("ratelimit-limit", "3000"), ("ratelimit-remaining", "2999")],
                &["good: 2999 of 3000 requests are left"],
            ),
            (
                Network::Mastodon,
                &[("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "0")],
                &["MISSING: 0 of 300 requests are left"],
            ),
            (Network::Mastodon, &[("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "some")], &[]),
        ];
        for (network, headers, expected) in table {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
            let answer = Answer { status: 200, headers, body: Vec::new() };
            let said: Vec<String> = left(network, &answer).iter().map(ToString::to_string).collect();
            assert_eq!(said, expected, "{network}");
        }
    }
}
