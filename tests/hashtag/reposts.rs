//! Reposts made by hand, and look-alike tags: neither may buy.

use flashtag::text::copied::copied_parts;
use flashtag::text::hashtag::same_tag;
use flashtag::text::look_alike::{ascii_skeleton, look_alike, may_stand_for_ascii, outlines, skeleton};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

/// The author's own text: `·` stands where copied words are left out.
fn own_words(text: &str) -> String {
    let copied = copied_parts(text);
    let mut own = String::new();
    for (at, ch) in text.char_indices() {
        match copied.contain(at) {
            false => own.push(ch),
            true if !own.ends_with('·') => own.push('·'),
            true => {}
        }
    }
    own
}

#[test]
fn words_behind_a_marker_are_copied() {
    for (text, own) in [
        ("RT @ana: #BuyKettle", "·"),
        ("RT @ana #BuyKettle", "·"),
        ("rt @ana #BuyKettle", "·"),
        ("Rt @ana #BuyKettle", "·"),
        ("rT @ana #BuyKettle", "·"),
        ("MT @ana: #BuyKettle", "·"),
        ("PRT @ana: #BuyKettle", "·"),
        ("QT @ana: #BuyKettle", "·"),
        ("ＲＴ ＠ana #BuyKettle", "·"),
        ("RT@ana", "·"),
        ("RT: @ana", "·"),
        ("RT :  @ana", "·"),
        ("RT ＠ana", "·"),
        ("RT\u{200b} @ana", "·"),
        ("♻️ @ana #BuyKettle", "·"),
        ("🔁 @ana: #BuyKettle", "·"),
        ("Repost @ana: #BuyKettle", "·"),
        ("Reposted from @ana : #BuyKettle", "·"),
        ("retweeting @ana: #BuyKettle", "·"),
        ("𝐑𝐓 @ana: #BuyKettle", "·"),
        ("R/T @ana #BuyKettle", "·"),
        ("RT .@ana #BuyKettle", "·"),
        ("RT - @ana: #BuyKettle", "·"),
        ("RT » @ana: #BuyKettle", "·"),
        ("RT👉@ana: #BuyKettle", "·"),
        ("RT ➡️ @ana: #BuyKettle", "·"),
        ("RT via @ana #BuyKettle", "·"),
        ("RT vía @ana #BuyKettle", "·"),
        ("RT from @ana: #BuyKettle", "·"),
        ("rt by @ana: #BuyKettle", "·"),
        ("欲しいRT @ana: #BuyKettle", "欲しい·"),
        ("非公式RT @ana: #BuyKettle", "非公式·"),
        ("🔃 @ana #BuyKettle", "·"),
        ("⟳: @ana #BuyKettle", "·"),
        ("Boosted @ana: #BuyKettle", "·"),
        ("Quoted from @ana: #BuyKettle", "·"),
        // A name of digits that was redacted as a card number.
        ("RT @•••••••••••••: #BuyKettle", "·"),
        ("#BuyKettle RT @ana: me too", "#BuyKettle ·"),
        ("yes! \"RT @ana: #BuyKettle\"", "yes! \"·"),
        ("yes! “RT @ana: #BuyKettle”", "yes! “·"),
        ("yes!RT @ana: #BuyKettle", "yes!·"),
        ("🔥RT @ana: #BuyKettle", "🔥·"),
        ("so true\nRT @ana: #BuyKettle", "so true\n·"),
        ("hi @bob RT @ana: x RT @eve: y", "hi @bob ·"),
    ] {
        assert_eq!(own_words(text), own, "{text}");
    }
}

#[test]
fn a_quotation_that_names_its_author_is_copied() {
    for (text, own) in [
        ("“@ana: #BuyKettle”", "·"),
        ("“@ana #BuyKettle”", "·"),
        ("\"@ana: #BuyKettle\"", "·"),
        ("'@ana: don't #BuyKettle'", "·"),
        ("‘@ana: don’t #BuyKettle’ ok", "· ok"),
        ("„@ana: #BuyKettle“ ja", "· ja"),
        ("«@ana: #BuyKettle» oui", "· oui"),
        ("« @ana : #BuyKettle » oui", "· oui"),
        ("»@ana: #BuyKettle« ja", "· ja"),
        ("「@ana: #BuyKettle」欲しい", "·欲しい"),
        ("I do: “@ana: #BuyKettle” #BuyKettle", "I do: · #BuyKettle"),
        ("“@ana: “@bob: #a” #b” #c", "· #c"),
        ("｢@ana: #BuyKettle｣ ok", "· ok"),
        ("〈@ana: #BuyKettle〉 ok", "· ok"),
        ("❮@ana: #BuyKettle❯ ok", "· ok"),
        ("‟@ana: #BuyKettle” ok", "· ok"),
        ("''@ana: #BuyKettle'' ok", "'·' ok"),
        ("``@ana: #BuyKettle'' ok", "`·' ok"),
        ("<<@ana: #BuyKettle>> ok", "<·> ok"),
        ("> @ana: #BuyKettle\nme too #BuyKettle", "·\nme too #BuyKettle"),
        ("yes\n>> @ana #BuyKettle", "yes\n·"),
        ("“@ana: #BuyKettle", "·"),
        ("RT “@ana: #a” #b", "RT · #b"),
        ("@ana: “#BuyKettle” #c", "@ana: · #c"),
        ("“#BuyKettle” — @ana", "· — @ana"),
        ("\"#BuyKettle\" - @ana", "· - @ana"),
        ("yes “#BuyKettle” –@ana #c", "yes · –@ana #c"),
    ] {
        assert_eq!(own_words(text), own, "{text}");
    }
}

#[test]
fn words_before_an_ascription_in_brackets_are_copied() {
    for (text, own) in [
        ("#BuyKettle (via @ana)", "·(via @ana)"),
        ("#BuyKettle (Via: @ana )", "·(Via: @ana )"),
        ("#BuyKettle [via @ana] #c", "·[via @ana] #c"),
        ("#BuyKettle（via ＠ana）", "·（via ＠ana）"),
        ("#BuyKettle {via @ana}", "·{via @ana}"),
        ("#BuyKettle 【via @ana】", "·【via @ana】"),
        ("#BuyKettle (vía @ana)", "·(vía @ana)"),
        ("#BuyKettle (RT @ana)", "·(RT @ana)"),
        ("#BuyKettle (MT @ana@shop.example)", "·(MT @ana@shop.example)"),
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
        "ART @ana",
        "START @ana",
        "#RT @ana",
        "@RT @ana",
        "via @ana #BuyKettle",
        "#BuyKettle via @ana",
        "#BuyKettle (thanks @ana)",
        "#BuyKettle (via @ana and others)",
        "RT, @ana",
        "RTs @ana",
        "cc @ana RT",
        "mail ana@example.com",
        "please retweet @ana #BuyKettle",
        "@ana: #BuyKettle",
        "“#BuyKettle” @ana",
        "@ana \"#BuyKettle\"",
        "the \"best\" @ana #BuyKettle",
        "«oui» @ana #BuyKettle",
        "it's @ana's #BuyKettle",
        "- @ana #BuyKettle",
        "2\" — @ana #BuyKettle",
        "thanks for the RT from @ana #BuyKettle",
        "artRT2 @ana #BuyKettle",
        "2RT @ana #BuyKettle",
        "boosted by @ana #BuyKettle",
        "5 > 3 @ana #BuyKettle",
        "-> @ana #BuyKettle",
        "i <3 @ana #BuyKettle",
        ".@ana #BuyKettle",
        "n/t @ana #BuyKettle",
    ] {
        assert_eq!(own_words(text), text, "{text}");
    }
}

/// Time grows with the length of a text, not with its square: with its square, this takes minutes.
#[test]
fn crafted_texts_are_read_in_linear_time() {
    for piece in [
        "@a",
        "” — @a ",
        "“@a: ",
        "\" - @a",
        "(via @a) ",
        "@a..",
        "“@a” ",
        "RT @a ",
        "'@a' ",
        "@a: “",
        "> @a",
        ">",
        "RT>@a ",
        "文RT @a",
        "„@a“ “@a”",
    ] {
        drop(copied_parts(&piece.repeat(100_000 / piece.len())));
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
        ("BuyKindIe", "a capital i for the letter l"),
        ("Buy\u{200D}Kindle", "an invisible joiner"),
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
        let general = skeleton(&tag);
        prop_assert!(!tag.is_ascii() || *ascii_skeleton(&tag) == *general.as_bytes(), "{}", tag);
        // A tag can look like one of ASCII characters only if each of its characters can.
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        prop_assert!(!plain(&general) || tag.chars().all(may_stand_for_ascii), "{}", tag);
    }

    #[test]
    fn tags_that_look_alike_share_an_outline(
        (a, b) in ("[a-zA-Z0-9_м-уМ-УІіéß\\u{200D}ａ-ｚ買セｾﾞ\\u{301}]{1,4}", "[a-zA-Z0-9_м-уМ-УІіéß\\u{200D}ａ-ｚ買セｾﾞ\\u{301}]{1,4}"),
        spelled in proptest::sample::select(vec!["BuyKindle", "セール", "KaufTöpfe", "Купить", "사기", "Straße"]),
    ) {
        let spellings: [String; 7] = [
            a.clone(), b, spelled.to_uppercase(), spelled.to_lowercase(), spelled.nfd().collect(), spelled.nfkd().collect(),
            spelled.replace('у', "y").replace('l', "I").replace('ー', "一"),
        ];
        for (one, other) in spellings.iter().flat_map(|one| spellings.iter().map(move |other| (one, other))).chain([(&a, &spelled.to_owned())]) {
            let shared = outlines(one).any(|outline| outlines(other).any(|also| also == outline));
            prop_assert!(shared || !(same_tag(one, other) || look_alike(one, other)), "{} and {}", one, other);
        }
    }

    #[test]
    fn parts_lie_within_any_text(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "RT ", "@ana", "＠b", ": ", "“", "”", "\"", "'", "„", "«", "»", "(via ", ")", " — ", "♻️", "é", "🔥", "#a ", "\n",
        ]), 0..14),
        wild in any::<String>(),
    ) {
        for text in [pieces.concat(), wild] {
            for part in copied_parts(&text).ranges() {
                prop_assert!(text.get(part.clone()).is_some(), "{:?} of {}", part, text);
            }
        }
    }
}
