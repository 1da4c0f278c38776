//! Reposts made by hand, and look-alike tags: neither may buy.

use flashtag::text::hashtag::manual_repost_at;
use flashtag::text::look_alike::{ascii_skeleton, look_alike, skeleton};
use proptest::prelude::*;

/// The author's own text: up to the repost, or all of it.
fn own_words(text: &str) -> &str {
    &text[..manual_repost_at(text).unwrap_or(text.len())]
}

#[test]
fn a_repost_by_hand_begins_at_its_marker() {
    for (text, own) in [
        ("RT @ana: #BuyKettle", ""),
        ("RT @ana #BuyKettle", ""),
        ("rt @ana #BuyKettle", ""),
        ("RT@ana", ""),
        ("RT: @ana", ""),
        ("RT :  @ana", ""),
        ("RT ＠ana", ""),
        // A name of digits that was redacted as a card number.
        ("RT @•••••••••••••: #BuyKettle", ""),
        ("#BuyKettle RT @ana: me too", "#BuyKettle "),
        ("yes! \"RT @ana: #BuyKettle\"", "yes! \""),
        ("yes! “RT @ana: #BuyKettle”", "yes! “"),
        ("so true\nRT @ana: #BuyKettle", "so true\n"),
        ("hi @bob RT @ana: x RT @eve: y", "hi @bob "),
    ] {
        assert_eq!(own_words(text), own, "{text}");
    }
}

#[test]
fn other_texts_are_entirely_their_authors_own() {
    for text in [
        "",
        "#BuyKettle",
        "RT if you like it @ana",
        "RT",
        "RT @",
        "RT @ ana",
        "Rt @ana",
        "rT @ana",
        "ART @ana",
        "START @ana",
        "#RT @ana",
        "@RT @ana",
        "via @ana #BuyKettle",
        "RT, @ana",
        "RTs @ana",
        "cc @ana RT",
        "mail ana@example.com",
    ] {
        assert_eq!(manual_repost_at(text), None, "{text}");
    }
}

#[test]
fn look_alike_tags_are_found() {
    for (other, why) in [
        ("BuyKind1e", "the digit one for the letter l"),
        ("BuуKindle", "a Cyrillic у"),
        ("ВuyKindle", "a Cyrillic capital В"),
        ("BuyKindӏe", "a Cyrillic palochka"),
        ("BuyΚindle", "a Greek capital Kappa"),
        ("𝐁𝐮𝐲𝐊𝐢𝐧𝐝𝐥𝐞", "mathematical letters"),
        ("BuyKindIe", "a capital i for the letter l"),
        ("Buy\u{200D}Kindle", "an invisible joiner"),
        ("ＢｕｙＫｉｎｄｌｅ", "full-width letters"),
    ] {
        assert!(
            look_alike("BuyKindle", other),
            "{why}: {other}, {} and {}",
            skeleton("BuyKindle"),
            skeleton(other)
        );
    }
}

#[test]
fn visibly_different_tags_are_no_look_alikes() {
    for other in
        ["BuyKindle", "buykindle", "BuyKindl", "BuyKindle2", "BuyKindleHD", "BuyBundle", "ConfirmKindle"]
    {
        assert!(!look_alike("BuyKindle", other), "{other}");
    }
}

#[test]
fn a_skeleton_is_the_same_in_any_case() {
    assert_eq!(skeleton("BuyKindle"), skeleton("BUYKINDLE"));
    assert_eq!(skeleton("BUYKINDLE"), skeleton("ВuyΚindle"), "nor do foreign capitals matter");
    assert_ne!(skeleton("BuyKindle"), skeleton("BuyKettle"));
    assert_eq!(skeleton("GetMixer"), skeleton("getМixer"), "not even a foreign M in another place");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ascii_skeleton_equals_the_general_one(
        tag in prop_oneof!["[a-zA-Z0-9_]{0,150}", "[a-zA-Z0-9_м-уМ-УІіé\\u{200D}ａ-ｚ買]{0,12}", "\\w{0,8}"],
    ) {
        let skeleton = skeleton(&tag);
        let expected = skeleton.is_ascii().then_some(skeleton.as_bytes());
        let found = ascii_skeleton(&tag);
        prop_assert_eq!(found.as_deref(), expected, "{}", tag);
    }
}
