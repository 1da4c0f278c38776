//! Reads how many units a post asks for: `x2` or `2x` beside the tag.
//!
//! A misread number sells units that the author did not ask for, so a token counts only if it is whole:
//! `x360bundle`, `x2.5` and `2x4` are no quantities.

use std::ops::Range;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The units beside the tag at `tag` (bytes, hash sign included): `x2`, `2x`, `×2` or `2×`, in either case.
/// Reads what is right after the tag or, if nothing is there, right before it, with blanks or a bracket
/// between.
///
/// `None` if there is no quantity; `u32::MAX` for a number that is too large to count.
#[must_use]
pub fn quantity(text: &str, tag: Range<usize>) -> Option<u32> {
    let (before, after) = (text.get(..tag.start)?, text.get(tag.end..)?);
    after_tag(after).or_else(|| before_tag(before))
}

fn after_tag(after: &str) -> Option<u32> {
    let after = after.trim_start_matches(is_blank);
    let after = after.strip_prefix(['(', '[']).unwrap_or(after);
    let (digits, rest) = match after.strip_prefix(is_mark) {
        Some(marked) => marked.split_at(leading_digits(marked)),
        None => {
            let (digits, marked) = after.split_at(leading_digits(after));
            (digits, marked.strip_prefix(is_mark)?)
        }
    };
    let mut next = rest.chars();
    let whole = next.next().is_none_or(|ch| ends_token(ch, next.next()));
    if whole { count(digits) } else { None }
}

fn before_tag(before: &str) -> Option<u32> {
    let before = before.trim_end_matches(is_blank);
    let before = before.strip_suffix([')', ']']).unwrap_or(before);
    let (rest, digits, digit_first) = match before.strip_suffix(is_mark) {
        Some(marked) => {
            let (rest, digits) = marked.split_at(marked.len() - trailing_digits(marked));
            (rest, digits, true)
        }
        None => {
            let (marked, digits) = before.split_at(before.len() - trailing_digits(before));
            (marked.strip_suffix(is_mark)?, digits, false)
        }
    };
    let mut last = rest.chars().rev();
    let whole = last.next().is_none_or(|ch| {
        // A character before a number may belong to it: `-2x`, `.5x`, `$2x`.
        let signs = matches!(ch, '.' | ',') || ch.general_category() == GeneralCategory::DashPunctuation;
        let belongs = names(ch) || (digit_first && signs);
        !belongs && ends_token(ch, last.next())
    });
    if whole { count(digits) } else { None }
}

/// Whether a character may be between the tag and a quantity: a blank, so that both are on one line.
fn is_blank(ch: char) -> bool {
    match ch {
        '\t' | ' ' => true,
        // Every claim runs this, and the category of a character is slow to look up.
        _ => !ch.is_ascii() && ch.general_category() == GeneralCategory::SpaceSeparator,
    }
}

fn is_mark(ch: char) -> bool {
    matches!(ch, 'x' | 'X' | '×')
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn trailing_digits(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_digit).count()
}

/// Whether a token ends at `ch`, with `beyond` on the far side. White space ends it. So does punctuation,
/// unless it joins the token with `beyond`, as in `x2.5`, `x2-pack` and `x2's`.
fn ends_token(ch: char, beyond: Option<char>) -> bool {
    let closes = matches!(
        ch.general_category(),
        GeneralCategory::OpenPunctuation
            | GeneralCategory::ClosePunctuation
            | GeneralCategory::InitialPunctuation
            | GeneralCategory::FinalPunctuation
    );
    if ch.is_whitespace() || matches!(ch, '!' | '?' | ';' | '"') || (closes && ch != '’') {
        return true;
    }
    let joins = matches!(ch, '_' | '%' | '‰') || beyond.is_some_and(char::is_alphanumeric);
    ch.general_category_group() == GeneralCategoryGroup::Punctuation && !joins
}

/// Signs that make what follows them a name: `#x2` is a tag, `@x2` an account, `/x2` a path.
fn names(ch: char) -> bool {
    matches!(ch, '#' | '＃' | '@' | '＠' | '&' | '/' | '\\')
}

fn count(digits: &str) -> Option<u32> {
    // The only other error of the parser is that the number is too large.
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn an_invalid_position_holds_no_quantity() {
        for place in [0..99, 99..100, 1..2] {
            assert_eq!(quantity("é x2", place.clone()), None, "{place:?}");
        }
    }
}
