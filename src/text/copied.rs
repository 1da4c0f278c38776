//! Recognizes words that the author copied from somebody else and says so: the tag in `RT @ana #BuyKindle` is
//! Ana's.
//!
//! Every form names the one who is copied with an `@`, so a text without one costs one search.

use std::ops::Range;

use memchr::memchr2;
use smallvec::SmallVec;

use super::account_word::mentioned;
use super::card_number::REDACTED;
use super::folding::fold;
use super::invisible::is_invisible;
use super::quotation::{close_of, is_opening, open_before};

/// The copied parts of a text, in order and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedParts(SmallVec<[Range<usize>; 2]>);

impl CopiedParts {
    /// The parts, in bytes.
    #[must_use]
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.0
    }

    /// Whether the byte at `at` is copied.
    #[must_use]
    pub fn contain(&self, at: usize) -> bool {
        let next = self.0.partition_point(|part| part.end <= at);
        self.0.get(next).is_some_and(|part| part.start <= at)
    }

    /// Adds a part that ends behind all others, or reaches from the beginning.
    fn add(&mut self, mut part: Range<usize>) {
        while let Some(last) = self.0.last().filter(|last| last.end >= part.start) {
            part = part.start.min(last.start)..part.end.max(last.end);
            self.0.pop();
        }
        self.0.push(part);
    }
}

/// Words right before the name of the one whose text follows. `Rt` is as good as `RT`.
const MARKERS: [&str; 5] = ["rt", "mt", "prt", "qt", "qrt"];

/// Words that mark a copy only if a colon follows the name: `please retweet @ana` is an own word.
const VERBS: [&str; 16] = [
    "repost",
    "reposted",
    "reposting",
    "retweet",
    "retweeted",
    "retweeting",
    "reblog",
    "reblogged",
    "reblogging",
    "quote",
    "quoted",
    "quoting",
    "boost",
    "boosted",
    "boosting",
    "regram",
];

/// Words that may stand between such a verb, or a marker, and the name.
const LINKS: [&str; 3] = ["from", "by", "of"];

/// The word that names whose text it was.
const VIA: [&str; 2] = ["via", "vía"];

/// Signs of a repost, where they stand for `RT`.
const SIGNS: [char; 11] = ['♻', '♺', '♲', '🔁', '🔂', '🔃', '🔄', '↻', '↺', '⟳', '⟲'];

/// Signs that point from a marker to the name, as in `RT - @ana`, `RT 👉 @ana` and `RT .@ana`.
const POINTERS: [char; 20] =
    [':', '：', '-', '–', '—', '~', '.', '…', '|', '*', '>', '›', '»', '→', '⇒', '►', '▶', '➡', '👉', '👇'];

/// Brackets that may stand around `via @ana`.
const OPENING: [char; 7] = ['(', '[', '{', '（', '［', '｛', '【'];
const CLOSING: [char; 7] = [')', ']', '}', '）', '］', '｝', '】'];

/// The parts of a text that its author copied by hand:
///
/// - all behind `RT @ana`, `MT @ana`, `♻ @ana` and `Repost from @ana:`,
/// - the quotation in `“@ana: …”`, `@ana: “…”` and `“…” — @ana`, and the line `> @ana: …`,
/// - all before `(via @ana)` and `(RT @ana)`.
#[must_use]
pub fn copied_parts(text: &str) -> CopiedParts {
    let (mut parts, mut from) = (CopiedParts::default(), 0);
    while let Some(mention) = next_mention(text, from) {
        from = mention.end;
        if parts.contain(mention.start) {
            continue;
        }
        let place = Place::new(text, mention);
        if place.follows_an_ordinary_word() {
            debug_assert_eq!(place.copied(), None, "{text:?}");
        } else if let Some(part) = place.copied().filter(|part| !part.is_empty()) {
            parts.add(part);
        }
    }
    parts
}

/// The next `@` with a name behind it. A name of digits may have been redacted as a card number, and still
/// counts as a name.
fn next_mention(text: &str, mut from: usize) -> Option<Range<usize>> {
    /// The first byte of `＠`.
    const FULL_WIDTH_LEAD: u8 = 0xEF;
    loop {
        let at = from + memchr2(b'@', FULL_WIDTH_LEAD, text.as_bytes().get(from..)?)?;
        let sign = text.get(at..)?.chars().next()?;
        from = at + sign.len_utf8();
        let behind = text.get(from..)?;
        let is_name = behind.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_' || ch == REDACTED);
        if matches!(sign, '@' | '＠') && is_name {
            let redacted = behind.len() - behind.trim_start_matches(REDACTED).len();
            return Some(at..from + mentioned(behind).len().max(redacted));
        }
    }
}

/// A mention within a text.
struct Place<'a> {
    text: &'a str,
    mention: Range<usize>,
    /// The text before the mention, without blanks, colons and invisible characters at its end.
    head: &'a str,
}

impl<'a> Place<'a> {
    fn new(text: &'a str, mention: Range<usize>) -> Self {
        let head = text.get(..mention.start).unwrap_or_default();
        Self { text, mention, head: trimmed(head, &[':', '：']) }
    }

    /// Whether nothing but an ordinary word stands before the mention, and no colon behind it: so are most mentions,
    /// and none of them shows that anything is copied. It spares them the search for each form.
    fn follows_an_ordinary_word(&self) -> bool {
        /// What stands right before a name without a colon has at most three letters.
        const LONGEST: usize = "qrt".len();
        let letters = self.head.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        // Behind a letter of another script, the word may be longer than what was counted.
        let is_whole = self.head.bytes().rev().nth(letters).is_none_or(|before| before.is_ascii());
        letters > LONGEST && is_whole && !self.precedes_a_colon()
    }

    fn precedes_a_colon(&self) -> bool {
        self.behind().trim_start_matches(is_gap).starts_with([':', '：'])
    }

    /// The part that this mention shows to be copied.
    fn copied(&self) -> Option<Range<usize>> {
        let (marker, before) = last_word(self.head);
        let bracket = before.trim_end_matches(is_gap).strip_suffix(OPENING);
        let closes = self.behind().trim_start_matches(is_gap).starts_with(CLOSING);
        if let Some(own) =
            bracket.filter(|_| closes && (is_one_of(marker, &MARKERS) || is_one_of(marker, &VIA)))
        {
            return Some(0..own.len());
        }
        let start = self.marker_start().or_else(|| self.verb_start(marker, before));
        start.map(|start| start..self.text.len()).or_else(|| self.quotation())
    }

    fn behind(&self) -> &'a str {
        self.text.get(self.mention.end..).unwrap_or_default()
    }

    /// Where a marker right before the mention starts.
    fn marker_start(&self) -> Option<usize> {
        let lead = trimmed(self.head, &POINTERS);
        let (word, before) = last_word(lead);
        let lead = if is_one_of(word, &VIA) { trimmed(before, &POINTERS) } else { lead };
        marker_at_end(lead).or_else(|| lead.strip_suffix(SIGNS).map(str::len))
    }

    /// Where `Repost from` right before the mention starts, if a colon follows the name.
    fn verb_start(&self, last: &str, before: &str) -> Option<usize> {
        if !self.precedes_a_colon() {
            return None;
        }
        if is_one_of(last, &LINKS) {
            let (head, (verb, before)) = (trimmed(before, &[]), last_word(trimmed(before, &[])));
            return verb_at_end(verb, before).or_else(|| marker_at_end(head));
        }
        verb_at_end(last, before)
    }

    /// The quotation that the mention opens, or that is ascribed to it.
    fn quotation(&self) -> Option<Range<usize>> {
        let text = self.text;
        let open = text.get(..self.mention.start).and_then(|head| is_opening(head, true));
        let open = open.or_else(|| self.opened_behind());
        if let Some(open) = open {
            return Some(open..close_of(text, open));
        }
        if let Some(line) = self.quoted_line() {
            return Some(line);
        }
        // `“…” — @ana`
        let dashed = self.head.strip_suffix(['-', '–', '—', '―', '~'])?;
        open_before(dashed.trim_end_matches(|ch: char| is_gap(ch) || ch == '-'))
    }

    /// The line that is marked as letters mark what they answer: `> @ana: …`.
    fn quoted_line(&self) -> Option<Range<usize>> {
        let is_blank = |ch: char| ch != '\n' && is_gap(ch);
        let lead = self.text.get(..self.mention.start)?.trim_end_matches(is_blank);
        let before =
            lead.strip_suffix(['>', '＞'])?.trim_end_matches(|ch| is_blank(ch) || matches!(ch, '>' | '＞'));
        let end = self.behind().find('\n').map_or(self.text.len(), |at| self.mention.end + at);
        (before.is_empty() || before.ends_with('\n')).then_some(before.len()..end)
    }

    /// Where the quotation in `@ana: “…”` opens.
    fn opened_behind(&self) -> Option<usize> {
        let behind = self.behind().trim_start_matches(is_gap).strip_prefix([':', '：'])?;
        let quoted = behind.trim_start_matches(is_gap);
        let mark = quoted.chars().next()?;
        let start = self.text.len() - quoted.len();
        is_opening(self.text.get(..start + mark.len_utf8())?, false)
    }
}

fn trimmed<'a>(text: &'a str, more: &[char]) -> &'a str {
    text.trim_end_matches(|ch: char| is_gap(ch) || more.contains(&ch))
}

/// White space, or nothing that a reader sees.
fn is_gap(ch: char) -> bool {
    ch.is_whitespace() || is_invisible(ch)
}

/// The word that a text ends with, and the text before it.
fn last_word(text: &str) -> (&str, &str) {
    let before = text.trim_end_matches(char::is_alphanumeric);
    (text.get(before.len()..).unwrap_or_default(), before)
}

/// Where the marker starts that a text ends with. Scripts without capitals put no blank before it, as in
/// `欲しいRT @ana`; some people write `R/T`.
fn marker_at_end(text: &str) -> Option<usize> {
    let is_letter = |ch: char| ch.is_lowercase() || ch.is_uppercase();
    let before = text.trim_end_matches(is_letter);
    let marker = text.get(before.len()..)?;
    let before = match before.strip_suffix('/').and_then(|before| before.strip_suffix(['R', 'r'])) {
        Some(before) if marker.eq_ignore_ascii_case("t") => before,
        _ if is_one_of(marker, &MARKERS) => before,
        _ => return None,
    };
    let apart = !before.ends_with(|ch: char| ch.is_numeric() || is_letter(ch)) && stands_alone(before);
    apart.then_some(before.len())
}

/// Where the verb starts that stands before the name, if it is one that tells of a copy.
fn verb_at_end(verb: &str, before: &str) -> Option<usize> {
    (is_one_of(verb, &VERBS) && stands_alone(before)).then_some(before.len())
}

/// Whether a word is one of these, compared as tags are.
fn is_one_of(word: &str, known: &[&str]) -> bool {
    // Every claim that names an account runs this, and folding is slow: the common case needs none.
    if word.is_ascii() {
        return known.iter().any(|known| known.eq_ignore_ascii_case(word));
    }
    // The longest known word has ten letters; a longer one need not be folded.
    word.chars().nth(10).is_none() && known.contains(&fold(word).as_str())
}

/// Whether a word behind this text stands alone: `#RT` is a tag, `@RT` an account.
fn stands_alone(before: &str) -> bool {
    !before.ends_with(['#', '＃', '@', '＠', '_', '/', '&', '$'])
}
