//! The scanner and its naive twin must agree on any text.

use flashtag::text::hashtag::hashtags;
use flashtag::text::hashtag::url::urls;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive;

/// Fragments with a meaning in some rule; texts are composed of them.
const FRAGMENTS: &[&str] = &[
    "#",
    "#",
    "#",
    "＃",
    "a",
    "Z",
    "deal",
    "1",
    "٣",
    "_",
    "-",
    "·",
    "・",
    "〃",
    "゛",
    "&",
    "&#39;",
    "&amp;",
    " ",
    "\n",
    "\u{3000}",
    "\u{200B}",
    "\u{200C}",
    "\u{200D}",
    "\u{200F}",
    "\u{FE0E}",
    "\u{FE0F}",
    "\u{20E3}",
    "\u{301}",
    "\u{FEFF}",
    "é",
    "ñ",
    "日本",
    "ー",
    "한국",
    "𝐃",
    "Ⅷ",
    "²",
    "🔥",
    "👨\u{200D}👩",
    "🇩🇪",
    ".",
    ".",
    ".",
    "com",
    "co",
    "みんな",
    "РФ",
    "рф",
    "xn--",
    "http",
    "https",
    "http://",
    "HTTPS://",
    "://",
    "x.com",
    "t.co/",
    "foo_bar.com",
    "/",
    "?",
    "=",
    "(",
    ")",
    "(a)",
    "@",
    "＠",
    ":80",
    "!",
    "'",
    "\"",
    "`",
    "%",
    "~",
    "$",
    "。",
    "（",
    "\u{202A}",
    "\u{2066}",
    "–",
    "notatld",
];

fn fragment_text(pieces: usize) -> impl Strategy<Value = String> {
    vec(select(FRAGMENTS), 0..pieces).prop_map(|pieces| pieces.concat())
}

/// Short fragments around dots: many hosts, in which the scan over labels skips ahead.
fn host_text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a",
        "日",
        "_",
        "-",
        ".",
        ".",
        "com",
        "みんな",
        "http://",
        "https",
        "://",
        "😀",
        "é",
        "/",
        "#a",
        "＃",
        "@",
    ];
    vec(select(PIECES), 0..16).prop_map(|pieces| pieces.concat())
}

fn agree_on(text: &str) -> Result<(), TestCaseError> {
    let points = |byte: usize| text[..byte].chars().count();
    let found: Vec<_> = urls(text).iter().map(|url| (points(url.start), points(url.end))).collect();
    prop_assert_eq!(found, naive::urls(text), "URLs of {:?}", text);
    let found: Vec<_> = hashtags(text).map(|tag| (tag.tag.to_owned(), tag.start, tag.end)).collect();
    prop_assert_eq!(found, naive::tags(text), "tags of {:?}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn twins_agree_on_texts_of_fragments(text in fragment_text(16)) {
        agree_on(&text)?;
    }

    #[test]
    fn twins_agree_on_hosts(text in host_text()) {
        agree_on(&text)?;
    }

    #[test]
    fn byte_ranges_agree_with_code_point_offsets(text in fragment_text(24)) {
        for tag in hashtags(&text) {
            let cut = &text[tag.byte_range()];
            prop_assert_eq!(cut.trim_start_matches(['#', '＃']), tag.tag);
            prop_assert_eq!(cut.chars().count(), tag.end - tag.start);
            prop_assert_eq!(text[..tag.byte_range().start].chars().count(), tag.start);
        }
    }
}
