//! The formats of posts, and the decoding of one line of any content.

mod bluesky;
mod decoded;
mod facets;
mod flashtag;
pub(super) mod html;
mod mastodon;
mod record_hash;
mod teller;
mod x;

use std::fmt;
use std::str::FromStr;

pub use super::fault::Fault;
use super::json::{is_json, plain_text};
use super::redaction::redact;
use super::surrogates::without_lone_surrogates;
use crate::domain::id::Authors;
pub use decoded::Decoded;
pub use html::shown_text;
use teller::Teller;

/// Longest text of a post, in bytes: four for each of the 25,000 characters that X sells.
pub const TEXT_BYTES_MAX: usize = 100_000;

/// Longest display name of an author, in bytes.
pub const HANDLE_BYTES_MAX: usize = 512;

/// The format of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Flashtag's own format.
    Flashtag,
    /// X's filtered stream.
    X,
    /// Bluesky's Jetstream, version 1 or 2.
    Bluesky,
    /// Mastodon's statuses, bare or as its streams wrap them.
    Mastodon,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Flashtag, Self::X, Self::Bluesky, Self::Mastodon];

    /// Name of the format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flashtag => "flashtag",
            Self::X => "x",
            Self::Bluesky => "bluesky",
            Self::Mastodon => "mastodon",
        }
    }

    /// Decodes one line as the network writes it: [`decode_handed_in`](Self::decode_handed_in) without sandbox accounts.
    ///
    /// # Errors
    /// When the line cannot be decoded. No input causes a panic or unusual stack use.
    pub fn decode(self, line: &[u8]) -> Result<Decoded, Fault> {
        self.decode_handed_in(line, Authors::OfNetworks)
    }

    /// Decodes one line that comes from where the shop trusts it: a file, or a request to its own intake. A post of an author
    /// who is none of `authors` is refused.
    ///
    /// # Errors
    /// As for [`decode`](Self::decode).
    pub fn decode_handed_in(self, line: &[u8], authors: Authors) -> Result<Decoded, Fault> {
        self.decode_from(line, Teller::Shop(authors))
    }

    /// Decodes one line of a live stream. What a relay of Bluesky tells carries no signature, so a post keeps the hash by
    /// which it is found again at its author's own server, and one without a hash is refused. So is a post of a sandbox account:
    /// no network has one.
    ///
    /// # Errors
    /// As for [`decode`](Self::decode).
    pub fn decode_live(self, line: &[u8]) -> Result<Decoded, Fault> {
        self.decode_from(line, Teller::Relay)
    }

    fn decode_from(self, line: &[u8], teller: Teller) -> Result<Decoded, Fault> {
        let text = plain_text(line)?.trim_ascii();
        if text.is_empty() {
            return Ok(Decoded::Ignored("heartbeat"));
        }
        let mut decoded = match self.decode_text(text, teller) {
            // A text that was cut within an emoji is still its author's.
            Err(Fault::LoneSurrogate) => self.decode_text(&without_lone_surrogates(text), teller),
            decoded => decoded,
        }?;
        if let Decoded::Post(post) = &mut decoded {
            check_words("the text", &post.text, TEXT_BYTES_MAX)?;
            check_words("the author's name", &post.handle, HANDLE_BYTES_MAX)?;
            redact(post);
        }
        Ok(decoded)
    }

    // A post is a large value: inlined, it is written where it is kept.
    #[inline]
    fn decode_text(self, text: &str, teller: Teller) -> Result<Decoded, Fault> {
        match self {
            Self::Flashtag => flashtag::decode(text, teller.authors()),
            Self::X => x::decode(text, teller.authors()),
            Self::Bluesky => bluesky::decode(text, teller),
            Self::Mastodon => mastodon::decode(text, teller.authors()),
        }
    }

    /// Whether a line that cannot be decoded is JSON all the same. Such a line is its author's fault alone; any
    /// other one shows that the source is no source of lines.
    #[must_use]
    pub fn is_json(self, line: &[u8]) -> bool {
        let data = line.trim_ascii().strip_prefix(b"data:").filter(|_| self == Self::Mastodon);
        is_json(data.unwrap_or(line))
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

/// The name is not a format's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of flashtag, x, bluesky, mastodon")]
pub struct NotAFormat;

/// Checks text that the author wrote, after all escapes are undone.
fn check_words(what: &'static str, words: &str, bytes_max: usize) -> Result<(), Fault> {
    if words.len() > bytes_max {
        Err(Fault::WordsTooLong { what, bytes_max })
    } else if memchr::memchr(0, words.as_bytes()).is_some() {
        Err(Fault::BadEncoding { what: "a NUL" })
    } else {
        Ok(())
    }
}
