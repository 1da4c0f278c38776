//! Finds a host name at a position in a text.
//!
//! Source: twitter-text `js/src/regexp/` (`validDomain`, `validSubdomain`, `validDomainName`,
//! `validAsciiDomain`) and `js/src/lib/idna.js`. Those are backtracking regular expressions; this code walks
//! the labels once and remembers what it saw.

use std::ops::Range;

use super::{chars, punycode, top_level::top_level_end};

/// The longest label that the domain name system allows, in ASCII form.
const LONGEST_LABEL: usize = 63;
/// Where the walk over labels stops, in bytes: twice what the domain name system allows for a whole host.
///
/// twitter-text walks on, which makes its time grow with the square of the text (`a_b.com.a_b.com.…`).
const SCAN_BYTES_MAX: usize = 512;

/// What the search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// A host that ends here.
    Host(usize),
    /// No host here, and none for any start before the character at this position, which may precede the next
    /// URL. Without this position, every character of a long word would walk the same labels again.
    Nothing(usize),
}

/// The host that starts at byte `start`: labels with dots, then a top-level domain, as many labels as
/// possible.
pub(super) fn walk(text: &str, start: usize) -> Walk {
    if !starts_with_host_char(text, start) {
        return Walk::Nothing(start);
    }
    let (mut host_end, mut underscore) = (None, None);
    let mut at = start;
    loop {
        let end = run_end(text, at);
        let label = text.get(at..end).unwrap_or_default();
        let is_label = text.get(end..).is_some_and(|rest| rest.starts_with('.'));
        if !is_label || end - start > SCAN_BYTES_MAX {
            let retry = || underscore.unwrap_or_else(|| before_protocol(text, at, end).max(start));
            return host_end.map_or_else(|| Walk::Nothing(retry()), Walk::Host);
        }
        if !label.starts_with(chars::is_host_char) || !label.ends_with(chars::is_host_char) {
            let broken = if at == start { end } else { at - 1 };
            return host_end.map_or_else(|| Walk::Nothing(underscore.unwrap_or(broken)), Walk::Host);
        }
        if let Some(top_level_end) = top_level_end(text, end + 1) {
            // Subdomains may have underscores, and the name before the top-level domain may not. A host may
            // begin after the underscore, though.
            match label.rfind('_') {
                Some(inside) => underscore = underscore.or(Some(at + inside)),
                None => host_end = Some(top_level_end),
            }
        }
        at = end + 1;
    }
}

/// The hosts within `host` that are spelled in Latin letters: the only ones that count without `http://`.
///
/// `twitter.jp日本語it.so` is one host by its characters, but every reader sees two links.
pub(super) fn bare_hosts(text: &str, host: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let text = text.get(..host.end).unwrap_or_default();
    let mut at = host.start;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.find(chars::is_bare_host_char)?;
            let start = at;
            let (end, next) = bare_host_end(text, start);
            at = next;
            if let Some(end) = end {
                at = end;
                return Some(start..end);
            }
        }
    })
}

/// The end of the Latin host at `start`, and where its labels end.
fn bare_host_end(text: &str, start: usize) -> (Option<usize>, usize) {
    let (mut host_end, mut at) = (None, start);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let label = rest.find(|c| !chars::is_bare_host_char(c)).unwrap_or(rest.len());
        if label == 0 || !rest.get(label..).unwrap_or_default().starts_with('.') {
            return (host_end, at + label);
        }
        at += label + 1;
        host_end = top_level_end(text, at).or(host_end);
    }
}

/// The length of the host in ASCII form, if all its labels can be looked up: 1 to 63 bytes each.
pub(super) fn is_resolvable(host: &str) -> bool {
    let needlessly_encoded =
        host.starts_with(punycode::PREFIX) && bare_hosts(host, 0..host.len()).next().is_none();
    !needlessly_encoded && host.split('.').all(|label| (1..=LONGEST_LABEL).contains(&ascii_len(label)))
}

/// Full stops of other scripts also separate labels when a host is encoded.
fn ascii_len(label: &str) -> usize {
    let mut pieces = 0;
    let encoded = label.split(['。', '．', '｡']).map(|piece| {
        pieces += 1;
        punycode::to_ascii(piece).map_or(LONGEST_LABEL + 1, |ascii| ascii.len())
    });
    encoded.sum::<usize>() + pieces - 1
}

fn starts_with_host_char(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(chars::is_host_char))
}

/// The end of the run of label characters at `start`.
fn run_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.find(|c| !(chars::is_host_char(c) || matches!(c, '-' | '_'))).unwrap_or(rest.len())
}

/// Returns `end`, unless a protocol ends there: then the position of the character before the protocol,
/// because a URL starts after it.
fn before_protocol(text: &str, start: usize, end: usize) -> usize {
    let run = text.get(start..end).unwrap_or_default();
    if !text.get(end..).is_some_and(|rest| rest.starts_with("://")) {
        return end;
    }
    let Some(split) = ["https", "http"].iter().find_map(|name| {
        let split = run.len().checked_sub(name.len())?;
        run.get(split..)?.eq_ignore_ascii_case(name).then_some(split)
    }) else {
        return end;
    };
    let before = text.get(..start + split).and_then(|part| part.char_indices().next_back());
    before.map_or(end, |(at, _)| at)
}
