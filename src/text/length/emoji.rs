//! Recognizes an emoji at the start of a text, however many code points it has.
//!
//! twitter-text uses twemoji, the list of emoji that Twitter could draw. This code uses the grammar of
//! Unicode Technical Standard 51, section 1.4.9, with the properties of Unicode. It knows newer emoji, and
//! accepts sequences without a picture (a flag of no country, two joined animals), which twemoji counts in
//! parts.

use unicode_properties::{EmojiStatus, UnicodeEmoji};

const JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const LAST_TAG: char = '\u{E007F}';

/// The length in bytes of the emoji at the start of `text`; `None` if there is none.
pub(in crate::text) fn len(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first.is_ascii() {
        return keycap_len(text, first);
    }
    if is_regional(first) {
        let pair = text.chars().nth(1).is_some_and(is_regional);
        return Some(if pair { 2 * first.len_utf8() } else { first.len_utf8() });
    }
    let mut end = element_len(text)?;
    while let Some(next) = text.get(end..).and_then(|rest| rest.strip_prefix(JOINER)).and_then(element_len) {
        end += JOINER.len_utf8() + next;
    }
    Some(end)
}

/// `1️⃣`, with or without the variation selector.
fn keycap_len(text: &str, first: char) -> Option<usize> {
    let base = matches!(first, '0'..='9' | '#' | '*');
    let rest = text.get(first.len_utf8()..).filter(|_| base)?;
    let after = rest.strip_prefix(EMOJI_STYLE).unwrap_or(rest).strip_prefix(KEYCAP)?;
    Some(text.len() - after.len())
}

/// One emoji between joiners: with its variation selector, its skin tone or its tags.
fn element_len(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let status = first.emoji_status();
    if first.is_ascii() || !first.is_emoji_char() {
        return None;
    }
    let mut after = text.get(first.len_utf8()..)?;
    match after.strip_prefix(EMOJI_STYLE).filter(|_| takes_style(first, status)) {
        Some(rest) => after = rest,
        // © and ® are old characters and count as text, unless a variation selector asks for a picture.
        None if first <= '\u{FF}' => return None,
        None => {}
    }
    if is_tone_base(status) {
        after = after.strip_prefix(is_skin_tone).unwrap_or(after);
    }
    after = without_tags(after).unwrap_or(after);
    Some(text.len() - after.len())
}

/// Whether twemoji joins a variation selector to this emoji. It does for the old symbols, which have a
/// plain-text form in Unicode. After a newer emoji, which is always a picture, the selector is a character of
/// its own.
fn takes_style(emoji: char, status: EmojiStatus) -> bool {
    let is_picture = matches!(
        status,
        EmojiStatus::EmojiPresentation
            | EmojiStatus::EmojiPresentationAndModifierBase
            | EmojiStatus::EmojiPresentationAndEmojiComponent
            | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
    );
    emoji <= '\u{FFFF}' || !is_picture
}

/// The tags that spell a region after a black flag: England, Scotland, Wales.
fn without_tags(rest: &str) -> Option<&str> {
    let tail = rest.trim_start_matches(|c| matches!(c, '\u{E0020}'..='\u{E007E}'));
    tail.strip_prefix(LAST_TAG).filter(|_| tail.len() < rest.len())
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn is_tone_base(status: EmojiStatus) -> bool {
    matches!(status, EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiPresentationAndModifierBase)
}
