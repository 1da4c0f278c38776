//! The rest of a URL behind its host: port, path and query; and the short links of X, which end early.
//!
//! Sources: twitter-text `js/src/regexp/` (`validPortNumber`, `validUrlPath`, `validUrlPathEndingChars`,
//! `validUrlBalancedParens`, `validUrlQueryChars`, `validUrlQueryEndingChars`, `validTcoUrl`).

use super::chars;

/// The length of a port in bytes, `:` included; 0 if there is none.
pub(super) fn port_len(rest: &str) -> usize {
    let Some(digits) = rest.strip_prefix(':') else {
        return 0;
    };
    match digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()) {
        0 => 0,
        len => len + 1,
    }
}

/// The length of a path: `/`, then everything up to the last character that a path may end with.
pub(super) fn path_len(rest: &str) -> usize {
    let Some(mut tail) = rest.strip_prefix('/') else {
        return 0;
    };
    let mut end = rest.len() - tail.len();
    while let Some(c) = tail.chars().next() {
        let (len, may_end) = match brackets_len(tail) {
            Some(len) => (len, true),
            None if chars::is_path_char(c) => (c.len_utf8(), chars::is_path_end(c)),
            None => break,
        };
        tail = tail.get(len..).unwrap_or_default();
        if may_end {
            end = rest.len() - tail.len();
        }
    }
    end
}

/// The length of `(…)` with path characters inside and at most one more pair within, as in Wikipedia's URLs.
fn brackets_len(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('(')?;
    let tail = inside.trim_start_matches(chars::is_path_char);
    if let Some(after) = tail.strip_prefix(')') {
        return (tail.len() < inside.len()).then_some(rest.len() - after.len());
    }
    let inner = tail.strip_prefix('(')?;
    let tail = inner.trim_start_matches(chars::is_path_char);
    let closed = tail.strip_prefix(')').filter(|_| tail.len() < inner.len())?;
    let after = closed.trim_start_matches(chars::is_path_char).strip_prefix(')')?;
    Some(rest.len() - after.len())
}

/// The length of a query: `?`, then everything up to the last character that a query may end with.
pub(super) fn query_len(rest: &str) -> usize {
    let Some(query) = rest.strip_prefix('?') else {
        return 0;
    };
    let run = query.find(|c| !chars::is_query_char(c)).unwrap_or(query.len());
    let trimmed = query.get(..run).unwrap_or_default().trim_end_matches(|c| !chars::is_query_end(c));
    if trimmed.is_empty() { 0 } else { trimmed.len() + 1 }
}

/// One of X's own short links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShortLink {
    /// The length of its path.
    pub(super) slug: usize,
    /// The length of path and query: the link ends there, whatever path characters follow.
    pub(super) len: usize,
}

/// The short link at the beginning of `rest`, a URL without its protocol: `t.co/abc's` is a link and an
/// apostrophe.
pub(super) fn short_link(rest: &str) -> Option<ShortLink> {
    const HOST: &str = "t.co/";
    let path = rest.get(HOST.len()..)?;
    let is_short = rest.get(..HOST.len())?.eq_ignore_ascii_case(HOST);
    let slug = path.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(path.len());
    let len = HOST.len() + slug + query_len(path.get(slug..)?);
    (is_short && slug > 0).then_some(ShortLink { slug, len })
}
