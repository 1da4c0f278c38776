//! Sifting: which lines may matter, told from their raw bytes.
//!
//! A line matters if its text has a hashtag, or if it tells of a repost or a deletion. Exact in the safe
//! direction: whatever the full decoding would find in a line, the line passes. What passes besides costs a
//! parse and nothing else.
//!
//! JSON spells a character as itself or as an escape. A letter, a digit or an underscore can only be escaped
//! as `\u00..`, so a line without that sequence spells every name in plain; frames within frames spell the
//! backslash before it once more and keep the sequence. A line with it passes unlooked at.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr2_iter};

use super::format::Format;

/// What is looked for in lines, prepared once.
struct Needles {
    escape: Finder<'static>,
    repost_of: Finder<'static>,
    deleted: Finder<'static>,
    retweeted: Finder<'static>,
    reblog: Finder<'static>,
    bluesky_delete: Finder<'static>,
    bluesky_post: Finder<'static>,
    bluesky_repost: Finder<'static>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles {
    escape: Finder::new(b"\\u"),
    repost_of: Finder::new(b"repost_of"),
    deleted: Finder::new(b"deleted"),
    retweeted: Finder::new(b"retweeted"),
    reblog: Finder::new(b"reblog"),
    bluesky_delete: Finder::new(b"\"delete\""),
    bluesky_post: Finder::new(b"\"app.bsky.feed.post\""),
    bluesky_repost: Finder::new(b"\"app.bsky.feed.repost\""),
});

/// Whether the line may hold a post that concerns an offer. What cannot be an object passes as well, so that
/// the decoder names the fault.
#[must_use]
pub fn may_matter(format: Format, line: &[u8]) -> bool {
    let object = line.first() == Some(&b'{') && line.last() == Some(&b'}');
    if !object || holds_hash_sign(line) || holds_telling_escape(line) {
        return true;
    }
    let holds = |needle: &Finder<'_>| needle.find(line).is_some();
    match format {
        Format::Flashtag => {
            holds_value(line, &NEEDLES.repost_of, b"null") || holds_value(line, &NEEDLES.deleted, b"false")
        }
        Format::X => holds(&NEEDLES.retweeted),
        Format::Bluesky => {
            holds(&NEEDLES.bluesky_repost) || (holds(&NEEDLES.bluesky_delete) && holds(&NEEDLES.bluesky_post))
        }
        Format::Mastodon => holds_value(line, &NEEDLES.reblog, b"null"),
    }
}

/// Whether a hash sign stands where a hashtag may begin: `#`, or the full-width one (EF BC 83).
fn holds_hash_sign(line: &[u8]) -> bool {
    memchr2_iter(b'#', 0xEF, line).any(|at| {
        let rest = line.get(at..).unwrap_or_default();
        if rest.starts_with(b"#") {
            may_begin(line.get(..at).unwrap_or_default())
        } else {
            rest.starts_with("＃".as_bytes())
        }
    })
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

/// Whether an escape spells a character of ASCII or the full-width hash sign.
fn holds_telling_escape(line: &[u8]) -> bool {
    NEEDLES.escape.find_iter(line).any(|at| {
        let digits = line.get(at + 2..).unwrap_or_default();
        let full_width = |digits: &[u8]| digits.eq_ignore_ascii_case(b"ff03");
        digits.starts_with(b"00") || digits.get(..4).is_some_and(full_width)
    })
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
