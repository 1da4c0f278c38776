//! Reads how many units a post asks for: `x2` or `2x` behind the tag.
//!
//! A misread number sells units that the author did not ask for. So only the words behind the tag count, of
//! which people say "two": a number before the tag belongs to the talk, as in `my BMW X5 #BuyKindle`. And a
//! token counts only if it is whole: `x360bundle`, `x2.5` and `2x4` are no quantities. An emoji ends a token, and
//! characters that nobody sees change nothing: writing from right to left leaves a mark behind each number.

use std::ops::Range;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::invisible::is_invisible;
use super::length::emoji;

/// The units directly behind the tag at `tag` (bytes, hash sign included): `x2`, `x 2`, `2x`, `×2` or `2×`, in
/// either case. Blanks, one comma and brackets may stand between, and no line ends there.
///
/// `None` if there is no quantity; `u32::MAX` for a number that is too large to count.
#[must_use]
pub fn quantity(text: &str, tag: Range<usize>) -> Option<u32> {
    text.get(tag.clone())?;
    let token = behind_separators(text.get(tag.end..)?);
    let (digits, rest) = match token.strip_prefix(is_mark) {
        Some(marked) => {
            let marked = without_blanks(marked);
            marked.split_at(leading_digits(marked))
        }
        None => {
            let (digits, marked) = token.split_at(leading_digits(token));
            (digits, marked.trim_start_matches(is_invisible).strip_prefix(is_mark)?)
        }
    };
    if is_end(rest) { count(digits) } else { None }
}

/// Whether a token ends before `rest`: at its own end, at an emoji, or at a character that ends it. What nobody
/// sees belongs to no token.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start_matches(is_invisible);
    let mut next = rest.chars();
    let Some(ch) = next.next() else { return true };
    (!ch.is_ascii() && emoji::len(rest).is_some()) || ends_token(ch, next.next())
}

/// What stands behind a bracket that closes around the tag, a comma, and a bracket that opens around the
/// quantity; each may be missing.
fn behind_separators(after: &str) -> &str {
    let mut rest = without_blanks(after);
    for separators in [[')', ']', '）', '］'], [',', '，', '、', '،'], ['(', '[', '（', '［']] {
        rest = rest.strip_prefix(separators).map_or(rest, without_blanks);
    }
    rest
}

fn without_blanks(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// Whether a character may be between the tag and a quantity: a blank, so that both are on one line, or
/// nothing that a reader sees.
fn is_blank(ch: char) -> bool {
    match ch {
        '\t' | ' ' => true,
        // Every claim runs this, and the category of a character is slow to look up.
        _ => !ch.is_ascii() && (is_invisible(ch) || ch.general_category() == GeneralCategory::SpaceSeparator),
    }
}

fn is_mark(ch: char) -> bool {
    matches!(ch, 'x' | 'X' | '×')
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
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
