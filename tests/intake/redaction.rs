//! Card numbers in posts are redacted on reading, and nothing else changes.

use flashtag::domain::listing::ShopFront;
use flashtag::domain::post::Post;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::Format;
use flashtag::intake::reading::Reading;
use flashtag::text::card_number::{holds_card_number, redact_card_numbers};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{bluesky_v1, decoded_post, mastodon_status, x_line};

#[test]
fn only_the_digits_of_a_card_number_are_redacted() {
    for (text, redacted) in [
        ("4242424242424242", "••••••••••••••••"),
        ("4242 4242 4242 4242", "•••• •••• •••• ••••"),
        ("pay with 3782-822463-10005, please", "pay with ••••-••••••-•••••, please"),
        ("my card 4242 4242 4242 4242 12/27 123", "my card •••• •••• •••• •••• 12/27 123"),
        ("a4242424242424242b", "a••••••••••••••••b"),
        ("4222222222222", "•••••••••••••"),
        ("6304000000000000000", "•••••••••••••••••••"),
        ("4242424242424242 and 378282246310005", "•••••••••••••••• and •••••••••••••••"),
        ("é4242424242424242🔥", "é••••••••••••••••🔥"),
        ("4242.4242.4242.4242.", "••••.••••.••••.••••."),
        ("4242\u{a0}4242\u{2009}4242\n4242", "••••\u{a0}••••\u{2009}••••\n••••"),
        ("4242\u{2011}4242–4242−4242", "••••\u{2011}••••–••••−••••"),
        ("4242\u{200b}4242\u{2060}42424242", "••••\u{200b}••••\u{2060}••••••••"),
        ("カード４２４２４２４２４２４２４２４２です", "カード••••••••••••••••です"),
        ("٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "•••• •••• •••• ••••"),
        // Every tenth post id passes the check digit; a text need not.
        ("https://x.com/ana/status/1700000000000000004", "https://x.com/ana/status/•••••••••••••••••••"),
    ] {
        assert_eq!(redact_card_numbers(text).as_deref(), Some(redacted), "{text}");
    }
}

#[test]
fn other_digits_are_kept() {
    for text in [
        "",
        "no digits",
        "call 555 0100",
        "4242424242424241",
        "1700000000000000001",
        "424242424242",
        "４２４２４２４２４２４２４２４１",
        "4242_4242_4242_4242",
        "4242  42424242,4242 4242",
        "1 2 3",
    ] {
        assert_eq!(redact_card_numbers(text), None, "{text}");
    }
}

/// A post in Flashtag's own format.
fn flashtag_post(id: &str, author: &str, handle: &str, text: &str) -> Post {
    let line = json!({"network": "x", "id": id, "author": {"id": author, "handle": handle},
        "posted_at": "2026-01-01T00:00:00Z", "text": text});
    decoded_post(Format::Flashtag, &line.to_string())
}

#[test]
fn texts_are_redacted_in_every_format_and_ids_are_not() {
    let number = "4242424242424242";
    let hidden = "card ••••••••••••••••";
    let text = format!("card {number}");
    let x = x_line(&format!(r#""id":"{number}","created_at":"2026-01-01T00:00:00Z","text":"{text}""#));
    let long = x_line(&format!(
        r#""id":"1","created_at":"2026-01-01T00:00:00Z","text":"cut","note_tweet":{{"text":"{text}"}}"#
    ));
    let bluesky = bluesky_v1("create", "app.bsky.feed.post", &format!(r#"{{"text":"{text}"}}"#));
    // Markup and escapes do not hide a number.
    let mastodon =
        mastodon_status(r#""content":"<p>card 4242<b>4242</b>4242&#39;</p><p>\u0034242424242424242</p>""#);
    for (format, line, expected) in [
        (Format::X, x, hidden),
        (Format::X, long, hidden),
        (Format::Bluesky, bluesky, hidden),
        (Format::Mastodon, mastodon, "card 424242424242'\n••••••••••••••••"),
    ] {
        assert_eq!(decoded_post(format, &line).text, expected, "{line}");
    }
    let post = flashtag_post(number, number, number, &text);
    assert_eq!((post.text.as_str(), post.handle.as_str()), (hidden, "••••••••••••••••"));
    assert_eq!((&*post.id.text(), &*post.account.author.text()), (number, number));
}

/// A text that is no tag on its network does not become one by redacting the digits beside it.
#[test]
fn redaction_creates_no_tag_and_no_account_command() {
    let tags = |text: &str| {
        let post = flashtag_post("1", "2", "ana", text);
        flashtag::text::hashtag::hashtags(&post.text).map(|tag| tag.tag.to_owned()).collect::<Vec<_>>()
    };
    for (text, expected) in [
        ("#BuyPot 4242424242424242", vec!["BuyPot"]),
        ("4242424242424242 #BuyPot", vec!["BuyPot"]),
        ("#BuyPot4242424242424242", vec![]),
        ("4242424242424242#BuyPot", vec![]),
        ("#a #BuyPot4242424242424242 #b", vec!["a", "b"]),
        ("https://a.example.com/4242424242424242/#BuyPot", vec![]),
    ] {
        assert_eq!(tags(text), expected, "{text}");
    }
    let repost = flashtag_post("1", "2", "ana", "RT @4222222222222 #BuyPot");
    let copied = flashtag::text::copied::copied_parts(&repost.text);
    assert!(copied.contain(0) && copied.contain(repost.text.len() - 1));
    assert_eq!(Catalog::new(Vec::new(), ShopFront::default()).read(&repost), Reading::Unrelated);
}

fn numberish() -> impl Strategy<Value = String> {
    let pieces =
        vec!["4242", "4242424242424242", "37", "1", "0", "9", " ", "-", "a", "#", "#b", ".com/", "é", "/"];
    vec(select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_redacted_text_has_no_number_and_is_otherwise_unchanged(text in numberish()) {
        let redacted = redact_card_numbers(&text);
        prop_assert_eq!(redacted.is_some(), holds_card_number(&text));
        let Some(redacted) = redacted else { return Ok(()) };
        prop_assert!(!holds_card_number(&redacted), "{}", redacted);
        prop_assert_eq!(redacted.chars().count(), text.chars().count());
        for (now, before) in redacted.chars().zip(text.chars()) {
            prop_assert!(now == before || (now == '•' && before.is_ascii_digit()), "{} of {}", redacted, text);
        }
    }

    #[test]
    fn redaction_never_adds_tags(text in numberish()) {
        let places = |text: &str| -> Vec<(usize, usize)> {
            flashtag::text::hashtag::hashtags(text).map(|tag| (tag.start, tag.end)).collect()
        };
        let before = places(&text);
        let post = flashtag_post("1", "2", "ana", &text);
        prop_assert!(places(&post.text).iter().all(|place| before.contains(place)), "{} of {}", post.text, text);
    }
}
