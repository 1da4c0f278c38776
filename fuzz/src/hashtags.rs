//! Hashtags and URLs: the scanner and its naive twin must agree on any text.

use flashtag::text::copied::copied_parts;
use flashtag::text::folding::fold;
use flashtag::text::hashtag::hashtags;
use flashtag::text::hashtag::url::urls;

use super::naive;

/// Upper bound on a text in bytes. The twin tries every rule at every offset, which takes too long on longer
/// texts.
const TEXT_BYTES_MAX: usize = 400;

/// Non-ASCII top-level domains that the twin knows; it knows no others.
const TOP_LEVELS_KNOWN: [&str; 3] = ["みんな", "рф", "한국"];

/// Both find the same tags and URLs at the same offsets.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > TEXT_BYTES_MAX {
        return;
    }
    for part in copied_parts(text).ranges() {
        assert!(text.get(part.clone()).is_some() && !part.is_empty(), "{part:?} of {text:?}");
    }
    let folded = fold(text);
    assert_eq!(fold(&folded), folded, "{text:?}");
    let points = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let found: Vec<_> = hashtags(text).map(|tag| (tag.tag.to_owned(), tag.start, tag.end)).collect();
    for tag in hashtags(text) {
        let cut = text.get(tag.byte_range()).expect("a range of the text");
        assert_eq!(cut.trim_start_matches(['#', '＃']), tag.tag, "{text:?}");
    }
    if has_foreign_host(text) || has_long_label(text) {
        return;
    }
    assert_eq!(found, naive::tags(text), "tags of {text:?}");
    let found: Vec<_> = urls(text).iter().map(|url| (points(url.start), points(url.end))).collect();
    assert_eq!(found, naive::urls(text), "URLs of {text:?}");
}

/// Whether the text may name a host below a top-level domain that the twin does not know.
fn has_foreign_host(text: &str) -> bool {
    let mut rest = text.to_owned();
    for known in TOP_LEVELS_KNOWN {
        rest = rest.replace(known, "");
    }
    text.contains('.') && rest.chars().any(|ch| !ch.is_ascii() && ch.is_alphanumeric())
}

/// Whether a host's label may be longer than 63 bytes in its ASCII form, a limit that the twin does not
/// check.
fn has_long_label(text: &str) -> bool {
    text.split(['.', ' ', '\n', '/']).any(|label| label.len() > 40)
}

/// Texts that exercise every rule.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "I want to #BuyKindle x2 #купить ＃日本 a#b &#39; #1 #1a",
        "see http://x.com/#frag?a=b#c #d https://t.co/abc#e x.com/#f foo_bar.com",
        "#a\u{200D}b #a\u{FE0F} 🔥#c #\u{FE0F}1 #d://e #f#g みんな.みんな/#h",
        "@a #b·c #d・e (#f) \u{202A}#g \u{2066}h http://рф.рф:80/(a)?x=#y co.com.",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}
