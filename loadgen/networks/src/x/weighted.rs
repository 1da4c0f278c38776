//! How long a post is.

use crate::richtext::{Kind, parts};

/// Upper bound on the weighted length.
pub(crate) const LENGTH_MAX: usize = 280;
/// What an address counts, however long it is.
const LINK: usize = 23;

/// The weighted length of a text: letters of most alphabets count 1, all others 2.
pub(crate) fn length(text: &str) -> usize {
    let weigh = |text: &str| text.chars().map(weight).sum::<usize>();
    let links = parts(text).into_iter().filter(|part| matches!(part.kind, Kind::Link(_)));
    links.fold(weigh(text), |length, link| {
        length - weigh(text.get(link.start..link.end).unwrap_or_default()) + LINK
    })
}

const fn weight(letter: char) -> usize {
    match letter as u32 {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_links_have_weights() {
        for (text, expected) in
            [("héllo", 5), ("日本", 4), ("see https://a.example/very/long/address/indeed now", 31)]
        {
            assert_eq!(length(text), expected, "{text}");
        }
    }
}
