//! The character classes of twitter-text, as far as tags and URLs need them.
//!
//! Sources: twitter-text `js/src/regexp/` (`hashtagSpecialChars`, `punct`, `spacesGroup`,
//! `invalidCharsGroup`, `directionalMarkersGroup`, `latinAccentChars`, `cyrillicLettersAndMarks`). Its tables
//! of letters, marks and digits are replaced by the Unicode general categories.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character is a letter or a combining mark; a tag needs at least one.
pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
}

/// Whether a tag may have this character.
#[inline]
#[must_use]
pub fn is_tag_char(c: char) -> bool {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => is_tag_byte(byte),
        _ => is_tag_char_beyond_ascii(c),
    }
}

/// Whether a tag may have this character of ASCII.
#[inline]
pub(super) const fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Apart from the rest, because every claim asks of a dozen characters of ASCII.
#[inline(never)]
fn is_tag_char_beyond_ascii(c: char) -> bool {
    is_letter(c) || c.general_category() == GeneralCategory::DecimalNumber || is_joiner(c)
}

/// Signs that belong inside words of some scripts, though they are no letters.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\u{200C}' | '\u{200D}' // zero-width non-joiner and joiner: Persian, Indic scripts
        | '\u{A67E}' // Cyrillic kavyka
        | '\u{05BE}' | '\u{05F3}' | '\u{05F4}' // Hebrew maqaf, geresh, gershayim
        | '\u{FF5E}' | '\u{301C}' // full-width tilde and wave dash, as in さ〜い
        | '\u{309B}' | '\u{309C}' | '\u{30A0}' | '\u{30FB}' | '\u{3003}' // Japanese sound marks, dots, ditto
        | '\u{0F0B}' | '\u{0F0C}' // Tibetan word separators
        | '\u{00B7}' // middle dot: Catalan il·lusió
    )
}

/// White space, as twitter-text lists it.
pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{09}'..='\u{0D}' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{180E}' | '\u{2000}'..='\u{200A}'
        | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// Characters that no post may contain: the byte-order mark and two non-characters.
pub(crate) fn is_invalid(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}')
}

fn is_directional_marker(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}')
}

/// Whether a host label may begin and end with this character.
///
/// twitter-text only lists exceptions, so it takes emoji, `"` and CJK punctuation for host characters.
pub(super) fn is_host_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || (c.is_ascii_control() && !is_space(c)) || matches!(c, '"' | '`');
    }
    !(is_space(c) || is_invalid(c) || is_directional_marker(c))
}

/// Whether this character may be right before a URL.
pub(super) fn may_precede_url(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃') || is_invalid(c))
}

/// Latin letters beyond ASCII that a host without a protocol may have.
fn is_latin_accent(c: char) -> bool {
    matches!(
        c,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{253}' | '\u{254}' | '\u{256}'
        | '\u{257}' | '\u{259}' | '\u{25B}' | '\u{263}' | '\u{268}' | '\u{26F}' | '\u{272}' | '\u{289}'
        | '\u{28B}' | '\u{2BB}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}'
    )
}

/// A character of a host that is recognized even without `http://`.
pub(super) fn is_bare_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || is_latin_accent(c)
}

/// A character of a URL's path; round brackets are matched as pairs elsewhere.
pub(super) fn is_path_char(c: char) -> bool {
    is_path_letter(c)
        || matches!(c, '-' | '_' | '/' | '+' | '=' | '#' | '\u{2013}')
        || "!*';:,.$%[]~@|&".contains(c)
}

/// A character that a path may end with; in `…/foo.` the full stop belongs to the sentence.
pub(super) fn is_path_end(c: char) -> bool {
    is_path_letter(c) || matches!(c, '+' | '-' | '=' | '_' | '#' | '/')
}

fn is_path_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{0400}'..='\u{04FF}') || is_latin_accent(c)
}

/// A character of a URL's query.
pub(super) fn is_query_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c)
}

/// A character that a query may end with.
pub(super) fn is_query_end(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '&' | '=' | '#' | '/')
}
