//! The social networks, and one table with the facts of each.
//!
//! A new network needs a variant and a row here, a sign-in in `networks/`, a format and a source in `intake/`, a provider in
//! `outbox/`, and its keys in `config/serve/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::length::{Counting, Limit};
use crate::text::price::{self, Prices};

/// A social network. Accounts and posts are always named together with their network.
///
/// Stored by its index: a new network comes last.
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

/// How the author's id of every sandbox account begins, on each network. No network has such an id.
pub const SANDBOX_PREFIX: &str = "sandbox:";

/// Upper bound on the name of a sandbox account, in bytes.
const SANDBOX_NAME_BYTES_MAX: usize = 32;

/// The name of the sandbox account with this author's id, as `ana` of `sandbox:ana`; `None` if it is no sandbox account's id.
#[must_use]
pub fn sandbox_name(author: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let name = author.strip_prefix(SANDBOX_PREFIX)?;
    let good = (1..=SANDBOX_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(plain);
    good.then_some(name)
}

/// The form of ids of one kind on a network, beyond the rules for all ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdGrammar {
    /// A decimal number of at most 20 digits, without sign and leading zero.
    Decimal,
    /// A decentralized identifier, which begins with `did:`.
    Did,
    /// The address of an author, which names the author's server.
    Uri,
    /// Opaque: any visible ASCII.
    Opaque,
    /// An opaque author's id: any visible ASCII that does not begin as the id of a sandbox account.
    OpaqueAuthor,
}

impl IdGrammar {
    /// The length of the part that names the server, in a text of this form; `None` if ids name none.
    #[must_use]
    pub fn server_len(self, text: &str) -> Option<usize> {
        let scheme = text.get(..text.find("://").filter(|_| self == Self::Uri)? + 3)?;
        let rest = text.get(scheme.len()..)?;
        Some(scheme.len() + rest.find(['/', '?', '#']).unwrap_or(rest.len()))
    }

    /// Whether a text without blanks has this form.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::Decimal => {
                text.len() <= 20 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Did => text.starts_with("did:"),
            Self::Uri => {
                let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
                let host = address.and_then(|address| address.split(['/', '?', '#']).next());
                host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
            }
            Self::Opaque => true,
            Self::OpaqueAuthor => !text.starts_with(SANDBOX_PREFIX),
        }
    }
}

impl fmt::Display for IdGrammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decimal => "a decimal number of at most 20 digits",
            Self::Did => "a did: identifier",
            Self::Uri => "an account's `uri` as https://mastodon.example/users/ana",
            Self::Opaque | Self::OpaqueAuthor => "an id",
        })
    }
}

/// Whether a network delivers something to the shop, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivers {
    /// Never, or it is not read.
    Never,
    /// Only if it mentions the shop.
    IfMentioned,
    /// Always.
    Always,
}

impl Delivers {
    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "yes",
            Self::IfMentioned => "if it mentions the shop",
            Self::Never => "no",
        }
    }
}

/// Whether the shop can send a direct message to a buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// To everyone who can be answered.
    Always,
    /// Only to who wrote one to the shop before; such messages are not read, so to nobody.
    IfWrittenTo,
    /// Only with a password of more rights than the shop needs, so to nobody.
    IfPrivileged,
}

impl Sends {
    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "yes",
            Self::IfWrittenTo | Self::IfPrivileged => "no",
        }
    }
}

/// What a network's live sources deliver to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// A post that answers nothing.
    pub fresh_post: Delivers,
    /// A reply to a post of the shop.
    pub reply: Delivers,
    /// A repost of a post of the shop, without words.
    pub repost: Delivers,
    /// The deletion of a post that was delivered.
    pub deletion: Delivers,
    /// A later version of a post. The first version counts in any case.
    pub edit: Delivers,
    /// A direct message.
    pub direct_message: Delivers,
}

impl Capabilities {
    /// What a network delivers to a shop that reads nothing.
    pub const NOTHING: Self = Self {
        fresh_post: Delivers::Never,
        reply: Delivers::Never,
        repost: Delivers::Never,
        deletion: Delivers::Never,
        edit: Delivers::Never,
        direct_message: Delivers::Never,
    };

    /// What is delivered by both of two ways.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        Self {
            fresh_post: self.fresh_post.min(other.fresh_post),
            reply: self.reply.min(other.reply),
            repost: self.repost.min(other.repost),
            deletion: self.deletion.min(other.deletion),
            edit: self.edit.min(other.edit),
            direct_message: self.direct_message.min(other.direct_message),
        }
    }

    /// What people may do, in the order of tables, and whether it is delivered.
    #[must_use]
    pub const fn rows(self) -> [(&'static str, Delivers); 6] {
        [
            ("fresh post", self.fresh_post),
            ("reply to the shop", self.reply),
            ("repost", self.repost),
            ("deletion", self.deletion),
            ("edit", self.edit),
            ("direct message", self.direct_message),
        ]
    }
}

/// What each network delivers to a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deliveries([Capabilities; Network::ALL.len()]);

impl Default for Deliveries {
    /// What the networks' sources deliver if they read all they can.
    fn default() -> Self {
        Self(Network::ALL.map(|network| network.facts().delivers))
    }
}

impl Deliveries {
    /// What `delivers` says of each network.
    #[must_use]
    pub fn new(delivers: impl Fn(Network) -> Capabilities) -> Self {
        Self(Network::ALL.map(delivers))
    }

    /// What a network delivers.
    #[must_use]
    pub fn of(&self, network: Network) -> Capabilities {
        self.0.get(network.index()).copied().unwrap_or(Capabilities::NOTHING)
    }
}

/// The facts of a network.
#[derive(Debug)]
pub struct NetworkFacts {
    /// The network's name in files, routes and metrics.
    pub name: &'static str,
    /// The network's name in texts for people.
    pub title: &'static str,
    /// The form of authors' ids, also of those that older releases took. None begins with [`SANDBOX_PREFIX`].
    pub author_id: IdGrammar,
    /// The form of the ids of authors who are linked, and of the shop.
    pub linked_author_id: IdGrammar,
    /// The form of posts' ids.
    pub post_id: IdGrammar,
    /// Upper bound on the length of a post.
    pub post_length: Limit,
    /// The part of a reply's length that its recipient's name takes, which stands before the text.
    pub mention_length: usize,
    /// Upper bounds on the replies of one account, each as replies within minutes; all of them apply.
    pub reply_ceilings: &'static [(usize, u32)],
    /// What it charges; `None` if nothing.
    pub prices: Option<&'static Prices>,
    /// What its live sources deliver.
    pub delivers: Capabilities,
    /// Whether prompts and reminders can leave as direct messages.
    pub sends_direct: Sends,
}

const X: NetworkFacts = NetworkFacts {
    name: "x",
    title: "X",
    author_id: IdGrammar::Decimal,
    linked_author_id: IdGrammar::Decimal,
    post_id: IdGrammar::Decimal,
    post_length: Limit { counting: Counting::Weighted, most: 280, bytes_most: None },
    mention_length: 0,
    reply_ceilings: &[(100, 15), (10_000, 24 * 60)],
    prices: Some(&price::X),
    delivers: Capabilities {
        fresh_post: Delivers::IfMentioned,
        reply: Delivers::Always,
        repost: Delivers::Never,
        // X tells of deletions only to who subscribed to the author.
        deletion: Delivers::Never,
        edit: Delivers::IfMentioned,
        direct_message: Delivers::Never,
    },
    sends_direct: Sends::IfWrittenTo,
};

const BLUESKY: NetworkFacts = NetworkFacts {
    name: "bluesky",
    title: "Bluesky",
    author_id: IdGrammar::Did,
    linked_author_id: IdGrammar::Did,
    // The URI of a record.
    post_id: IdGrammar::Opaque,
    // Letters with many marks reach the byte limit first.
    post_length: Limit { counting: Counting::Graphemes, most: 300, bytes_most: Some(3_000) },
    mention_length: 0,
    reply_ceilings: &[(1666, 60), (11_666, 24 * 60)],
    prices: None,
    delivers: Capabilities {
        fresh_post: Delivers::Always,
        reply: Delivers::Always,
        repost: Delivers::Always,
        deletion: Delivers::Always,
        // Bluesky has no edits; a record that its author replaces comes as one.
        edit: Delivers::Always,
        direct_message: Delivers::Never,
    },
    sends_direct: Sends::IfPrivileged,
};

const MASTODON: NetworkFacts = NetworkFacts {
    name: "mastodon",
    title: "Mastodon",
    author_id: IdGrammar::OpaqueAuthor,
    // A number is only one server's own, and means somebody else on another one.
    linked_author_id: IdGrammar::Uri,
    post_id: IdGrammar::Opaque,
    // The default; where a server of the shop's accounts has a lower limit, texts are composed for that.
    post_length: Limit { counting: Counting::Characters, most: 500, bytes_most: None },
    // Of `@name@server` only `@name` counts. Mastodon's own names have at most 30 characters, others may have more.
    mention_length: 64,
    reply_ceilings: &[(300, 3 * 60)],
    prices: None,
    delivers: Capabilities {
        // By the streams of hashtags, as far as the instance knows the post.
        fresh_post: Delivers::Always,
        reply: Delivers::Always,
        repost: Delivers::Always,
        deletion: Delivers::Always,
        edit: Delivers::Always,
        direct_message: Delivers::Never,
    },
    sends_direct: Sends::Always,
};

impl Network {
    /// All networks, in the order of their indices.
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
    use super::{Network, SANDBOX_PREFIX};

    #[test]
    fn no_network_has_an_author_with_the_id_of_a_sandbox_account() {
        for network in Network::ALL {
            let facts = network.facts();
            for name in ["ana", "1", "did:plc:ana", "https://a.example/users/ana", ""] {
                let id = format!("{SANDBOX_PREFIX}{name}");
                assert!(
                    !facts.author_id.accepts(&id) && !facts.linked_author_id.accepts(&id),
                    "{network} {id}"
                );
            }
        }
    }

    #[test]
    fn each_network_is_at_its_index_under_its_stored_name() {
        for (index, network) in Network::ALL.into_iter().enumerate() {
            assert_eq!(network.index(), index);
            assert_eq!(postcard::to_stdvec(&network).unwrap(), [u8::try_from(index).unwrap()]);
            assert_eq!(serde_json::to_value(network).unwrap(), network.name());
        }
    }
}
