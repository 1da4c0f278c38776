//! What is read at a network, and from where.

use std::fmt;

use super::origin::Origin;
use crate::config::field::Field;
use crate::domain::id::Network;
use crate::text::file_fault::quoted;
use crate::text::network::{Capabilities, Delivers};

/// The public Jetstream of Bluesky that is read by default.
const JETSTREAM: &str = "wss://jetstream1.us-east.bsky.network";

/// What is read at a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing.
    Off,
    /// X: what mentions the shop's account or answers it, live, with the mentions as catch-up.
    Activity,
    /// X: what has the tags of the offers.
    Filtered,
    /// Bluesky: a Jetstream of the first version, at this address.
    Jetstream(String),
    /// Bluesky: a Jetstream of the second version, at this address.
    Jetstream2(String),
    /// Bluesky: the repositories of a relay or of one server, at this address.
    Repositories(String),
    /// Mastodon: the notifications of the shop's account.
    Notifications(Transport),
    /// Mastodon: its notifications, and the public posts with the tags of the offers.
    Hashtags(Transport),
}

/// How a Mastodon server delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// By WebSocket.
    WebSocket,
    /// By server-sent events.
    Events,
}

impl Reading {
    /// What is read at a network by default.
    #[must_use]
    pub fn of(network: Network) -> Self {
        match network {
            Network::X => Self::Activity,
            Network::Bluesky => Self::Jetstream(JETSTREAM.to_owned()),
            Network::Mastodon => Self::Notifications(Transport::WebSocket),
        }
    }

    /// What comes to the shop that way.
    #[must_use]
    pub const fn delivers(&self) -> Capabilities {
        match self {
            Self::Off => Capabilities::NOTHING,
            Self::Activity => Network::X.facts().delivers,
            // Every public post with a tag of an offer.
            Self::Filtered => Capabilities {
                fresh_post: Delivers::Always,
                edit: Delivers::Always,
                ..Network::X.facts().delivers
            },
            Self::Jetstream(_) | Self::Jetstream2(_) | Self::Repositories(_) => {
                Network::Bluesky.facts().delivers
            }
            // A notification tells of no deletion, and of later versions only to who reposted the post.
            Self::Notifications(_) => Capabilities {
                fresh_post: Delivers::IfMentioned,
                deletion: Delivers::Never,
                edit: Delivers::Never,
                ..Network::Mastodon.facts().delivers
            },
            Self::Hashtags(_) => Network::Mastodon.facts().delivers,
        }
    }

    pub(super) fn read(field: &Field<'_>, network: Network) -> Option<Self> {
        let example = example(network);
        let text = field.text(example)?;
        let read = Self::parse(text, network);
        match read {
            Some(read) => Some(read),
            None => field.advise(format!("`read` is {}", quoted(text)), format!("write {example}")),
        }
    }

    fn parse(text: &str, network: Network) -> Option<Self> {
        let from = |prefix: &str| text.strip_prefix(prefix)?.parse::<Origin>().ok().map(|at| at.to_string());
        match (network, text) {
            (_, "off") => Some(Self::Off),
            (Network::X, "activity") => Some(Self::Activity),
            (Network::X, "filtered") => Some(Self::Filtered),
            (Network::Bluesky, "jetstream") => Some(Self::of(Network::Bluesky)),
            (Network::Bluesky, _) => from("jetstream:")
                .map(Self::Jetstream)
                .or_else(|| from("jetstream2:").map(Self::Jetstream2))
                .or_else(|| from("repositories:").map(Self::Repositories)),
            (Network::Mastodon, "notifications") => Some(Self::Notifications(Transport::WebSocket)),
            (Network::Mastodon, "notifications by events") => Some(Self::Notifications(Transport::Events)),
            (Network::Mastodon, "hashtags") => Some(Self::Hashtags(Transport::WebSocket)),
            (Network::Mastodon, "hashtags by events") => Some(Self::Hashtags(Transport::Events)),
            _ => None,
        }
    }
}

const fn example(network: Network) -> &'static str {
    match network {
        Network::X => "\"activity\", \"filtered\" or \"off\"",
        Network::Bluesky => {
            "\"jetstream:wss://HOST\", \"jetstream2:wss://HOST\", \"repositories:wss://HOST\" or \"off\""
        }
        Network::Mastodon => "\"notifications\" or \"hashtags\", either with \" by events\", or \"off\"",
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = |transport: &Transport| match transport {
            Transport::WebSocket => "",
            Transport::Events => " by events",
        };
        match self {
            Self::Off => f.write_str("off"),
            Self::Activity => f.write_str("activity"),
            Self::Filtered => f.write_str("filtered"),
            Self::Jetstream(at) => write!(f, "jetstream:{at}"),
            Self::Jetstream2(at) => write!(f, "jetstream2:{at}"),
            Self::Repositories(at) => write!(f, "repositories:{at}"),
            Self::Notifications(transport) => write!(f, "notifications{}", by(transport)),
            Self::Hashtags(transport) => write!(f, "hashtags{}", by(transport)),
        }
    }
}
