//! The reading of posts: claims and their units, look-alike tags, account commands.

use std::ops::Range;

use flashtag::config::offers::parse_offers;
use flashtag::domain::command::Intent;
use flashtag::domain::id::{Account, Network, OfferNo, PostId};
use flashtag::domain::offering::Offering;
use flashtag::domain::post::{Markup, Post};
use flashtag::domain::time::Timestamp;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::reading::Reading;
use flashtag::text::hashtag::same_tag;
use flashtag::text::look_alike::look_alike;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const KETTLE: usize = 0;
const MIXER: usize = 1;

/// A shop with a kettle and a mixer, whose tags have letters that can be confused.
const SHOP: &str = r##"
[shop]
name = "Corner Shop"
accounts = { x = "9001" }

[[offer]]
id = "kettle"
kind = "purchase"
title = "Kettle"
tags = { buy = "BuyKettle", confirm = "ConfirmKettle", cancel = "CancelKettle" }
price = "40.00 USD"
units = 10
opens = "2026-11-30T15:00:00Z"
closes = "2026-12-30T15:00:00Z"

[[offer]]
id = "mixer"
kind = "purchase"
title = "Mixer"
tags = { buy = "GetMixer0", confirm = "TakeIronMixer" }
price = "40.00 USD"
units = 10
opens = "2026-11-30T15:00:00Z"
closes = "2026-12-30T15:00:00Z"
"##;

const TAGS: [&str; 5] = ["BuyKettle", "ConfirmKettle", "CancelKettle", "GetMixer0", "TakeIronMixer"];

fn catalog() -> Catalog {
    let file = parse_offers(SHOP, "the test's offers").expect("a sound file");
    Catalog::unnumbered(&file.offerings(), file.shop.front())
}

fn post(text: &str) -> Post {
    let id = PostId::parse(Network::X, "5000001").expect("an id");
    let account = Account::parse(Network::X, "42").expect("an id");
    Post { handle: "ana".into(), ..Post::new(id, account, Timestamp::MIN, text) }
}

/// The reading of a post, in one or a few words.
fn reading(post: &Post) -> String {
    let offer = |listing: usize| if listing == KETTLE { "kettle" } else { "mixer" };
    match catalog().read(post) {
        Reading::Unrelated => "nothing".to_owned(),
        Reading::Refused { listing, outcome } => format!("{outcome} {}", offer(listing)),
        Reading::Asks { listing, intent: Intent::Buy(_), units } => format!("buy {units} {}", offer(listing)),
        Reading::Asks { listing, intent, units: 1 } => format!("{intent:?} {}", offer(listing)),
        Reading::Asks { .. } => panic!("only claims have units"),
        Reading::Refers(intent) => format!("{intent:?}"),
    }
}

#[test]
fn a_claim_has_its_units() {
    for (text, expected) in [
        ("#BuyKettle", "buy 1 kettle"),
        ("#buykettle x3", "buy 3 kettle"),
        ("2x #GetMixer0 please", "buy 1 mixer"),
        ("#GetMixer0, (x 2) please", "buy 2 mixer"),
        ("my BMW X5 #GetMixer0", "buy 1 mixer"),
        ("#BuyKettle x0", "nothing"),
        ("#BuyKettle x0 #GetMixer0", "nothing"),
        ("#BuyKettle x99999999999", "buy 4294967295 kettle"),
        ("#BuyKettle #GetMixer0 x2", "buy 1 kettle"),
        ("＃ＢｕｙＫｅｔｔｌｅ x2", "buy 2 kettle"),
        ("#𝐁𝐮𝐲𝐊𝐞𝐭𝐭𝐥𝐞", "buy 1 kettle"),
        ("#unrelated x2 #BuyKettle x3", "buy 3 kettle"),
        ("#ConfirmKettle x2", "Confirm(OfferNo(0)) kettle"),
        ("#CancelKettle x0", "Cancel(OfferNo(0)) kettle"),
    ] {
        assert_eq!(reading(&post(text)), expected, "{text}");
    }
}

#[test]
fn a_look_alike_tag_is_explained() {
    for (tag, offer) in [
        ("BuyKett1e", "kettle"),
        ("buykett1e", "kettle"),
        ("BuyKettIe", "kettle"),
        ("Buy\u{200D}Kettle", "kettle"),
        ("BuуKettle", "kettle"),
        ("ВuyKettle", "kettle"),
        ("Cance1Kett1e", "kettle"),
        ("GetMixerO", "mixer"),
        ("getrnixer0", "mixer"),
        ("GetМixer0", "mixer"),
        ("getМixer0", "mixer"),
        ("TakeIronMіxer", "mixer"),
        ("TakelronMixer", "mixer"),
    ] {
        assert_eq!(reading(&post(&format!("a #{tag} x2"))), format!("look_alike_tag {offer}"), "{tag}");
    }
}

#[test]
fn a_visibly_different_tag_is_no_offers() {
    for tag in [
        "BuyKettl",
        "BuyKettles",
        "BuyKettle2",
        "Kettle",
        "BuyKétte",
        "BuyKettlé",
        "買うKettle",
        "cafe",
        "ビルド",
        "GetMixer",
        "Getmixer8",
    ] {
        assert_eq!(reading(&post(&format!("a #{tag}"))), "nothing", "{tag}");
    }
}

#[test]
fn an_exact_tag_takes_precedence_at_any_position() {
    for (text, expected) in [
        ("#BuyKett1e #BuyKettle", "buy 1 kettle"),
        ("#GetMixerO or rather #BuyKettle x2", "buy 2 kettle"),
        ("#BuyKettle #GetMixerO", "buy 1 kettle"),
        ("#BuyKett1e #GetMixerO", "look_alike_tag kettle"),
        ("#GetMixerO #BuyKett1e", "look_alike_tag mixer"),
        ("#BUYKETTLE", "buy 1 kettle"),
        ("RT @bob: #BuyKettle #BuyKett1e", "manual_repost kettle"),
        // Own words come before the words of others, wherever they stand.
        ("“@bob: #BuyKettle x2” #GetMixer0", "buy 1 mixer"),
        ("“@bob: #BuyKettle x2” #BuyKettle x3", "buy 3 kettle"),
        ("#BuyKett1e RT @bob: #GetMixer0", "look_alike_tag kettle"),
        ("“@bob: #BuyKettle” #GetMixerO", "look_alike_tag mixer"),
    ] {
        assert_eq!(reading(&post(text)), expected, "{text}");
    }
}

/// Marks of one quotation, and of one tag.
fn marked(quoted: Option<Range<usize>>, tag: Option<Range<usize>>) -> Option<Box<Markup>> {
    let tags = tag.map(|tag| std::iter::once(tag).collect());
    Some(Box::new(Markup { quoted: quoted.into_iter().collect(), tags }))
}

/// A change after which a post is not its author's own, and the readings of a tag, a look-alike and an
/// account command.
type Row = (&'static str, fn(&mut Post), [&'static str; 3]);

#[test]
fn authorship_is_judged_first() {
    let table: [Row; 12] = [
        ("a buyer's", |_| (), ["buy 1 kettle", "look_alike_tag kettle", "Stop"]),
        (
            "the shop's own",
            |post| post.account = Account::parse(Network::X, "9001").expect("an id"),
            ["own_post kettle", "nothing", "nothing"],
        ),
        (
            "by hand",
            |post| post.text.insert_str(0, "RT @bob: "),
            ["manual_repost kettle", "nothing", "nothing"],
        ),
        (
            "beside a quoted post",
            |post| post.quote_of = Some(post.id.clone()),
            ["buy 1 kettle", "look_alike_tag kettle", "Stop"],
        ),
        (
            "in a quotation",
            |post| post.markup = marked(Some(0..1), None),
            ["quoted kettle", "nothing", "nothing"],
        ),
        (
            "where the network shows no tag",
            |post| post.markup = marked(None, Some(0..3)),
            ["nothing", "nothing", "Stop"],
        ),
        (
            "where the network shows a tag",
            |post| post.markup = marked(None, Some(0..10)),
            ["buy 1 kettle", "look_alike_tag kettle", "Stop"],
        ),
        (
            "behind a quotation",
            |post| {
                post.text.insert_str(0, "é RT #x ");
                post.markup = marked(Some(0..8), None);
            },
            ["buy 1 kettle", "look_alike_tag kettle", "nothing"],
        ),
        ("of an edit", |post| post.edited = true, ["edited kettle", "nothing", "nothing"]),
        ("of a deletion", |post| post.deleted = true, ["Delete", "Delete", "Delete"]),
        (
            "with a repost behind",
            |post| post.text.push_str(" RT @bob: hello"),
            ["buy 1 kettle", "look_alike_tag kettle", "nothing"],
        ),
        (
            "of a reply",
            |post| post.in_reply_to = Some(post.id.clone()),
            ["buy 1 kettle", "look_alike_tag kettle", "Stop"],
        ),
    ];
    for (name, change, expected) in table {
        for (text, expected) in ["#BuyKettle", "#BuyKett1e", "@CornerShop stop"].into_iter().zip(expected) {
            let mut post = post(text);
            change(&mut post);
            assert_eq!(reading(&post), expected, "words {name}: {text}");
        }
    }
}

/// A shop whose tags are of other scripts.
fn catalog_of(buy: &str, confirm: &str) -> Catalog {
    let shop = SHOP.replace("BuyKettle", buy).replace("ConfirmKettle", confirm);
    let file = parse_offers(&shop, "the test's offers").expect("a sound file");
    Catalog::unnumbered(&file.offerings(), file.shop.front())
}

#[test]
fn tags_of_any_script_are_found_in_every_spelling() {
    let table = [
        ("セール", "確認", "＃ｾｰﾙ x2", "buy 2"),
        ("セール", "確認", "今だけ #セール、", "buy 1"),
        ("セール", "確認", "#セ一ル", "look_alike_tag"),
        ("セール", "確認", "#セールス", "nothing"),
        ("खरीदो", "पुष्टि", "#खरीदो x2", "buy 2"),
        ("اشتر", "تأكيد", "#اشتر، x2", "buy 2"),
        ("اشتر", "تأكيد", "#تأكيد", "confirm"),
        ("사기", "확인하기", "#\u{1109}\u{1161}\u{1100}\u{1175}", "buy 1"),
        ("KaufTöpfe", "Bestätige", "#KAUFTÖPFE", "buy 1"),
        ("KaufTöpfe", "Bestätige", "#kaufto\u{308}pfe", "buy 1"),
        ("KaufTöpfe", "Bestätige", "#KaufTopfe", "nothing"),
        ("KaufTöpfe", "Bestätige", "#KaufТöpfe", "look_alike_tag"),
        ("KaufStraße", "Bestätige", "#KAUFSTRASSE", "buy 1"),
        ("Купить", "Подтвердить", "#КУПИТЬ", "buy 1"),
        ("Купить", "Подтвердить", "#Kупить", "look_alike_tag"),
        ("Купить", "Подтвердить", "#kупить", "look_alike_tag"),
        ("می\u{200c}خرم", "تأكيد", "#می\u{200c}خرم", "buy 1"),
        ("می\u{200c}خرم", "تأكيد", "#میخرم", "look_alike_tag"),
    ];
    for (buy, confirm, text, expected) in table {
        let found = match catalog_of(buy, confirm).read(&post(text)) {
            Reading::Unrelated => "nothing".to_owned(),
            Reading::Refused { listing: KETTLE, outcome } => outcome.to_string(),
            Reading::Asks { listing: KETTLE, intent: Intent::Buy(_), units } => format!("buy {units}"),
            Reading::Asks { listing: KETTLE, intent: Intent::Confirm(_), .. } => "confirm".to_owned(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(found, expected, "{buy}: {text}");
    }
}

#[test]
fn a_repost_is_a_repost_whatever_its_text() {
    let of = PostId::parse_reference("7").expect("an id");
    for (text, tagged) in
        [("#BuyKettle x2", Some(OfferNo(0))), ("#BuyKett1e", None), ("@CornerShop STOP", None), ("", None)]
    {
        let intent = Intent::Repost { of: of.clone(), tagged };
        let expected = match tagged {
            Some(_) => Reading::Asks { listing: KETTLE, intent, units: 1 },
            None => Reading::Refers(intent),
        };
        let post = Post { repost_of: Some(of.clone()), ..post(text) };
        assert_eq!(catalog().read(&post), expected, "{text}");
    }
}

#[test]
fn a_shop_without_a_plain_handle_has_no_account_commands() {
    let named = |name: &str| {
        let file =
            parse_offers(&SHOP.replace("Corner Shop", name), "the test's offers").expect("a sound file");
        Catalog::new(Vec::new(), file.shop.front()).read(&post("@CornerShop STOP"))
    };
    assert_eq!(named("Corner Shop"), Reading::Refers(Intent::Stop));
    assert_eq!(named("Café Corner"), Reading::Unrelated);
}

/// Spellings with confusable letters, and some that are not.
fn spelled(tag: &'static str) -> impl Strategy<Value = String> {
    let letter = |ch: char| {
        let others = match ch.to_ascii_lowercase() {
            'e' => "eEеé", // the third one is Cyrillic
            'l' => "lL1Iiӏ",
            'i' => "iIl1іІ",
            'm' => "mMМмｍ",
            'o' => "oO0оОο",
            '0' => "0oOО",
            't' => "tTтＴ",
            _ => "",
        };
        select(others.chars().chain([ch; 4]).map(String::from).chain(["rn".to_owned()]).collect::<Vec<_>>())
    };
    tag.chars().map(letter).collect::<Vec<_>>().prop_map(|letters| letters.concat())
}

/// A shop with enough offers for prefetching to be worthwhile.
fn large_catalog(offers: usize) -> Catalog {
    let file = parse_offers(SHOP, "the test's offers").expect("a sound file");
    let one = file.offerings().remove(0);
    let Offering::Purchase(terms) = one else { panic!("a kettle is bought") };
    let offering = |no: usize| {
        let mut terms = (*terms).clone();
        terms.tags.buy = format!("BuyThing{no}").into();
        terms.tags.confirm = Some(format!("ConfirmThing{no}").into());
        terms.tags.cancel = Some(format!("CancelThing{no}").into());
        Offering::from(terms)
    };
    Catalog::unnumbered(&(0..offers).map(offering).collect::<Vec<_>>(), file.shop.front())
}

#[test]
fn each_of_thousands_of_tags_is_found_with_and_without_prefetching() {
    let catalog = large_catalog(2_000);
    let texts: Vec<String> = (0..2_000).map(|no| format!("Sunny! #weather #bUYtHING{no}")).collect();
    let read = || texts.iter().map(|text| catalog.read(&post(text))).collect::<Vec<_>>();
    let expected: Vec<_> = (0..2_000_usize)
        .map(|listing| {
            let intent = Intent::Buy(OfferNo(u32::try_from(listing).expect("a small number")));
            Reading::Asks { listing, intent, units: 1 }
        })
        .collect();
    assert_eq!(read(), expected);
    catalog.prefetch(texts.iter().map(String::as_str));
    assert_eq!(read(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The catalog's index finds the same as a comparison with every tag of every offer.
    #[test]
    fn the_index_finds_what_a_comparison_finds(
        tag in prop_oneof![
            select(TAGS.to_vec()).prop_flat_map(spelled),
            "[a-zA-Z_][a-zA-Z0-9_]{0,60}",
            vec(select("BuyKetl1IrnmМ0Oоéу買".chars().collect::<Vec<_>>()), 1..12)
                .prop_map(|chars| chars.into_iter().chain(['a']).collect()),
        ],
    ) {
        let listing = |at: usize| if at < 3 { KETTLE } else { MIXER };
        let same = TAGS.iter().position(|live| same_tag(live, &tag));
        let twin = TAGS.iter().position(|live| look_alike(live, &tag));
        let expected = match (same, twin) {
            (Some(at), _) => Some((listing(at), true)),
            (None, Some(at)) => Some((listing(at), false)),
            (None, None) => None,
        };
        let found = match catalog().read(&post(&format!("#{tag}"))) {
            Reading::Asks { listing, .. } => Some((listing, true)),
            Reading::Refused { listing, .. } => Some((listing, false)),
            _ => None,
        };
        prop_assert_eq!(found, expected, "{}", tag);
    }
}
