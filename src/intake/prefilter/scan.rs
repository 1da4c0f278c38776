//! Searches the raw bytes of lines for anything that may matter.
//!
//! A line matters if its text has a live tag or one that looks like it, or mentions the shop, or if it is a
//! repost or a deletion. Errors are on the safe side: a line passes whenever full decoding would find
//! something in it. A line that passes needlessly costs one parse.
//!
//! JSON writes a character as itself or as an escape. A letter, a digit or an underscore can be escaped only
//! as `\u00..`, so a line without that sequence contains every name in plain; frames within frames repeat the
//! backslash and keep the sequence. A line with it passes unexamined, unless the escaped character cannot be
//! part of a name.

use compact_str::CompactString;
use memchr::memchr;
use memchr::memmem::{self, Finder};

use super::handle::Handle;
use super::live_tags::LiveTags;
use super::needles::Needles;
use crate::intake::catalog::Catalog;
use crate::intake::format::Format;
use crate::text::account_word::local_name;

/// The full-width hash sign, the beginnings of its escape, and the beginning of the escape of any character
/// below U+0100.
const SPELLINGS: [&[u8]; 6] = ["＃".as_bytes(), b"\\u00", b"\\uff", b"\\uFF", b"\\uFf", b"\\ufF"];

const REPOST_OF: &[u8] = b"repost_of";
const DELETED: &[u8] = b"deleted";
const RETWEETED: &[u8] = b"retweeted";
/// The end of an event type; its first letters are rare in lines.
const X_DELETE: &[u8] = b"t.delete\"";
const REBLOG: &[u8] = b"reblog";
const BLUESKY_REPOST: &[u8] = b".repost\"";
const BLUESKY_POST: &[u8] = b"\"app.bsky.feed.post\"";

/// The searches for one catalog, prepared once.
#[derive(Debug, Clone)]
pub struct Prefilter {
    tags: LiveTags,
    /// The handles; none begins with another.
    handles: Vec<Handle>,
    /// The needles of each format, in the order of [`Format::ALL`].
    needles: [Needles; 4],
    bluesky_delete: Finder<'static>,
}

impl Prefilter {
    /// Prepares a prefilter for the offers of a catalog. Another catalog needs another prefilter.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let handles = distinct(&catalog.front().handles);
        let needles = Format::ALL.map(|format| {
            let fixed = SPELLINGS.iter().chain(pointers(format)).map(|needle| needle.to_vec());
            Needles::new(fixed.chain(handles.iter().flat_map(Handle::pieces)).collect())
        });
        let bluesky_delete = Finder::new(b"\"delete\"");
        Self { tags: LiveTags::new(catalog.tags()), handles, needles, bluesky_delete }
    }

    /// The needles to search for in lines of a format, besides hash signs.
    pub(super) const fn needles(&self, format: Format) -> &Needles {
        let [flashtag, x, bluesky, mastodon] = &self.needles;
        match format {
            Format::Flashtag => flashtag,
            Format::X => x,
            Format::Bluesky => bluesky,
            Format::Mastodon => mastodon,
        }
    }

    /// Whether the hash sign at `at` may begin a live tag.
    pub(super) fn is_tagged_at(&self, format: Format, text: &[u8], at: usize) -> bool {
        let (before, from) = text.split_at_checked(at).unwrap_or_default();
        // On Bluesky, facets mark tags wherever they stand.
        let begins = format == Format::Bluesky || may_begin(before);
        from.split_first().is_some_and(|(_, rest)| begins && self.tags.may_begin(format, rest))
    }

    /// Whether a line may matter because of the needle at `at`.
    pub(super) fn matters_at(&self, format: Format, line: &[u8], at: usize) -> bool {
        let from = line.get(at..).unwrap_or_default();
        let spelled = match Escape::at(from) {
            Some(Escape { code: 0x23 | 0xff03, rest }) => self.tags.may_begin(format, rest),
            Some(Escape { code, .. }) => may_be_in_name(format, code),
            None => {
                let tag = from.strip_prefix("＃".as_bytes());
                tag.is_some_and(|rest| self.tags.may_begin(format, rest))
            }
        };
        spelled || may_point(format, from) || self.handles.iter().any(|handle| handle.occurs_around(line, at))
    }

    /// Whether a line may matter because of something that no single needle shows: on Bluesky, a deleted
    /// post; on Mastodon, whose posts are HTML, the shop's handle with a tag inside.
    pub(super) fn matters_in_parts(&self, format: Format, line: &[u8]) -> bool {
        match format {
            Format::Flashtag | Format::X => false,
            Format::Bluesky => {
                self.bluesky_delete.find(line).is_some() && memmem::find(line, BLUESKY_POST).is_some()
            }
            Format::Mastodon => self.handles.iter().any(|handle| handle.may_be_interrupted_in(line)),
        }
    }
}

/// The names of the fields that make a line of the format a repost or a deletion.
const fn pointers(format: Format) -> &'static [&'static [u8]] {
    match format {
        Format::Flashtag => &[REPOST_OF, DELETED],
        Format::X => &[RETWEETED, X_DELETE],
        Format::Bluesky => &[BLUESKY_REPOST],
        Format::Mastodon => &[REBLOG, DELETED],
    }
}

/// Whether the field at the start of `from` may make a line of the format a repost or a deletion.
fn may_point(format: Format, from: &[u8]) -> bool {
    let holds = |name, nothing| from.strip_prefix(name).is_some_and(|rest| may_hold_value(rest, nothing));
    match format {
        Format::Flashtag => holds(REPOST_OF, b"null") || holds(DELETED, b"false"),
        Format::X => from.starts_with(RETWEETED) || from.starts_with(X_DELETE),
        Format::Bluesky => from.starts_with(BLUESKY_REPOST),
        Format::Mastodon => holds(REBLOG, b"null") || holds(DELETED, b"false"),
    }
}

/// An escaped character, and the rest behind it.
struct Escape<'a> {
    code: u32,
    rest: &'a [u8],
}

impl<'a> Escape<'a> {
    /// Parses the `\u` escape that the bytes begin with.
    fn at(bytes: &'a [u8]) -> Option<Self> {
        let (digits, rest) = bytes.strip_prefix(b"\\u")?.split_first_chunk::<4>()?;
        let digit = |code: u32, digit: &u8| Some(code << 4 | char::from(*digit).to_digit(16)?);
        Some(Self { code: digits.iter().try_fold(0, digit)?, rest })
    }
}

/// Whether the character may be part of a searched name. Control characters and HTML's special characters end
/// a name; within HTML, the latter may also interrupt one.
fn may_be_in_name(format: Format, code: u32) -> bool {
    let ends_name = matches!(code, 0x26 | 0x3c | 0x3e) && format != Format::Mastodon;
    (0x20..0x80).contains(&code) && !ends_name
}

/// The handles to search for. Most shops have one name on all networks, perhaps with a server appended: a
/// search for the shorter name finds the longer one as well.
fn distinct(handles: &[CompactString]) -> Vec<Handle> {
    let mut names: Vec<String> = handles.iter().map(|name| local_name(name).to_ascii_lowercase()).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    // Sorted, a name follows directly behind the names that it begins with.
    names.dedup_by(|longer, shorter| longer.starts_with(shorter.as_str()));
    names.iter().filter_map(|name| Handle::new(name)).collect()
}

/// Whether a hashtag may begin after these bytes. None begins right after a letter, a digit, an underscore or
/// `&`. Most lines of the networks contain names such as `app.bsky.richtext.facet#link` or references such as
/// `&#39;`, so this check pays. Behind an escape, such letters belong to the escape and denote another
/// character.
fn may_begin(before: &[u8]) -> bool {
    match before.last() {
        Some(b'&') => false,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => {
            let escape = before.get(before.len().saturating_sub(6)..).unwrap_or_default();
            memchr(b'\\', escape).is_some()
        }
        _ => true,
    }
}

/// Whether a field may have a value other than `nothing`, judged by what follows its name. Authors may write
/// field names into their texts, so a name may not be a field.
fn may_hold_value(rest: &[u8], nothing: &[u8]) -> bool {
    // In a frame within a frame, the quote has backslashes before it.
    let escapes = rest.iter().take_while(|byte| **byte == b'\\').count();
    let Some(rest) = rest.get(escapes..).and_then(|rest| rest.strip_prefix(b"\"")) else { return false };
    match rest.trim_ascii_start().split_first() {
        Some((b':', value)) => !value.trim_ascii_start().starts_with(nothing),
        // White space within the inner frame is escaped as well.
        Some((b'\\', _)) => true,
        _ => false,
    }
}
