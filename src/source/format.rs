//! The forms in which posts come, and how one line is decoded whatever it holds.

mod bluesky;
mod flashtag;
mod html;
mod mastodon;
mod x;

use std::fmt;
use std::str::FromStr;

pub use super::fault::Fault;
use crate::domain::id::{Account, Network, PostId};
use crate::domain::post::Post;
use crate::domain::time::Timestamp;

/// How deep a line may nest; posts of all networks need less than half of it.
const DEPTH_MAX: usize = 32;

/// The longest text of a post, in bytes; the longest that any network allows is a quarter of it.
const TEXT_BYTES_MAX: usize = 100_000;

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own.
    Flashtag,
    /// X's filtered stream.
    X,
    /// Bluesky's Jetstream, either version.
    Bluesky,
    /// Mastodon's statuses, bare or as its streams wrap them.
    Mastodon,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Flashtag, Self::X, Self::Bluesky, Self::Mastodon];

    /// The form's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flashtag => "flashtag",
            Self::X => "x",
            Self::Bluesky => "bluesky",
            Self::Mastodon => "mastodon",
        }
    }

    /// Decodes one line.
    ///
    /// # Errors
    /// When the line cannot be understood. No input panics or takes more stack than usual.
    pub fn decode(self, line: &[u8]) -> Result<Decoded, Fault> {
        let text = std::str::from_utf8(line).map_err(|_| Fault::BadEncoding)?;
        if text.starts_with('\u{feff}') || text.contains('\0') {
            return Err(Fault::BadEncoding);
        }
        let text = text.trim_ascii();
        check_depth(text)?;
        let decoded = match self {
            _ if text.is_empty() => Ok(Decoded::Ignored("heartbeat")),
            Self::Flashtag => flashtag::decode(text),
            Self::X => x::decode(text),
            Self::Bluesky => bluesky::decode(text),
            Self::Mastodon => mastodon::decode(text),
        }?;
        match decoded {
            Decoded::Post(post) if post.text.len() > TEXT_BYTES_MAX => {
                Err(Fault::TooLong { bytes_max: TEXT_BYTES_MAX })
            }
            Decoded::Post(post) if post.text.contains('\0') => Err(Fault::BadEncoding),
            decoded => Ok(decoded),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(name: &str) -> Result<Self, NotAFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(NotAFormat)
    }
}

/// The name is none of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of flashtag, x, bluesky, mastodon")]
pub struct NotAFormat;

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A post.
    Post(Post),
    /// Something else that the source sends, by a word for what it is.
    Ignored(&'static str),
}

/// Refuses deep nesting before a parser that recurses sees it.
fn check_depth(text: &str) -> Result<(), Fault> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
    }
    Ok(())
}

fn parse<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::of_json(&error))
}

fn account(network: Network, author: &str) -> Result<Account, Fault> {
    Account::parse(network, author).map_err(|fault| Fault::BadId { field: "author", fault })
}

fn post_id(network: Network, id: &str) -> Result<PostId, Fault> {
    PostId::parse(network, id).map_err(|fault| Fault::BadId { field: "id", fault })
}

fn reference(field: &'static str, id: Option<&str>) -> Result<Option<PostId>, Fault> {
    id.map(|id| PostId::parse_reference(id).map_err(|fault| Fault::BadId { field, fault })).transpose()
}

fn instant(field: &'static str, text: &str) -> Result<Timestamp, Fault> {
    text.parse().map_err(|_| Fault::BadTime { field })
}
