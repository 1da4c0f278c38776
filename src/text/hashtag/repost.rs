//! Recognizes hand-made reposts: the text of `RT @ana #BuyKindle` is Ana's, not the author's.

use memchr::memchr2;

use super::chars::is_space;
use crate::text::card_number::REDACTED;

/// The byte offset of a hand-made repost, at its `RT`; the text from there on is another author's.
///
/// `RT` or `rt` as a word of its own (at the start, after white space or after a quotation mark), then any
/// white space and colons, then `@` and a character of a name. `Rt`, `ART @ana` and `RT if you like it` are
/// ordinary text.
pub fn manual_repost_at(text: &str) -> Option<usize> {
    /// The first byte of `＠`.
    const FULL_WIDTH_LEAD: u8 = 0xEF;
    let mut from = 0;
    loop {
        let at = from + memchr2(b'@', FULL_WIDTH_LEAD, text.as_bytes().get(from..)?)?;
        let sign = text.get(at..)?.chars().next()?;
        from = at + sign.len_utf8();
        let names = text.get(from..).is_some_and(|rest| rest.starts_with(is_name_char));
        if matches!(sign, '@' | '＠')
            && names
            && let Some(start) = marker_before(text.get(..at)?)
        {
            return Some(start);
        }
    }
}

/// The start of the `RT` that `head` ends with, spaces and colons aside.
fn marker_before(head: &str) -> Option<usize> {
    let head = head.trim_end_matches(|c| is_space(c) || matches!(c, ':' | '：'));
    let before = head.strip_suffix("RT").or_else(|| head.strip_suffix("rt"))?;
    let alone = before.chars().next_back().is_none_or(|c| is_space(c) || is_quotation_mark(c));
    alone.then_some(before.len())
}

/// Letters of names on any network. X has ASCII names only, other networks need not. A name of digits may
/// have been redacted as a card number, and still counts as a name.
fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == REDACTED
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '‹' | '›' | '「' | '『' | '＂')
}
