//! Characters that a reader cannot see.

/// Whether a character has no appearance of its own: joiners, marks of direction, selectors of a variant.
///
/// These are the characters that Unicode lists as default-ignorable, the byte-order mark included.
#[must_use]
pub const fn is_invisible(ch: char) -> bool {
    !ch.is_ascii()
        && matches!(
            ch,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
                | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}
