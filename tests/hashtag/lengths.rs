//! The lengths of texts on each network.

use flashtag::domain::id::Network;
use flashtag::text::length::{characters, graphemes, weighted_length};

#[test]
fn x_weighs_characters_urls_and_emoji() {
    for (text, length, why) in [
        ("", 0, "nothing"),
        ("Buy now", 7, "ASCII counts 1"),
        ("Größe скидка خصم", 16, "so do most alphabets"),
        ("cafe\u{301}", 4, "after composition"),
        ("今すぐ買う", 10, "ideographs and kana count 2"),
        ("“deal” – now", 12, "and common punctuation 1"),
        ("10 €", 5, "but the euro sign 2"),
        ("http://a.co", 23, "a URL counts 23, shorter"),
        ("https://example.com/a/long/way/to/the/offer?id=1234567890", 23, "or longer"),
        ("go example.com/x now", 30, "also without protocol"),
        ("example.notatld", 15, "if it is one"),
        ("🔥", 2, "an emoji counts 2"),
        ("👍🏽", 2, "with a skin tone"),
        ("👨\u{200D}👩\u{200D}👧\u{200D}👦", 2, "as a family"),
        ("🇩🇪", 2, "as a flag"),
        ("🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", 2, "as a regional flag"),
        ("1\u{FE0F}\u{20E3}#\u{20E3}", 4, "as a keycap"),
        ("❤\u{FE0F}", 2, "with a variation selector"),
        ("©", 1, "an old sign is text"),
        ("©\u{FE0F}", 2, "unless it is asked to be a picture"),
        ("👍🏽👍🏽", 4, "each by itself"),
    ] {
        assert_eq!(weighted_length(text), length, "{why}: {text}");
    }
}

#[test]
fn a_post_on_x_has_1_to_280_and_no_refused_character() {
    for (text, fits, why) in [
        ("x".repeat(280), true, "just fits"),
        ("x".repeat(281), false, "one too many"),
        ("買".repeat(140), true, "140 ideographs"),
        ("買".repeat(141), false, "one too many"),
        (String::new(), false, "empty"),
        ("byte-order mark \u{FEFF}".into(), false, "refused"),
        ("non-character \u{FFFE}".into(), false, "refused"),
        ("non-character \u{FFFF}".into(), false, "refused"),
    ] {
        assert_eq!(Network::X.facts().post_length.fits(&text), fits, "{why}");
    }
}

#[test]
fn bluesky_counts_what_a_reader_sees_as_characters() {
    assert_eq!(graphemes("cafe\u{301} 👨\u{200D}👩\u{200D}👧 🇩🇪"), 8);
    assert_eq!(graphemes("https://example.com"), 19);
}

#[test]
fn mastodon_counts_urls_23_and_no_servers_of_mentions() {
    for (text, length, why) in [
        ("Buy now", 7, "plain text"),
        ("https://example.com/a/long/way/to/the/offer", 23, "a URL counts 23"),
        ("x https://a.co x", 27, "however short"),
        ("example.com/offer", 17, "only with protocol"),
        ("@ana@example.social hi", 7, "the server is not counted"),
        ("@ana hi", 7, "there may be none"),
        ("@ana@example.social.", 5, "a full stop is not the server's"),
        ("(@ana@example.social, @bob@b.example)", 12, "each of several mentions"),
        ("ana@example.social", 18, "a mail address is no mention"),
        ("👨\u{200D}👩\u{200D}👧", 1, "a family is one character"),
    ] {
        assert_eq!(characters(text), length, "{why}: {text}");
    }
}
