//! Near misses of a tag, and the rule by which a text contains a tag.

use crate::hashing::choose;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};

/// Makes a text that a careless matcher would take for the tag.
pub(crate) fn near_miss(rng: &mut Xoshiro256PlusPlus, tag: &str) -> String {
    match rng.random_range(0..10) {
        0..3 => format!("#{}", first_words(tag)),
        3 => format!("#{tag}{}", choose(rng.random(), &["Now", "2", "_uk", "s", "\u{3092}\u{8cb7}\u{3046}"])),
        4 => format!("why does everyone say {tag} today"),
        5 => format!("# {tag}"),
        6 => format!("@{tag}"),
        7 => format!("shop#{tag}"),
        8 => format!("https://example.com/sale#{tag}"),
        _ => format!("https://example.com/search?q=%23{tag}&src=typed"),
    }
}

/// Cuts the last word off a tag (`BuyXboxController` -> `BuyXbox`), or the last letter if it has one word.
fn first_words(tag: &str) -> &str {
    let starts_word = |(at, letter): (usize, char)| at > 3 && letter.is_ascii_uppercase();
    let cut = tag.char_indices().rev().find(|letter| starts_word(*letter));
    let last = tag.char_indices().next_back();
    let (at, _) = cut.or(last).unwrap_or_default();
    tag.split_at(at).0
}

/// Tells whether the text contains the tag as a whole token, in any ASCII case. Errs towards `true`: it also
/// finds tags in URLs.
pub(crate) fn contains_tag(text: &str, tag: &str) -> bool {
    let continues = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(['#', '\u{ff03}']).any(|(at, sign)| {
        let (before, from_sign) = text.split_at(at);
        let rest = from_sign.strip_prefix(sign).unwrap_or_default();
        let glued = before.ends_with(|letter: char| continues(letter) || letter == '&');
        let whole = rest.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag))
            && !rest.get(tag.len()..).is_some_and(|tail| tail.starts_with(continues));
        whole && !glued
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_tokens_only() {
        for hit in ["#BuyX", "a #buyx!", "(#BUYX)", "\u{1f389}#BuyX", "\u{ff03}BuyX \u{ff03}"] {
            assert!(contains_tag(hit, "BuyX"), "{hit}");
        }
        for miss in ["#BuyXbox", "BuyX", "a#BuyX", "# BuyX", "#BuyX_", "#BuyX\u{3092}", "&#BuyX", "#Buy", "#"]
        {
            assert!(!contains_tag(miss, "BuyX"), "{miss}");
        }
    }

    #[test]
    fn the_last_word_is_cut_off() {
        assert_eq!(first_words("BuyXboxController"), "BuyXbox");
        assert_eq!(first_words("BuyX"), "Buy");
        assert_eq!(first_words("sale"), "sal");
        assert_eq!(first_words(""), "");
    }
}
