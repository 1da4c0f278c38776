//! The social networks, and in one table what the engine knows of each.
//!
//! A network that is added gets a variant and a row here; apart from that it needs a format and a stream of `intake/`
//! and a provider of `outbox/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::length::{Counting, Limit};

/// A social network. An account and a post are always named together with theirs.
///
/// Stored by its index: a network that is added comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// X, formerly Twitter.
    X,
    /// Bluesky.
    Bluesky,
    /// Mastodon.
    Mastodon,
}

/// What ids of a kind look like on a network, beyond what all ids have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdGrammar {
    /// A decimal number of at most 20 digits, without sign and leading zero.
    Decimal,
    /// A decentralized identifier, which begins with `did:`.
    Did,
    /// Opaque: any visible ASCII.
    Opaque,
}

/// What the engine knows of a network.
#[derive(Debug)]
pub struct NetworkFacts {
    /// The network's name in files, routes and metrics.
    pub name: &'static str,
    /// The network's name in sentences.
    pub title: &'static str,
    /// Ids of authors.
    pub author_id: IdGrammar,
    /// Ids of posts.
    pub post_id: IdGrammar,
    /// How long a post may be.
    pub post_length: Limit,
    /// How many replies the network allows one account within how many minutes; all of them hold.
    pub reply_ceilings: &'static [(usize, u32)],
}

const X: NetworkFacts = NetworkFacts {
    name: "x",
    title: "X",
    author_id: IdGrammar::Decimal,
    post_id: IdGrammar::Decimal,
    post_length: Limit { counting: Counting::Weighted, most: 280, bytes_most: None },
    reply_ceilings: &[(100, 15), (10_000, 24 * 60)],
};

const BLUESKY: NetworkFacts = NetworkFacts {
    name: "bluesky",
    title: "Bluesky",
    author_id: IdGrammar::Did,
    // The address of a record.
    post_id: IdGrammar::Opaque,
    // Letters with many marks reach the limit of bytes first.
    post_length: Limit { counting: Counting::Graphemes, most: 300, bytes_most: Some(3_000) },
    reply_ceilings: &[(1666, 60), (11_666, 24 * 60)],
};

const MASTODON: NetworkFacts = NetworkFacts {
    name: "mastodon",
    title: "Mastodon",
    // The author's `uri`.
    author_id: IdGrammar::Opaque,
    post_id: IdGrammar::Opaque,
    // Unless the server says otherwise.
    post_length: Limit { counting: Counting::Characters, most: 500, bytes_most: None },
    reply_ceilings: &[(300, 3 * 60)],
};

impl Network {
    /// Every network that posts may come from.
    pub const ALL: [Self; 3] = [Self::X, Self::Bluesky, Self::Mastodon];

    /// The network's row in the table.
    #[must_use]
    pub const fn facts(self) -> &'static NetworkFacts {
        match self {
            Self::X => &X,
            Self::Bluesky => &BLUESKY,
            Self::Mastodon => &MASTODON,
        }
    }

    /// The network's name in files, routes and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The network's index in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn each_network_has_its_index_and_the_name_that_it_is_stored_by() {
        for (index, network) in Network::ALL.into_iter().enumerate() {
            assert_eq!(network.index(), index);
            assert_eq!(postcard::to_stdvec(&network).unwrap(), [u8::try_from(index).unwrap()]);
            assert_eq!(serde_json::to_value(network).unwrap(), network.name());
        }
    }
}
