//! Finds the URLs of a text as twitter-text does, with and without `http://`.
//!
//! Two rules need them: a tag inside a URL is no tag, and a URL has a fixed length in a post. Sources:
//! twitter-text `js/src/extractUrlsWithIndices.js`, `js/src/regexp/extractUrl.js`,
//! `validUrlPrecedingChars.js`. One slip of the first is not copied: it looks a bare host up by its name, and
//! so reports the `t.co` of an earlier `t.coco`.

use std::ops::Range;

use memchr::{memchr_iter, memrchr3};
use smallvec::SmallVec;

use super::chars;
use super::host::{self, Walk};
use super::tail::{path_len, port_len, query_len, short_link};

/// URLs in order, without overlaps; a post has few.
pub type Urls = SmallVec<[Url; 4]>;

/// Upper bound on a URL that counts, in UTF-16 units, protocol included.
const LONGEST_URL: usize = 4096;
/// Upper bound on the path of a `t.co` link.
const LONGEST_SHORT_LINK: usize = 40;
/// The protocol that a bare host gets.
const DEFAULT_PROTOCOL: &str = "https://";

/// The position of one URL, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url {
    /// Where it starts.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// Whether it was written with `http://` or `https://`.
    pub has_protocol: bool,
}

impl Url {
    /// The URL's range in bytes, to cut it out of the text.
    pub fn byte_range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// All URLs of `text`. Plain prose costs one search for dots.
pub fn urls(text: &str) -> Urls {
    let mut found = Urls::new();
    let (mut at, mut dot) = (0, 0);
    loop {
        if dot <= at {
            let Some(next) = next_host_dot(text, at) else { return found };
            dot = next;
            at = word_before(text, at, dot);
        }
        let Some(before) = text.get(at..).and_then(|rest| rest.chars().next()) else { return found };
        at = match match_at(text, at, before) {
            Ok(shape) => {
                shape.collect(text, &mut found);
                shape.end
            }
            Err(retry) => retry.max(at + before.len_utf8()),
        };
    }
}

/// The next dot after `at` that may be part of a host: something before it, a letter after it. A full stop is
/// none.
fn next_host_dot(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let after = bytes.get(at + 1..)?;
    memchr_iter(b'.', after).map(|found| found + at + 1).find(|&dot| {
        let follows = bytes.get(dot + 1).is_some_and(|b| b.is_ascii_alphabetic() || !b.is_ascii());
        follows && !bytes.get(dot - 1).is_some_and(u8::is_ascii_whitespace)
    })
}

/// The white space before the word that has `dot`, or `at` if there is none: hosts and protocols have no
/// spaces.
fn word_before(text: &str, at: usize, dot: usize) -> usize {
    let gap = text.as_bytes().get(at..dot).unwrap_or_default();
    at + memrchr3(b' ', b'\n', b'\t', gap).unwrap_or(0)
}

/// The parts that the URL pattern matched, before they are checked.
#[derive(Clone, Debug)]
struct Shape {
    /// The character before the URL; `None` at the start of the text.
    before: Option<char>,
    start: usize,
    host: Range<usize>,
    has_path: bool,
    end: usize,
}

/// Tries the URL pattern with `before`, the character at `at`, as the one that precedes the URL.
///
/// Fails with the place of the next character that may precede a URL; it may lie before the end of `before`.
fn match_at(text: &str, at: usize, before: char) -> Result<Shape, usize> {
    let after = at + before.len_utf8();
    let mut retry = after;
    if chars::may_precede_url(before) {
        // The reference matches UTF-16 units: the first half of an emoji may precede a host that starts with
        // the second half. Such a host never counts, but it uses up the text it covers.
        if before.len_utf16() == 2
            && let Walk::Host(end) = host::walk(text, at)
        {
            return Ok(Shape::new(text, Some(before), at, at..end));
        }
        match with_or_without_protocol(text, Some(before), after) {
            Ok(shape) => return Ok(shape),
            Err(place) => retry = place,
        }
    }
    if at == 0 {
        return with_or_without_protocol(text, None, 0).map_err(|place| place.min(retry));
    }
    Err(retry)
}

fn with_or_without_protocol(text: &str, before: Option<char>, start: usize) -> Result<Shape, usize> {
    let rest = text.get(start..).unwrap_or_default();
    if let Some(len) = protocol_len(rest)
        && let Walk::Host(end) = host::walk(text, start + len)
    {
        return Ok(Shape::new(text, before, start, start + len..end));
    }
    match host::walk(text, start) {
        Walk::Host(end) => Ok(Shape::new(text, before, start, start..end)),
        Walk::Nothing(retry) => Err(retry),
    }
}

fn protocol_len(rest: &str) -> Option<usize> {
    let starts_with =
        |prefix: &&str| rest.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix));
    ["https://", "http://"].iter().find(|prefix| starts_with(prefix)).map(|prefix| prefix.len())
}

impl Shape {
    fn new(text: &str, before: Option<char>, start: usize, host: Range<usize>) -> Self {
        let mut end = host.end + port_len(text.get(host.end..).unwrap_or_default());
        let path = path_len(text.get(end..).unwrap_or_default());
        end += path;
        end += query_len(text.get(end..).unwrap_or_default());
        Self { before, start, host, has_path: path > 0, end }
    }

    fn has_protocol(&self) -> bool {
        self.start < self.host.start
    }

    /// Adds the URLs of this match: one, several, or none.
    fn collect(&self, text: &str, found: &mut Urls) {
        if !self.is_acceptable(text) {
            return;
        }
        if self.has_protocol() {
            let end = match short_link(text.get(self.host.start..self.end).unwrap_or_default()) {
                None => self.end,
                Some(link) if link.slug > LONGEST_SHORT_LINK => return,
                Some(link) => self.host.start + link.len,
            };
            found.push(Url { start: self.start, end, has_protocol: true });
            return;
        }
        if matches!(self.before, Some('-' | '_' | '.' | '/')) {
            return;
        }
        let first = found.len();
        found.extend(host::bare_hosts(text, self.host.clone()).map(|host| Url {
            start: host.start,
            end: host.end,
            has_protocol: false,
        }));
        if self.has_path
            && let Some(last) = found.get_mut(first..).and_then(<[Url]>::last_mut)
        {
            last.end = self.end;
        }
    }

    /// Whether each label fits the domain name system and the whole URL is within the bound.
    fn is_acceptable(&self, text: &str) -> bool {
        let units = text.get(self.start..self.end).unwrap_or_default().encode_utf16().count();
        // The reference adds the protocol's length even if the URL was counted with it.
        let protocol =
            if self.has_protocol() { self.host.start - self.start } else { DEFAULT_PROTOCOL.len() };
        protocol + units <= LONGEST_URL
            && host::is_resolvable(text.get(self.host.clone()).unwrap_or_default())
    }
}
