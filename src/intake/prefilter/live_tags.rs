//! Whether the raw bytes behind a hash sign may be a tag on sale, or look like one.
//!
//! Only hashes of each tag's outline and of its beginning are kept, each as one bit in a table: every tag on
//! sale has its bits, and some 1 in 100 of the others has them too. The table is exact in the safe direction, as the whole prefilter is.

use crate::intake::format::Format;
use crate::intake::format::html;
use crate::text::hashtag::{KEYCAP_ENDS, is_tag_char};
use crate::text::look_alike::{looks_ascii, outline};

/// Bits of the table for each tag; with one hash, the inverse is the share of strangers' tags that pass.
const BITS_PER_TAG: usize = 128;

/// The table of a shop with few tags.
const BITS_MIN: usize = 8192;

/// The bytes of an outline that are its beginning. Few of the strangers' tags begin as those on sale do, so most of
/// them are ruled out here.
const BEGINNING_BYTES: usize = 3;

/// Stands behind a whole outline, so that none is taken for another's beginning.
const END: u8 = 0;

/// The most bytes of HTML that are followed within a tag; a longer one passes. Without a bound, a line of hash signs
/// could be made that is read to its end from each of them.
const HTML_BYTES_MAX: usize = 1024;

/// The tags on sale.
#[derive(Debug, Clone)]
pub(super) struct LiveTags {
    /// What each byte of a tag adds to its outline, two bytes at most; nothing for a byte that ends a tag.
    shown: Box<[[u8; 2]; 256]>,
    bits: Box<[u64]>,
    shift: u32,
}

/// The hash of an outline, byte by byte.
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
    /// The tags, without their hash signs.
    pub(super) fn new<'a>(tags: impl Iterator<Item = &'a str>) -> Self {
        let outlines: Vec<_> = tags.filter_map(outline).collect();
        let bits = (outlines.len() * BITS_PER_TAG).next_power_of_two().max(BITS_MIN);
        let mut live =
            Self { shown: shown(), bits: vec![0; bits / 64].into(), shift: 64 - bits.trailing_zeros() };
        for outline in outlines {
            live.insert(Trace::of(&outline).add(END));
            live.insert(Trace::of(outline.get(..BEGINNING_BYTES).unwrap_or_default()));
        }
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

    /// Whether that may be the whole of a tag on sale.
    fn ends(&self, trace: Trace) -> bool {
        self.holds(trace.add(END))
    }

    /// Whether a tag on sale may go on with that byte of its outline.
    fn goes_on(&self, trace: &mut Trace, byte: u8) -> bool {
        *trace = trace.add(byte);
        trace.length != BEGINNING_BYTES || self.holds(*trace)
    }

    /// Whether the tag whose hash sign stands before these bytes of a text may be on sale, or look as if.
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
            // Here most tags end. What may belong to the tag, though it does not look like it, is the exception.
            if byte >= 0x80 {
                return self.may_go_on(trace, rest);
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
            // Readers of HTML see the letters before and after an inline tag as one word. It ends in this line.
            let html = rest.get(..HTML_BYTES_MAX).unwrap_or(rest);
            let html = html.split(|byte| *byte == b'\n').next().unwrap_or_default();
            match html::behind_inline_tag(html) {
                Some([]) => return true,
                Some(behind) => rest = rest.get(html.len() - behind.len()..).unwrap_or_default(),
                None => return rest.starts_with(b"<\\"),
            }
        }
    }

    /// Whether a tag may be on sale that comes to a character beyond ASCII. If that belongs to the tag, then
    /// it must look like some of ASCII, for the tags on sale are all of that.
    fn may_go_on(&self, trace: Trace, rest: &[u8]) -> bool {
        match first_char(rest) {
            None => true,
            // An emoji, which would else look like nothing and so like ASCII.
            Some(ch) if trace.length == 0 && KEYCAP_ENDS.contains(&ch) => false,
            Some(ch) if is_tag_char(ch) => looks_ascii(ch),
            Some(_) => self.ends(trace),
        }
    }
}

/// What each ASCII character of a tag looks like.
fn shown() -> Box<[[u8; 2]; 256]> {
    let mut shown = Box::new([[0; 2]; 256]);
    for (byte, shown) in (0..=u8::MAX).zip(shown.iter_mut()) {
        let ch = char::from(byte);
        if !ch.is_ascii() || !is_tag_char(ch) {
            continue;
        }
        let outline = outline(ch.encode_utf8(&mut [0; 4])).expect("ASCII has an outline");
        for (place, byte) in shown.iter_mut().zip(outline) {
            *place = byte;
        }
    }
    shown
}

/// Whether a backslash, or several in a frame within a frame, begins the code of a character.
fn is_escaped_character(rest: &[u8]) -> bool {
    rest.iter().find(|byte| **byte != b'\\') == Some(&b'u')
}

/// The first character, if it is whole.
fn first_char(bytes: &[u8]) -> Option<char> {
    let head = bytes.get(..4).unwrap_or(bytes);
    head.utf8_chunks().next()?.valid().chars().next()
}
