//! The forms in which posts come, and how one line is decoded whatever it holds.

mod bluesky;
mod flashtag;
pub(super) mod html;
mod mastodon;
mod x;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::depth::check_depth;
pub use super::fault::Fault;
use super::field::{Field, Object, Word};
use super::redaction::redact;
use crate::domain::id::{Account, Network, PostId};
use crate::domain::post::Post;
use crate::domain::time::Timestamp;

/// The longest text of a post, in bytes: four for each of the 25,000 characters that X sells.
pub const TEXT_BYTES_MAX: usize = 100_000;

/// The longest name of an author, in bytes.
pub const HANDLE_BYTES_MAX: usize = 512;

/// Posts of the year 9999 are refused, so that the deadlines reckoned from a post lie within time.
const YEAR_9999_MS: i64 = 253_370_764_800_000;

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A post.
    Post(Post),
    /// Something else that the source sends, by a word for what it is.
    Ignored(&'static str),
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
        let text = plain_text(line)?.trim_ascii();
        if text.is_empty() {
            return Ok(Decoded::Ignored("heartbeat"));
        }
        let mut decoded = match self {
            Self::Flashtag => flashtag::decode(text),
            Self::X => x::decode(text),
            Self::Bluesky => bluesky::decode(text),
            Self::Mastodon => mastodon::decode(text),
        }?;
        if let Decoded::Post(post) = &mut decoded {
            check_words("the text", &post.text, TEXT_BYTES_MAX)?;
            check_words("the author's name", &post.handle, HANDLE_BYTES_MAX)?;
            redact(post);
        }
        Ok(decoded)
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

/// The line as text. A byte order mark is refused rather than skipped: in the middle of a stream it shows
/// that files were joined, and the line before may be broken as well.
pub(super) fn plain_text(line: &[u8]) -> Result<&str, Fault> {
    let bad = |what| Fault::BadEncoding { what };
    let text = std::str::from_utf8(line).map_err(|_| bad("bytes that are no character"))?;
    if text.starts_with('\u{feff}') {
        Err(bad("a byte order mark"))
    } else if memchr::memchr(0, line).is_some() {
        Err(bad("a NUL"))
    } else {
        Ok(text)
    }
}

/// Reads an object. Duplicate fields are refused, unknown ones are not looked at.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    check_depth(text)?;
    let line: Field<Object<T>> = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    line.required("the line").map(|Object(object)| object)
}

/// What the author wrote, once all escapes are undone.
fn check_words(what: &'static str, words: &str, bytes_max: usize) -> Result<(), Fault> {
    if words.len() > bytes_max {
        Err(Fault::WordsTooLong { what, bytes_max })
    } else if memchr::memchr(0, words.as_bytes()).is_some() {
        Err(Fault::BadEncoding { what: "a NUL" })
    } else {
        Ok(())
    }
}

/// The text of an id that must be there.
pub(super) fn id_text<'a>(field: &'static str, id: Word<'a>) -> Result<Cow<'a, str>, Fault> {
    match id {
        Field::Is(id) => Ok(id),
        Field::Absent => Err(Fault::MissingField { field }),
        Field::Null | Field::Other => Err(Fault::IdNotText { field }),
    }
}

fn account(network: Network, field: &'static str, id: Word<'_>) -> Result<Account, Fault> {
    Account::parse(network, &id_text(field, id)?).map_err(|fault| Fault::BadId { field, fault })
}

fn post_id(network: Network, field: &'static str, id: &str) -> Result<PostId, Fault> {
    PostId::parse(network, id).map_err(|fault| Fault::BadId { field, fault })
}

/// A post that this one points to, if it does.
fn reference(field: &'static str, id: Word<'_>) -> Result<Option<PostId>, Fault> {
    if !id.is_present() {
        return Ok(None);
    }
    let id = id_text(field, id)?;
    PostId::parse_reference(&id).map(Some).map_err(|fault| Fault::BadId { field, fault })
}

pub(super) fn instant(field: &'static str, text: &str) -> Result<Timestamp, Fault> {
    let instant = text.parse().map_err(|_| Fault::BadTime { field })?;
    if instant < Timestamp::from_ms(YEAR_9999_MS) { Ok(instant) } else { Err(Fault::BadTime { field }) }
}

/// An instant that nobody promised: what cannot be read is as good as absent.
fn lenient_instant(text: Word<'_>) -> Option<Timestamp> {
    instant("", &text.lenient()?).ok()
}

/// An instant from a count of microseconds since 1970.
fn instant_of_us(field: &'static str, us: i64) -> Result<Timestamp, Fault> {
    let ms = us.div_euclid(1000);
    let good = (Timestamp::MIN.ms()..YEAR_9999_MS).contains(&ms);
    if good { Ok(Timestamp::from_ms(ms)) } else { Err(Fault::BadTime { field }) }
}
