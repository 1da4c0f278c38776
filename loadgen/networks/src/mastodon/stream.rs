//! An open connection and what it is subscribed to.

use crate::network::Frame;
use crate::streams::{Heartbeat, Pinger};

/// One of the streams that a connection may be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Channel {
    User,
    UserNotification,
    Public,
    Hashtag(String),
}

impl Channel {
    /// The channel of a name as WebSockets have it.
    pub(crate) fn parse(name: &str, tag: Option<&str>) -> Result<Self, &'static str> {
        match name {
            "user" => Ok(Self::User),
            "user:notification" => Ok(Self::UserNotification),
            "public" | "public:local" => Ok(Self::Public),
            "hashtag" | "hashtag:local" => match tag.map(str::trim).filter(|tag| !tag.is_empty()) {
                Some(tag) => Ok(Self::Hashtag(tag.to_lowercase())),
                None => Err("Missing tag name parameter"),
            },
            _ => Err("Unknown stream type"),
        }
    }

    /// The names that a WebSocket message carries.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::User => vec!["user"],
            Self::UserNotification => vec!["user:notification"],
            Self::Public => vec!["public"],
            Self::Hashtag(tag) => vec!["hashtag", tag],
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) account: u64,
    /// The token that opened it; the connection ends when it is taken back.
    pub(crate) token: String,
    pub(crate) channels: Vec<Channel>,
    /// Number of the next event that it gets.
    pub(crate) next: u64,
    pub(crate) liveness: Liveness,
    /// Frames to be sent before any event.
    pub(crate) first: Vec<Frame>,
}

/// How a connection shows that it is alive.
#[derive(Debug)]
pub(crate) enum Liveness {
    /// Lines of a server-sent stream.
    Thump(Heartbeat),
    /// Pings of a WebSocket.
    Ping(Pinger),
}
