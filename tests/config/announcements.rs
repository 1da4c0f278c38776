//! Every announcement fits its network and has the facts that a buyer needs.

use flashtag::domain::draw::Seed;
use flashtag::domain::effect::Announcement;
use flashtag::domain::id::Network;
use flashtag::domain::rules::{DrawRule, Rules};
use flashtag::domain::terms::Terms;
use flashtag::words::announcement::{announce as announce_where, fits};
use proptest::prelude::*;

use super::{GOOD, read};

const ANNOUNCEMENTS: [Announcement; 3] =
    [Announcement::Opening, Announcement::SoldOut, Announcement::Closing];

/// What is announced where the network's source delivers all it can.
fn announce(terms: &Terms, network: Network, announcement: Announcement) -> Option<String> {
    announce_where(terms, network, network.facts().delivers, announcement)
}

fn offer(title: &str, tag: &str) -> Terms {
    let mut terms = read(GOOD).unwrap().offers.remove(0);
    terms.title = title.into();
    terms.tags.buy = tag.into();
    terms.tax = flashtag::domain::terms::Tax::Flat("8.875%".parse().unwrap());
    terms.brands = vec!["amex".into()];
    terms.terms_url = Some("https://shop.example/terms/P35BDC0A".into());
    terms
}

#[test]
fn an_opening_says_price_tax_tag_quantity_limit_end_and_terms() {
    assert_eq!(
        announce(&offer("Kindle Fire HD", "BuyKindleFireHD"), Network::X, Announcement::Opening).unwrap(),
        "Kindle Fire HD for 149.99 USD +tax with your linked American Express card. Reply #BuyKindleFireHD to buy. \
         Qty ltd. Limit 1 each. Ends 2013-03-04 04:59 UTC. Terms: https://shop.example/terms/P35BDC0A"
    );
}

#[test]
fn an_opening_names_the_cards_as_people_say() {
    for (brands, words) in [
        (&["mastercard"][..], " with your linked Mastercard. "),
        (&["visa", "mastercard"], " with your linked Visa or Mastercard. "),
        (&["mastercard", "amex"], " with your linked Mastercard or American Express card. "),
        (&[], " with your linked card. "),
    ] {
        let mut terms = offer("Kindle Fire HD", "BuyKindleFireHD");
        terms.brands = brands.iter().map(|brand| (*brand).into()).collect();
        let text = announce(&terms, Network::X, Announcement::Opening).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn an_opening_leaves_out_what_the_offer_lacks() {
    let plain = read(GOOD).unwrap().offers.remove(0);
    assert_eq!(
        announce(&plain, Network::Mastodon, Announcement::Opening).unwrap(),
        "Kindle Fire HD for 149.99 USD with your linked card. Post #BuyKindleFireHD to buy. \
         Qty ltd. Limit 1 each. Ends 2013-03-04 04:59 UTC."
    );
}

#[test]
fn sold_out_and_closed_name_the_title_and_no_tag() {
    let terms = offer("Kindle Fire HD", "BuyKindleFireHD");
    let text = |announcement| announce(&terms, Network::Bluesky, announcement).unwrap();
    assert_eq!(
        text(Announcement::SoldOut),
        "Sold out: Kindle Fire HD. Every unit has found its buyer. Thank you!"
    );
    assert_eq!(
        text(Announcement::Closing),
        "Closed: Kindle Fire HD. This sale is over. A unit that is reserved for you can still be confirmed \
         within its time."
    );
    let one_step = Terms { confirm_within: flashtag::domain::time::Millis::ZERO, ..terms.clone() };
    let closing = announce(&one_step, Network::X, Announcement::Closing).unwrap();
    assert_eq!(closing, "Closed: Kindle Fire HD. This sale is over.");
}

#[test]
fn a_restock_invites_again_and_a_draw_reveals_its_seed() {
    let terms = offer("Kindle Fire HD", "BuyKindleFireHD");
    let text = |announcement| announce(&terms, Network::X, announcement).unwrap();
    assert_eq!(
        text(Announcement::Restock { units: 5 }),
        "Back on sale: Kindle Fire HD: 5 units for 149.99 USD. Reply #BuyKindleFireHD to buy. Ends 2013-03-04 04:59 UTC."
    );
    let seed: Seed = "5a".repeat(32).parse().unwrap();
    let window = flashtag::domain::time::Millis::from_secs(300);
    let draw = Some(DrawRule { window, seed });
    let drawn = Terms { rules: Rules { draw, ..Rules::default() }, ..terms };
    for network in Network::ALL {
        let before = announce(&drawn, network, Announcement::Opening).unwrap();
        assert!(before.contains(&seed.hash()) && !before.contains(&seed.reveal()), "{before}");
        assert!(before.contains("first 5 minutes"), "{before}");
        let after = announce(&drawn, network, Announcement::Drawn { entries: 1200 }).unwrap();
        assert!(after.contains(&seed.reveal()) && after.contains("1200 entries"), "{after}");
    }
    // sha256sum of 64 digits: printf '5a%.0s' $(seq 32) | sha256sum
    assert_eq!(seed.hash(), "0e53aae2eabd575555371f862cb885ff20472caced1f5e8fc80291b2f03dcab6");
}

#[test]
fn the_six_precedent_offers_fit_every_network_unshortened() {
    let table = [
        ("$25 American Express gift card", "BuyAmexGiftCard25"),
        ("Kindle Fire HD", "BuyKindleFireHD"),
        ("Xbox 360 bundle", "BuyXbox360Bundle"),
        ("Xbox wireless controller", "BuyXboxController"),
        ("Action cam pack", "BuyActionCamPack"),
        ("Urban Zen bracelet", "BuyUrbanZenBracelet"),
    ];
    for (title, tag) in table {
        let terms = offer(title, tag);
        for (network, announcement) in Network::ALL
            .into_iter()
            .flat_map(|network| ANNOUNCEMENTS.map(|announcement| (network, announcement)))
        {
            let text = announce(&terms, network, announcement).unwrap();
            assert!(fits(network, &text), "{text}");
            assert!(text.contains(title), "{text}");
            assert_eq!(text.contains(tag), announcement == Announcement::Opening, "{text}");
            assert_eq!(text.contains("Terms: https://"), announcement == Announcement::Opening, "{text}");
        }
    }
}

#[test]
fn a_long_title_loses_its_tail_before_a_sentence_is_dropped() {
    let title = "A very long title indeed, ".repeat(11);
    let text = announce(&offer(&title, "BuyIt"), Network::X, Announcement::Opening).unwrap();
    assert!(text.starts_with("A very long title indeed,"), "{text}");
    assert!(
        text.contains("… for 149.99 USD +tax with your linked American Express card. Reply #BuyIt to buy."),
        "{text}"
    );
    assert!(text.ends_with("Terms: https://shop.example/terms/P35BDC0A"), "{text}");
}

#[test]
fn sentences_are_dropped_in_the_order_of_their_importance() {
    let mut terms = offer(&"語".repeat(300), &"Buy".repeat(16));
    terms.brands = vec!["a-brand-with-a-very-long-name-01".into(), "a-brand-with-a-very-long-name-02".into()];
    let text = announce(&terms, Network::X, Announcement::Opening).unwrap();
    assert!(!text.contains("brand"), "the card goes first: {text}");
    assert!(text.contains("Terms: "), "{text}");
    terms.terms_url = Some(format!("https://shop.example/{}", "t".repeat(400)).into());
    let text = announce(&terms, Network::Bluesky, Announcement::Opening).unwrap();
    assert!(!text.contains("Terms: ") && text.contains("Limit 1 each."), "then the terms: {text}");
}

#[test]
fn a_text_that_cannot_fit_is_not_posted() {
    let terms = offer(&format!("e{}", "\u{301}".repeat(600)), "BuyIt");
    assert_eq!(announce(&terms, Network::X, Announcement::SoldOut), None);
    assert!(
        announce(&terms, Network::Bluesky, Announcement::SoldOut).is_some(),
        "to Bluesky that is one grapheme"
    );
}

fn titles() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[a-z ]{1,30}",
        "[一-龥]{1,30}",
        Just("👩‍👩‍👧‍👦".to_owned()),
        Just("🇩🇪🇫🇷".to_owned()),
        Just("e\u{301}\u{302}".to_owned()),
        Just(" amazon.com/a ".to_owned()),
        "\\PC{1,20}",
    ];
    proptest::collection::vec(pieces, 1..40)
        .prop_map(|pieces| pieces.concat().replace(['#', '＃'], "").chars().take(300).collect::<String>())
        .prop_filter("a title is not blank", |title| !title.trim().is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_title_makes_an_announcement_overflow(title in titles(), tag in "[A-Za-z][A-Za-z0-9_]{2,49}") {
        let terms = offer(&title, &tag);
        for (network, announcement) in Network::ALL.into_iter().flat_map(|network| ANNOUNCEMENTS.map(|announcement| (network, announcement))) {
            let Some(text) = announce(&terms, network, announcement) else { continue };
            prop_assert!(fits(network, &text), "{}", text);
            let hashtag = format!("#{tag}");
            prop_assert_eq!(text.contains(&hashtag), announcement == Announcement::Opening);
            if announcement == Announcement::Opening {
                prop_assert!(text.contains("149.99 USD +tax"));
                prop_assert!(text.contains("Ends 2013-03-04 04:59 UTC."));
            }
        }
    }
}

#[test]
fn an_opening_says_what_the_price_includes_and_what_is_added() {
    let table = [
        (false, None, " for 149.99 USD +tax with"),
        (true, None, " for 149.99 USD incl. VAT with"),
        (true, Some("4.99 USD"), " for 149.99 USD incl. VAT +4.99 USD shipping with"),
        (false, Some("4.99 USD"), " for 149.99 USD +tax +4.99 USD shipping with"),
    ];
    for (price_includes_tax, shipping, words) in table {
        let mut terms = offer("Kindle", "BuyKindle");
        let shipping = shipping.map(|amount: &str| amount.parse().unwrap());
        terms.rules = Rules { price_includes_tax, shipping, ..Rules::default() };
        let text = announce(&terms, Network::Bluesky, Announcement::Opening).unwrap();
        assert!(text.contains(words), "{words} is not in {text}");
    }
}
