//! Sifting: which lines may matter, told from their raw bytes.
//!
//! A line matters if its text has a tag that is on sale or looks as if, or mentions the shop, or if it tells of
//! a repost or a deletion.
//! Exact in the safe direction: whatever the full decoding would find in a line, the line passes. What passes
//! besides costs a parse and nothing else.
//!
//! JSON spells a character as itself or as an escape. A letter, a digit or an underscore can only be escaped
//! as `\u00..`, so a line without that sequence spells every name in plain; frames within frames spell the
//! backslash before it once more and keep the sequence. A line with it passes unlooked at, unless the escape is
//! of a character that stands in no name.

use compact_str::CompactString;
use memchr::memmem::Finder;
use memchr::{memchr, memchr3_iter};

use super::format::Format;
use super::handle::Handle;
use super::live_tags::LiveTags;
use crate::domain::account_word::local_name;
use crate::domain::catalog::Catalog;

/// What is looked for in lines, prepared once.
#[derive(Debug, Clone)]
pub struct Sieve {
    tags: LiveTags,
    /// None that begins with another.
    handles: Vec<Handle>,
    repost_of: Finder<'static>,
    deleted: Finder<'static>,
    retweeted: Finder<'static>,
    reblog: Finder<'static>,
    bluesky_delete: Finder<'static>,
    bluesky_post: Finder<'static>,
    bluesky_repost: Finder<'static>,
}

impl Sieve {
    /// A sieve for posts about what that catalog has on sale. Where the offers change, there is a new one.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            tags: LiveTags::new(catalog.tags()),
            handles: distinct(&catalog.front().handles),
            repost_of: Finder::new(b"repost_of"),
            deleted: Finder::new(b"deleted"),
            retweeted: Finder::new(b"retweeted"),
            reblog: Finder::new(b"reblog"),
            bluesky_delete: Finder::new(b"\"delete\""),
            bluesky_post: Finder::new(b"\"app.bsky.feed.post\""),
            bluesky_repost: Finder::new(b"\"app.bsky.feed.repost\""),
        }
    }

    /// Whether the line may hold a post that concerns an offer, or that tells the shop something about its
    /// author's account. What cannot be an object passes as well, so that the decoder names the fault.
    #[must_use]
    pub fn may_matter(&self, format: Format, line: &[u8]) -> bool {
        let object = line.first() == Some(&b'{') && line.last() == Some(&b'}');
        if !object || self.may_be_tagged(format, line) {
            return true;
        }
        let holds = |needle: &Finder<'_>| needle.find(line).is_some();
        let points = match format {
            Format::Flashtag => {
                holds_value(line, &self.repost_of, b"null") || holds_value(line, &self.deleted, b"false")
            }
            Format::X => holds(&self.retweeted),
            Format::Bluesky => {
                holds(&self.bluesky_repost) || (holds(&self.bluesky_delete) && holds(&self.bluesky_post))
            }
            Format::Mastodon => holds_value(line, &self.reblog, b"null"),
        };
        points || self.handles.iter().any(|handle| may_mention(handle, format, line))
    }

    /// Whether a hash sign stands there, in whatever spelling, of a tag that may be on sale; or an escape that
    /// may spell a part of a name.
    fn may_be_tagged(&self, format: Format, line: &[u8]) -> bool {
        memchr3_iter(b'#', 0xEF, b'\\', line).any(|at| {
            let (before, from) = line.split_at_checked(at).unwrap_or_default();
            let rest = match from.first() {
                Some(b'#') => from.get(1..).filter(|_| may_begin(before)),
                Some(b'\\') => match Escape::at(from) {
                    Some(Escape { code: 0x23 | 0xff03, rest }) => Some(rest),
                    Some(Escape { code, .. }) => return may_be_in_name(format, code),
                    None => None,
                },
                _ => from.strip_prefix("＃".as_bytes()),
            };
            rest.is_some_and(|rest| self.tags.may_begin(format, rest))
        })
    }
}

/// The code of a character, and what stands behind it.
struct Escape<'a> {
    code: u32,
    rest: &'a [u8],
}

impl<'a> Escape<'a> {
    /// The escape with which these bytes begin, if it is the code of a character.
    fn at(bytes: &'a [u8]) -> Option<Self> {
        let (digits, rest) = bytes.strip_prefix(b"\\u")?.split_first_chunk::<4>()?;
        let digit = |code: u32, digit: &u8| Some(code << 4 | char::from(*digit).to_digit(16)?);
        Some(Self { code: digits.iter().try_fold(0, digit)?, rest })
    }
}

/// Whether that character may be a part of what is looked for. Control characters and what has a meaning in
/// HTML end names; in HTML itself the latter also interrupts them.
fn may_be_in_name(format: Format, code: u32) -> bool {
    let mark = matches!(code, 0x26 | 0x3c | 0x3e) && format != Format::Mastodon;
    (0x20..0x80).contains(&code) && !mark
}

/// The names to look for. Most shops have one name on all networks, perhaps with a server behind it: whoever
/// looks for the shorter one finds the longer as well.
fn distinct(handles: &[CompactString]) -> Vec<Handle> {
    let mut names: Vec<String> = handles.iter().map(|name| local_name(name).to_ascii_lowercase()).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    // A name stands right behind the names that it begins with.
    names.dedup_by(|longer, shorter| longer.starts_with(shorter.as_str()));
    names.iter().filter_map(|name| Handle::new(name)).collect()
}

/// Whether the shop may be mentioned by that name. Only Mastodon's posts are HTML, where the letters of a name
/// need not stand together.
fn may_mention(handle: &Handle, format: Format, line: &[u8]) -> bool {
    handle.stands_in(line) || (format == Format::Mastodon && handle.may_be_interrupted_in(line))
}

/// Whether a hashtag may begin after these bytes. None begins right after a letter, a digit, an underscore
/// or `&`. Names as `app.bsky.richtext.facet#link` and references as `&#39;` stand in most lines of their
/// networks, so it pays to know that. After an escape the letters are part of it and mean another character.
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

/// Whether a field of that name may hold anything else than `nothing`. Every place where the name stands is
/// looked at: authors write the names of fields into their texts, and a field may follow.
fn holds_value(line: &[u8], name: &Finder<'_>, nothing: &[u8]) -> bool {
    name.find_iter(line).any(|at| {
        let rest = line.get(at + name.needle().len()..).unwrap_or_default();
        // In a frame within a frame the quote has backslashes before it.
        let escapes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let Some(rest) = rest.get(escapes..).and_then(|rest| rest.strip_prefix(b"\"")) else { return false };
        match rest.trim_ascii_start().split_first() {
            Some((b':', value)) => !value.trim_ascii_start().starts_with(nothing),
            // Blanks within the inner frame are escaped as well.
            Some((b'\\', _)) => true,
            _ => false,
        }
    })
}
