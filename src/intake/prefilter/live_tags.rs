//! Decides from raw bytes whether a hash sign may begin a live tag, or one that looks like it.
//!
//! Keeps only hashes of each tag's outline and of its beginning, each as one bit in a table: every live tag
//! has its bits set, and some 1 in 100 of other tags has too. Errors are on the safe side, as in the whole
//! prefilter: no live tag is missed.

use unicode_normalization::char::is_combining_mark;

use crate::intake::format::Format;
use crate::intake::format::html;
use crate::text::char_set::CharSet;
use crate::text::folding::fold;
use crate::text::hashtag::{KEYCAP_ENDS, is_tag_char};
use crate::text::look_alike::{Outline, may_stand_for_ascii, outline, outlines};

/// Bits of the table for each tag; with one hash, its inverse is the share of other tags that pass.
const BITS_PER_TAG: usize = 128;

/// Smallest size of the table, for shops with few tags.
const BITS_MIN: usize = 8192;

/// Bytes of an outline that count as its beginning. Few other tags share a beginning with a live tag, so most
/// are ruled out here.
const BEGINNING_BYTES: usize = 3;

/// Added after a whole outline, so that it is not taken for the beginning of another one.
const END: u8 = 0;

/// Upper bound on the bytes of HTML that are followed within a tag; a longer tag passes. Without a bound, a
/// crafted line of hash signs would be read to its end from each of them.
const HTML_BYTES_MAX: usize = 1024;

/// The live tags, as a table of hashes.
#[derive(Debug, Clone)]
pub(super) struct LiveTags {
    /// What each byte of a tag adds to its outline, two bytes at most; zero for a byte that ends a tag.
    shown: Box<[[u8; 2]; 256]>,
    bits: Box<[u64]>,
    shift: u32,
    /// Where a tag is live that no tag of ASCII characters can look like: the characters beyond ASCII with which
    /// a live tag may begin.
    firsts: Option<CharSet>,
}

/// The hash of an outline, computed byte by byte.
#[derive(Clone, Copy, Default)]
struct Trace {
    hash: u64,
    length: usize,
}

impl Trace {
    fn of(bytes: &[u8]) -> Self {
        bytes.iter().fold(Self::default(), |trace, byte| trace.add(*byte))
    }

    fn add(self, byte: u8) -> Self {
        // The multiplier is 2^64 divided by the golden ratio, as in Fibonacci hashing.
        let hash = (self.hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { hash, length: self.length + 1 }
    }
}

impl LiveTags {
    /// Builds the table of tags, which come without their hash signs.
    pub(super) fn new<'a>(tags: impl Iterator<Item = &'a str>) -> Self {
        let outlines: Vec<_> = tags.flat_map(outlines).collect();
        let bits = (outlines.len() * BITS_PER_TAG).next_power_of_two().max(BITS_MIN);
        let mut live = Self {
            shown: shown(),
            bits: vec![0; bits / 64].into(),
            shift: 64 - bits.trailing_zeros(),
            firsts: None,
        };
        let beyond_ascii = outlines.iter().any(|outline| !outline.is_ascii());
        for outline in outlines {
            live.insert(Trace::of(&outline).add(END));
            live.insert(Trace::of(outline.get(..BEGINNING_BYTES).unwrap_or_default()));
        }
        live.firsts = beyond_ascii.then(|| live.first_characters());
        live
    }

    fn insert(&mut self, trace: Trace) {
        let (word, bit) = self.place(trace);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    fn place(&self, trace: Trace) -> (usize, u64) {
        let place = trace.hash >> self.shift;
        ((place / 64) as usize, 1 << (place % 64))
    }

    fn holds(&self, trace: Trace) -> bool {
        let (word, bit) = self.place(trace);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether the outline so far may be a whole live tag.
    fn ends(&self, trace: Trace) -> bool {
        self.holds(trace.add(END))
    }

    /// Adds a byte to the outline, and returns whether a live tag may continue that way.
    fn goes_on(&self, trace: &mut Trace, byte: u8) -> bool {
        *trace = trace.add(byte);
        trace.length != BEGINNING_BYTES || self.holds(*trace)
    }

    /// Whether the tag that begins right behind a hash sign with `text` may be live, or look as if it were.
    pub(super) fn may_begin(&self, format: Format, text: &[u8]) -> bool {
        let (mut trace, mut rest) = (Trace::default(), text);
        loop {
            let Some((&byte, after)) = rest.split_first() else { return self.ends(trace) };
            match self.shown.get(usize::from(byte)) {
                Some([0, _]) | None => {}
                Some([first, second]) => {
                    let goes_on = self.goes_on(&mut trace, *first)
                        && (*second == 0 || self.goes_on(&mut trace, *second));
                    if !goes_on {
                        return false;
                    }
                    rest = after;
                    continue;
                }
            }
            // Most tags end here. The exceptions are bytes that may belong to the tag although they are not
            // ASCII tag characters.
            if byte >= 0x80 {
                return self.may_go_on(format, trace, text, rest);
            }
            if byte == b'\\' && is_escaped_character(rest) {
                return true;
            }
            if byte != b'<' || format != Format::Mastodon || self.ends(trace) {
                return self.ends(trace);
            }
            if text.len() - rest.len() > HTML_BYTES_MAX {
                return true;
            }
            // In HTML, readers see the letters before and after an inline tag as one word.
            match behind_inline_tag(rest) {
                Behind::Tag(behind) => rest = behind,
                Behind::Unknown => return true,
                Behind::NoTag => return false,
            }
        }
    }

    /// Whether the tag at `text` may be live, which has a character beyond ASCII at `rest`.
    fn may_go_on(&self, format: Format, trace: Trace, text: &[u8], rest: &[u8]) -> bool {
        match first_char(rest) {
            None => true,
            // A keycap emoji, whose characters have no outline and would pass as ASCII.
            Some(ch) if trace.length == 0 && KEYCAP_ENDS.contains(&ch) => false,
            Some(ch) if !is_tag_char(ch) => self.ends(trace),
            Some(ch) => match &self.firsts {
                None => may_stand_for_ascii(ch),
                Some(firsts) => self.may_begin_so(firsts, trace, ch) && self.holds_whole(format, text),
            },
        }
    }

    /// The characters beyond ASCII with which a live tag may begin. Takes some 30 ms, so that a firehose in another
    /// script is ruled out by one bit for each of its tags.
    fn first_characters(&self) -> CharSet {
        CharSet::of(|ch| !ch.is_ascii() && is_tag_char(ch) && self.may_begin_with(Trace::default(), ch))
    }

    /// As [`Self::may_begin_with`], where the answer is known for most characters.
    fn may_begin_so(&self, firsts: &CharSet, trace: Trace, ch: char) -> bool {
        let known = if trace.length == 0 { firsts.contains(ch) } else { None };
        known.unwrap_or_else(|| self.may_begin_with(trace, ch))
    }

    /// Whether a live tag may begin with these characters: most other tags are ruled out by their first one.
    fn may_begin_with(&self, trace: Trace, ch: char) -> bool {
        // Marks change places with each other when a tag is normalized.
        if trace.length >= BEGINNING_BYTES || is_combining_mark(ch) {
            return true;
        }
        let mut bytes = [0; 4];
        let written = ch.encode_utf8(&mut bytes);
        let goes_on = |shown: Outline| {
            let mut trace = trace;
            shown.iter().all(|byte| self.goes_on(&mut trace, *byte))
        };
        goes_on(outline(written)) || goes_on(outline(&fold(written)))
    }

    /// Whether the whole tag at `text` may be live. Follows it as [`Self::may_begin`] does, and then compares
    /// it in the forms in which tags are compared.
    fn holds_whole(&self, format: Format, text: &[u8]) -> bool {
        let (mut tag, mut rest) = (String::new(), text);
        loop {
            let holds = || outlines(&tag).any(|outline| self.ends(Trace::of(&outline)));
            let Some(&byte) = rest.first() else { return holds() };
            if byte == b'\\' && is_escaped_character(rest.get(1..).unwrap_or_default()) {
                return true;
            }
            if byte == b'<' && format == Format::Mastodon {
                if text.len() - rest.len() > HTML_BYTES_MAX {
                    return true;
                }
                match behind_inline_tag(rest) {
                    Behind::Tag(behind) => rest = behind,
                    Behind::Unknown => return true,
                    Behind::NoTag => return holds(),
                }
                continue;
            }
            let Some(ch) = first_char(rest) else { return true };
            if !is_tag_char(ch) {
                return holds();
            }
            tag.push(ch);
            rest = rest.get(ch.len_utf8()..).unwrap_or_default();
        }
    }
}

/// What stands behind a `<` in HTML, as far as a tag may continue there.
enum Behind<'a> {
    /// An inline tag, and then this.
    Tag(&'a [u8]),
    /// Too much to tell.
    Unknown,
    /// No inline tag.
    NoTag,
}

/// Skips the inline tag at the start of the bytes. The HTML ends with the line.
fn behind_inline_tag(rest: &[u8]) -> Behind<'_> {
    let html = rest.get(..HTML_BYTES_MAX).unwrap_or(rest);
    let html = html.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match html::behind_inline_tag(html) {
        Some([]) => Behind::Unknown,
        Some(behind) => Behind::Tag(rest.get(html.len() - behind.len()..).unwrap_or_default()),
        None if rest.starts_with(b"<\\") => Behind::Unknown,
        None => Behind::NoTag,
    }
}

/// What each ASCII character of a tag adds to the outline.
fn shown() -> Box<[[u8; 2]; 256]> {
    let mut shown = Box::new([[0; 2]; 256]);
    for (byte, shown) in (0..=u8::MAX).zip(shown.iter_mut()) {
        let ch = char::from(byte);
        if !ch.is_ascii() || !is_tag_char(ch) {
            continue;
        }
        let outline = outline(ch.encode_utf8(&mut [0; 4]));
        for (place, byte) in shown.iter_mut().zip(outline) {
            *place = byte;
        }
    }
    shown
}

/// Whether the bytes begin with an escaped character; a frame within a frame repeats the backslash.
fn is_escaped_character(rest: &[u8]) -> bool {
    rest.iter().find(|byte| **byte != b'\\') == Some(&b'u')
}

/// The first character of the bytes, if it is complete.
fn first_char(bytes: &[u8]) -> Option<char> {
    let head = bytes.get(..4).unwrap_or(bytes);
    head.utf8_chunks().next()?.valid().chars().next()
}
