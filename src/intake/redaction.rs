//! Removes card numbers that people write into posts, before a post is stored or logged.

use std::collections::BTreeSet;

use crate::domain::post::Post;
use crate::telemetry;
use crate::text::card_number::{REDACTED, redact_card_numbers};
use crate::text::hashtag::hashtags;

/// Redacts the author's text and handle. Ids stay: X's are as long as card numbers, and every tenth has a
/// valid check digit.
pub(super) fn redact(post: &mut Post) {
    if let Some(text) = redact_text(&post.text) {
        post.text = text;
        telemetry::card_numbers_redacted().increment(1);
    }
    if let Some(handle) = redact_card_numbers(&post.handle) {
        post.handle = handle.into();
        telemetry::card_numbers_redacted().increment(1);
    }
}

/// A text without its card numbers, and with no tag that it did not have before. Without its digits,
/// `#BuyKettle4242424242424242` would become the tag of an offer, which its author did not post; so the hash
/// sign of a changed tag is removed as well.
fn redact_text(text: &str) -> Option<String> {
    let redacted = redact_card_numbers(text)?;
    let posted: BTreeSet<_> = hashtags(text).map(|tag| (tag.start, tag.end)).collect();
    let (kept, changed): (Vec<_>, Vec<_>) =
        hashtags(&redacted).partition(|tag| posted.contains(&(tag.start, tag.end)));
    if changed.is_empty() {
        return Some(redacted);
    }
    let kept: BTreeSet<_> = kept.iter().map(|tag| tag.byte_range().start).collect();
    let without_sign = |(place, ch)| {
        let idle = matches!(ch, '#' | '＃') && !kept.contains(&place);
        if idle { REDACTED } else { ch }
    };
    Some(redacted.char_indices().map(without_sign).collect())
}

#[cfg(test)]
mod tests {
    use super::redact_text;

    #[test]
    fn a_redacted_text_has_no_new_tags() {
        let table = [
            ("no number #BuyPot", None),
            ("4242 4242 4242 4242 #BuyPot", Some("•••• •••• •••• •••• #BuyPot")),
            ("#BuyPot4242424242424242 #a", Some("•BuyPot•••••••••••••••• #a")),
            ("4242424242424242#BuyPot #a", Some("•••••••••••••••••BuyPot #a")),
            ("a.example.com/4242424242424242/#BuyPot #a", Some("a.example.com/••••••••••••••••/•BuyPot #a")),
            ("#1 a ＃4242424242424242b #c", Some("#1 a ＃••••••••••••••••b #c")),
        ];
        for (text, redacted) in table {
            assert_eq!(redact_text(text).as_deref(), redacted, "{text}");
        }
    }
}
