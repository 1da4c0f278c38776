//! Finds the hashtags of a post, by the rules that the networks themselves apply (twitter-text).
//!
//! A buyer's tag must be found exactly when the network shows it as a tag: finding more sells to people who
//! never posted one, finding fewer turns buyers away. The rules are those of twitter-text 3.1
//! (`validHashtag`, `hashtagBoundary`, `endHashtagMatch` and `removeOverlappingEntities` of its JavaScript
//! edition):
//!
//! - A hash sign (`#` or `＃`) starts a tag at the start of the text, or after any character but a letter, a
//!   mark, a digit, one of a few joiners, or `&` (`&#39;` is an apostrophe, not a tag).
//! - The tag is the longest run of letters, marks, digits and joiners, with at least one letter or mark: `#2026`
//!   is none.
//! - A run that touches another hash sign or `://` is no tag, and neither is the `#` of a keycap emoji.
//! - A tag inside a URL belongs to the URL: `example.com/#deal` has none.
//!
//! Letters, marks and digits are those of the Unicode version of `unicode-properties`. The JavaScript tables
//! of twitter-text are older, so newer scripts make tags here that they do not make there; the reverse never
//! happens.

use std::ops::Range;

use memchr::memchr2;

mod chars;
mod host;
mod punycode;
mod tail;
mod top_level;
pub mod url;

pub(super) use chars::is_invalid;
pub use chars::is_tag_char;

use super::folding::fold;
use url::Urls;

/// U+FF03, the hash sign of Chinese, Japanese and Korean keyboards.
const FULL_WIDTH_SIGN: char = '＃';
/// Variation selectors. They belong to the emoji before them, so a hash sign after them still starts a tag.
const VARIATION_SELECTORS: [char; 2] = ['\u{FE0E}', '\u{FE0F}'];
/// The character that turns the hash sign before it into a keycap emoji.
pub const KEYCAP_ENDS: [char; 2] = ['\u{FE0F}', '\u{20E3}'];

/// One hashtag in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashtag<'a> {
    /// The tag as written, without the hash sign.
    pub tag: &'a str,
    /// Where it starts, in code points; the hash sign is included.
    pub start: usize,
    /// Where it ends, in code points, exclusive.
    pub end: usize,
    byte_start: usize,
    byte_end: usize,
}

impl Hashtag<'_> {
    /// The tag's range in code points, hash sign included.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The tag's range in bytes, hash sign included: what to cut out of the text.
    pub fn byte_range(&self) -> Range<usize> {
        self.byte_start..self.byte_end
    }
}

/// The hashtags of `text`, in order.
///
/// Costs one search for a hash sign when there is none. It allocates only when a text has more URLs than fit
/// in place, and looks for URLs only when a tag has a dot or a colon before it: no URL can reach it otherwise
/// (`＃` may be part of a host, so `http://＃deal.com` is a URL whose dot comes later).
pub fn hashtags(text: &str) -> Hashtags<'_> {
    Hashtags { text, at: 0, consumed: 0, counted: (0, 0), urls: None, next_url: 0, kept_end: 0 }
}

/// The hashtags that a network marks in `text`: `marked` are their ranges in code points, hash signs included, in
/// the order of their starts. A mark that covers no whole tag is none: a tag is compared as a whole, whatever
/// stands before it.
pub fn marked_hashtags<'a>(text: &'a str, marked: &[Range<usize>]) -> impl Iterator<Item = Hashtag<'a>> {
    let bytes_of =
        |text: &str, points| text.char_indices().nth(points).map_or(text.len(), |(at, _): (usize, char)| at);
    let (mut byte_start, mut points) = (0, 0);
    marked.iter().filter_map(move |place| {
        byte_start += bytes_of(text.get(byte_start..)?, place.start.checked_sub(points)?);
        points = place.start;
        let from = text.get(byte_start..)?;
        let (shown, behind) = from.split_at_checked(bytes_of(from, place.len()))?;
        let tag = shown.strip_prefix(['#', FULL_WIDTH_SIGN])?;
        let whole = tag_run(tag) == Some(tag) && !behind.starts_with(is_tag_char);
        let byte_end = byte_start + shown.len();
        whole.then_some(Hashtag { tag, start: place.start, end: place.end, byte_start, byte_end })
    })
}

/// Whether two tags are the same tag: equal in their [folded](super::folding) form.
///
/// Tags that merely look the same are handled by [`look_alike`](super::look_alike).
pub fn same_tag(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && fold(a) == fold(b))
}

/// The iterator behind [`hashtags`].
#[derive(Clone, Debug)]
pub struct Hashtags<'a> {
    text: &'a str,
    /// Where the search for the next hash sign continues.
    at: usize,
    /// The end of the last run that was taken for a tag, kept or not. What lies before it cannot be the
    /// boundary of another tag: a regular expression does not match one character twice, and U+FE0F is both
    /// mark and boundary.
    consumed: usize,
    /// Bytes counted so far, and the code points in them.
    counted: (usize, usize),
    /// The URLs; computed when the first tag needs them.
    urls: Option<Urls>,
    next_url: usize,
    /// The end of the last URL or tag that was kept; anything that starts before it is dropped.
    kept_end: usize,
}

impl<'a> Iterator for Hashtags<'a> {
    type Item = Hashtag<'a>;

    fn next(&mut self) -> Option<Hashtag<'a>> {
        loop {
            let (tag, bytes) = self.next_candidate()?;
            if self.is_free_of_urls(bytes.start) {
                self.kept_end = bytes.end;
                return Some(self.measured(tag, bytes));
            }
        }
    }
}

impl<'a> Hashtags<'a> {
    /// The next tag by its own characters and neighbours, before URLs are considered.
    fn next_candidate(&mut self) -> Option<(&'a str, Range<usize>)> {
        while let Some(sign) = next_sign(self.text, self.at) {
            self.at = sign.end;
            let rest = self.text.get(sign.end..)?;
            if !self.may_start_at(sign.start) || rest.starts_with(KEYCAP_ENDS) {
                continue;
            }
            let Some(tag) = tag_run(rest) else { continue };
            self.consumed = sign.end + tag.len();
            self.at = self.consumed;
            let after = rest.get(tag.len()..)?;
            if after.starts_with(['#', FULL_WIDTH_SIGN]) || after.starts_with("://") {
                continue;
            }
            return Some((tag, sign.start..self.consumed));
        }
        None
    }

    fn may_start_at(&self, sign: usize) -> bool {
        if sign == 0 {
            return true;
        }
        let Some(before) = self.text.get(self.consumed..sign).and_then(|gap| gap.chars().next_back()) else {
            return false;
        };
        VARIATION_SELECTORS.contains(&before) || !(before == '&' || is_tag_char(before))
    }

    /// Drops overlapping entities, as twitter-text does: in the order of their starts, an earlier one wins.
    fn is_free_of_urls(&mut self, start: usize) -> bool {
        if self.urls.is_none() {
            let before = self.text.as_bytes().get(..start).unwrap_or_default();
            if memchr2(b'.', b':', before).is_none() {
                return true;
            }
        }
        let urls = self.urls.get_or_insert_with(|| url::urls(self.text));
        while let Some(url) = urls.get(self.next_url).filter(|url| url.start < start) {
            if url.start >= self.kept_end {
                self.kept_end = url.end;
            }
            self.next_url += 1;
        }
        start >= self.kept_end
    }

    fn measured(&mut self, tag: &'a str, bytes: Range<usize>) -> Hashtag<'a> {
        let start = self.code_points_to(bytes.start);
        let end = self.code_points_to(bytes.end);
        Hashtag { tag, start, end, byte_start: bytes.start, byte_end: bytes.end }
    }

    /// Counts on from the last position, so that a text is counted once, however many tags it has.
    fn code_points_to(&mut self, byte: usize) -> usize {
        let (bytes, points) = self.counted;
        let more = self.text.get(bytes..byte).map_or(0, |part| part.chars().count());
        self.counted = (byte, points + more);
        points + more
    }
}

/// The next hash sign at or after `from`.
fn next_sign(text: &str, mut from: usize) -> Option<Range<usize>> {
    /// The first byte of `＃`, and of all the other full-width forms.
    const FULL_WIDTH_LEAD: u8 = 0xEF;
    loop {
        let start = from + memchr2(b'#', FULL_WIDTH_LEAD, text.as_bytes().get(from..)?)?;
        let here = text.get(start..)?.chars().next()?;
        let end = start + here.len_utf8();
        if here == '#' || here == FULL_WIDTH_SIGN {
            return Some(start..end);
        }
        from = end;
    }
}

/// The longest run of tag characters at the start of `text`, if it has a letter.
fn tag_run(text: &str) -> Option<&str> {
    // Most tags are ASCII, and so are the characters that end them.
    let ascii = text.bytes().take_while(|byte| chars::is_tag_byte(*byte)).count();
    let rest = text.get(ascii..)?;
    let end = ascii + rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len());
    text.get(..end).filter(|run| run.contains(chars::is_letter))
}
