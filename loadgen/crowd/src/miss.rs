//! Near misses of a tag, and the rule of what is a hit.

use crate::hash::choose;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};

/// Something that looks like the tag to a careless matcher.
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

/// The tag without its last word, as `BuyXbox` is of `BuyXboxController`; without its last letter if it is one word.
fn first_words(tag: &str) -> &str {
    let word = |(at, letter): (usize, char)| at > 3 && letter.is_ascii_uppercase();
    let cut = tag.char_indices().rev().find(|place| word(*place));
    let last = tag.char_indices().next_back();
    let (at, _) = cut.or(last).unwrap_or_default();
    tag.split_at(at).0
}

/// Whether the text has the tag as a whole token, in any ASCII case. Rather too often than too rarely: it knows no URLs.
pub(crate) fn carries(text: &str, tag: &str) -> bool {
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
            assert!(carries(hit, "BuyX"), "{hit}");
        }
        for miss in ["#BuyXbox", "BuyX", "a#BuyX", "# BuyX", "#BuyX_", "#BuyX\u{3092}", "&#BuyX", "#Buy", "#"]
        {
            assert!(!carries(miss, "BuyX"), "{miss}");
        }
    }

    #[test]
    fn the_last_word_goes() {
        assert_eq!(first_words("BuyXboxController"), "BuyXbox");
        assert_eq!(first_words("BuyX"), "Buy");
        assert_eq!(first_words("sale"), "sal");
        assert_eq!(first_words(""), "");
    }
}
