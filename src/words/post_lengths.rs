//! The longest posts on each network, and on the servers of the shop's accounts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::domain::id::Network;
use crate::text::length::Limit;

/// The least that is believed: no text that says what was bought is shorter.
const LEAST: usize = 140;

/// The limits of the networks, lowered by what the servers of the shop's accounts say of themselves. Texts are composed
/// before it is known which account posts them, so the lowest limit of a network counts.
#[derive(Debug, Default)]
pub struct PostLengths(Mutex<BTreeMap<(Network, String), usize>>);

impl PostLengths {
    /// Takes what the server of an account says of its longest post.
    pub fn learn(&self, network: Network, account: &str, most: usize) {
        self.known().insert((network, account.to_owned()), most.max(LEAST));
    }

    /// The limit of a post.
    #[must_use]
    pub fn of_post(&self, network: Network) -> Limit {
        let limit = network.facts().post_length;
        Limit { most: self.lowest(network).map_or(limit.most, |most| most.min(limit.most)), ..limit }
    }

    /// The limit of a reply's text, before which its recipient's name stands.
    #[must_use]
    pub fn of_reply(&self, network: Network) -> Limit {
        let limit = self.of_post(network);
        Limit { most: limit.most.saturating_sub(network.facts().mention_length), ..limit }
    }

    fn lowest(&self, network: Network) -> Option<usize> {
        let known = self.known();
        known.iter().filter(|((of, _), _)| *of == network).map(|(_, most)| *most).min()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(Network, String), usize>> {
        self.0.lock().expect("no panic is survived")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_limit_of_the_accounts_of_a_network_counts() {
        let lengths = PostLengths::default();
        let of = |network| (lengths.of_post(network).most, lengths.of_reply(network).most);
        assert_eq!((of(Network::X), of(Network::Mastodon)), ((280, 280), (500, 436)));
        // What an account's server says, and the limits of posts and replies then.
        for (account, most, expected) in [
            ("big", 5_000, (500, 436)),
            ("small", 300, (300, 236)),
            ("smaller", 200, (200, 136)),
            ("smaller", 400, (300, 236)),
            ("strange", 0, (140, 76)),
            ("strange", 500, (300, 236)),
        ] {
            lengths.learn(Network::Mastodon, account, most);
            assert_eq!(of(Network::Mastodon), expected, "{account} {most}");
        }
        assert_eq!(of(Network::Bluesky), (300, 300));
    }
}
