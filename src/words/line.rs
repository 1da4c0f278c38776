//! Makes text from outside safe to embed in the shop's texts: on one line, without characters that affect the
//! text around them, short enough, and in public without links, mentions and hashtags.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::hashtag::url::urls;

/// An invisible character that ends a link, mention or hashtag.
const BREAK: char = '\u{200B}';
/// Upper bound on the characters of one grapheme; no letter of any script needs more.
const CHARS_PER_GRAPHEME: usize = 8;

/// The text on one line, with single spaces, without control and direction characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|ch: char| ch.is_whitespace() || ch.is_control()) {
        let end = line.len();
        if end > 0 {
            line.push(' ');
        }
        let start = line.len();
        line.extend(word.chars().filter(|ch| !acts(*ch)));
        if line.len() == start {
            line.truncate(end);
        }
    }
    line
}

/// Whether a character changes the direction of the text around it, or is rejected by networks.
fn acts(ch: char) -> bool {
    matches!(ch, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(ch, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}')
        || (u32::from(ch) & 0xFFFE) == 0xFFFE
}

/// At most `graphemes` graphemes, with an ellipsis in place of the rest. The result is empty if the first
/// grapheme alone has too many characters.
pub(super) fn cut(text: &str, graphemes: usize) -> Cow<'_, str> {
    let (mut end, mut chars) = (0, 0);
    for (count, (start, letter)) in text.grapheme_indices(true).enumerate() {
        chars += letter.chars().count();
        if count == graphemes || chars > graphemes.saturating_mul(CHARS_PER_GRAPHEME) {
            break;
        }
        end = start + letter.len();
    }
    match text.get(..end) {
        Some(head) if end < text.len() => Cow::Owned(format!("{}…", head.trim_end())),
        _ => Cow::Borrowed(text),
    }
}

/// Breaks the text's links, mentions and hashtags with invisible characters: a shop's public reply must
/// notify no third account, and each link in it costs money.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    let urls = urls(text);
    let linked = |at: usize| urls.iter().any(|url| (url.start..url.end).contains(&at));
    let acts = |(at, ch): (usize, char)| match ch {
        '@' | '＠' | '#' | '＃' => true,
        // Some networks make a link of any protocol, whatever follows.
        ':' => text.get(at..).is_some_and(|rest| rest.starts_with("://")),
        '.' => linked(at),
        _ => false,
    };
    if !text.char_indices().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut broken = String::with_capacity(text.len() + 8);
    for (at, ch) in text.char_indices() {
        broken.push(ch);
        if acts((at, ch)) {
            broken.push(BREAK);
        }
    }
    Cow::Owned(broken)
}

#[cfg(test)]
mod tests {
    use super::{cut, inert, one_line};
    use crate::text::hashtag::hashtags;
    use crate::text::hashtag::url::urls;

    #[test]
    fn outside_text_stays_on_its_line_and_cannot_change_direction() {
        let table = [
            ("Kindle Fire HD", "Kindle Fire HD"),
            ("  Kindle\r\nBcc: x@example.com\tFire\u{7}HD ", "Kindle Bcc: x@example.com Fire HD"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"),
            ("pay \u{202E}00.1\u{202C} now", "pay 00.1 now"),
            ("\u{200F} \u{2067}\u{2069}", ""),
            ("كيندل", "كيندل"),
            ("👩‍👩‍👧 set", "👩‍👩‍👧 set"),
            ("x\u{FFFE}y\u{FEFF}", "xy"),
        ];
        for (text, line) in table {
            assert_eq!(one_line(text), line, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_cut_between_letters() {
        let table = [
            ("Kindle Fire HD", 20, "Kindle Fire HD"),
            ("Kindle Fire HD", 14, "Kindle Fire HD"),
            ("Kindle Fire HD", 7, "Kindle…"),
            ("a\u{301}b\u{301}c\u{301}", 2, "a\u{301}b\u{301}…"),
            ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 1, "👩‍👩‍👧…"),
            ("", 3, ""),
        ];
        for (text, graphemes, shown) in table {
            assert_eq!(cut(text, graphemes), shown, "{text}");
        }
        assert_eq!(cut(&format!("a{}", "\u{301}".repeat(400)), 40), "…");
    }

    #[test]
    fn a_public_reply_holds_no_link_or_mention_from_outside() {
        for text in [
            "Amazon.com card",
            "see https://evil.example/x?y=1 now",
            "@ana and ＠bob",
            "#Buy ＃Buy",
            "a.co b.io",
        ] {
            let broken = inert(text).into_owned();
            assert!(urls(&broken).is_empty(), "{broken:?}");
            assert_eq!(hashtags(&broken).count(), 0, "{broken:?}");
            assert_ne!(broken, text, "there was something to break");
            assert_eq!(broken.replace('\u{200B}', ""), text, "it looks the same");
        }
        for text in ["Kindle Fire HD 8.9", "m-100", "Ben & Jerry's, No. 7"] {
            assert_eq!(inert(text), text);
        }
    }
}
