//! The length of a text by each network's way of counting. A network refuses a text over its limit.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

use super::hashtag::url::urls;

pub(super) mod emoji;
mod mention;

/// A network's way of counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// As twitter-text counts: [`weighted_length`].
    Weighted,
    /// User-perceived characters: [`graphemes`].
    Graphemes,
    /// As Mastodon counts: [`characters`].
    Characters,
}

/// A limit on the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How the text is counted.
    pub counting: Counting,
    /// Upper bound on the length, counted in that way.
    pub most: usize,
    /// Upper bound on the UTF-8 form in bytes, in addition; `None` means no such bound.
    pub bytes_most: Option<usize>,
}

impl Limit {
    /// The length of a text, to compare with [`Self::most`].
    #[must_use]
    pub fn length(self, text: &str) -> usize {
        match self.counting {
            Counting::Weighted => weighted_length(text) as usize,
            Counting::Graphemes => graphemes(text),
            Counting::Characters => characters(text),
        }
    }

    /// Whether a network accepts a text: it is within the limit. twitter-text also refuses an empty text and
    /// some characters.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        let valid = match self.counting {
            Counting::Weighted => !text.is_empty() && !text.contains(super::hashtag::is_invalid),
            Counting::Graphemes | Counting::Characters => true,
        };
        valid && self.bytes_most.is_none_or(|most| text.len() <= most) && self.length(text) <= self.most
    }
}

/// The weight of a URL, whatever its length.
const URL_LENGTH: u32 = 23;
/// The weight of an emoji on X, whatever its number of code points.
const EMOJI_LENGTH: u32 = 2;

/// The length of a text on X, by configuration v3 of twitter-text (`config/v3.json`, `js/src/parseTweet.js`).
///
/// After composition (NFC) a URL counts 23, an emoji 2, a character of most alphabets 1, any other 2.
pub fn weighted_length(text: &str) -> u32 {
    let text = composed(text);
    let urls = urls(&text);
    let mut urls = urls.iter().peekable();
    let (mut at, mut length) = (0, 0_u32);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        while urls.peek().is_some_and(|url| url.start < at) {
            urls.next();
        }
        let (bytes, weight) = match urls.next_if(|url| url.start == at) {
            Some(url) => (url.end - url.start, URL_LENGTH),
            None => first_weight(rest),
        };
        at += bytes;
        length = length.saturating_add(weight);
    }
    length
}

/// The length of a text on Bluesky: user-perceived characters (extended grapheme clusters).
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The length of a text on Mastodon.
///
/// Counts grapheme clusters, but a URL with protocol counts 23 and of `@name@example.social` only `@name`
/// counts (Mastodon, `app/validators/status_length_validator.rb`). URLs are found by twitter-text's rules,
/// mentions by Mastodon's pattern without its limits on the rest of Unicode; both differ from Mastodon's only
/// in odd corners.
pub fn characters(text: &str) -> usize {
    let urls = urls(text);
    let mut length = 0;
    let mut at = 0;
    for url in urls.iter().filter(|url| url.has_protocol) {
        length += graphemes_but_domains(text.get(at..url.start).unwrap_or_default()) + URL_LENGTH as usize;
        at = url.end;
    }
    length + graphemes_but_domains(text.get(at..).unwrap_or_default())
}

fn graphemes_but_domains(text: &str) -> usize {
    let domains: usize = mention::domains(text).map(graphemes).sum();
    graphemes(text) - domains
}

/// The text in composed form (NFC); copied only if it is not composed already.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// The bytes and the weight of the first character or emoji of `rest`.
fn first_weight(rest: &str) -> (usize, u32) {
    match emoji::len(rest) {
        Some(bytes) => (bytes, EMOJI_LENGTH),
        None => rest.chars().next().map_or((0, 0), |c| (c.len_utf8(), weight(c))),
    }
}

/// The weight of a character: 1 from Latin to Georgian and for general punctuation, 2 for ideographs and all
/// others.
fn weight(c: char) -> u32 {
    match c {
        '\0'..='\u{10FF}' | '\u{2000}'..='\u{200D}' | '\u{2010}'..='\u{201F}' | '\u{2032}'..='\u{2037}' => 1,
        _ => 2,
    }
}
