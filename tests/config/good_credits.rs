//! Valid statement-credit offers, and their announcements.

use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::effect::Announcement;
use flashtag::domain::id::{Network, OfferId};
use flashtag::domain::link::Funding;
use flashtag::domain::money::Money;
use flashtag::domain::terms::Terms;
use flashtag::words::announcement::{announce_credit as announce_where, fits};

use super::{GOOD, GOOD_CREDIT, read, replaced};

const ANNOUNCEMENTS: [Announcement; 3] =
    [Announcement::Opening, Announcement::SoldOut, Announcement::Closing];

/// What is announced where the network's source delivers all it can.
fn announce_credit(terms: &CreditTerms, network: Network, announcement: Announcement) -> Option<String> {
    announce_where(terms, network, network.facts().delivers, announcement)
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn good() -> CreditTerms {
    read(GOOD_CREDIT).unwrap().credits.remove(0)
}

#[test]
fn every_key_of_a_credit_is_read() {
    let file = read(
        r##"
[shop]
name = "Corner Shop"
accounts = { x = "77", mastodon = "https://m.example/users/shop" }

[[offer]]
id = "shop-small"
campaign = "autumn"
kind = "credit"
title = "Shop small, earn big"
tags = { enroll = "ShopSmall" }
credit = "8.5%"
credit_max = "50.00 USD"
min_spend = "10.00 USD"
merchants = ["m-100", "cafe/7", "m-101"]
uses_per_card = 3
enrollments = 250
opens = 2013-02-13T12:00:00-05:00
closes = "2013-03-03T23:59:59-05:00"
valid_until = "2013-03-03T23:59:59-05:00"
late_grace = "45s"
max_lateness = "30m"
brands = ["amex"]
fundings = ["credit", "charge"]
terms_url = "https://shop.example/terms/small"
"##,
    )
    .unwrap();
    let expected = CreditTerms {
        id: OfferId::parse("shop-small").unwrap(),
        campaign: "autumn".into(),
        title: "Shop small, earn big".into(),
        enroll: "ShopSmall".into(),
        reward: Reward::Share { rate: "8.5%".parse().unwrap(), most: money("50.00 USD") },
        min_spend: money("10.00 USD"),
        merchants: vec!["m-100".into(), "cafe/7".into(), "m-101".into()],
        uses_per_card: 3,
        enrollments: 250,
        opens: "2013-02-13T17:00:00Z".parse().unwrap(),
        closes: "2013-03-04T04:59:59Z".parse::<flashtag::domain::time::Timestamp>().unwrap().into(),
        valid_until: "2013-03-04T04:59:59Z".parse::<flashtag::domain::time::Timestamp>().unwrap().into(),
        late_grace: "45s".parse().unwrap(),
        max_lateness: "30m".parse().unwrap(),
        brands: vec!["amex".into()],
        fundings: vec![Funding::Credit, Funding::Charge].into(),
        networks: vec![Network::X, Network::Mastodon],
        terms_url: Some("https://shop.example/terms/small".into()),
    };
    assert_eq!(file.credits, [expected]);
    assert!(file.offers.is_empty(), "a file may have credits only");
}

#[test]
fn an_omitted_key_of_a_credit_has_its_default() {
    let terms = good();
    assert_eq!(terms.campaign, "small-business-saturday");
    assert_eq!(terms.title, "Small Business Saturday");
    assert_eq!(terms.reward, Reward::Fixed(money("25.00 USD")));
    assert_eq!(terms.uses_per_card, 1);
    assert_eq!((terms.late_grace.to_string(), terms.max_lateness.to_string()), ("30s".into(), "1h".into()));
    assert!(terms.brands.is_empty());
    assert_eq!(terms.fundings.as_slice(), Terms::FUNDINGS);
    assert_eq!(terms.terms_url, None);
}

#[test]
fn a_title_defaults_to_the_id() {
    for (id, title) in [("small", "Small"), ("10-off--coffee", "10 Off Coffee"), ("a1-b", "A1 B")] {
        let text = replaced(GOOD_CREDIT, 6, &format!("id = \"{id}\""));
        assert_eq!(read(&text).unwrap().credits[0].title, title);
    }
}

#[test]
fn limits_of_credits_are_inclusive() {
    let table = [
        (9, "credit = \"0.01 USD\""),
        (9, "credit = \"100%\"\ncredit_max = \"0.01 USD\""),
        (9, "credit = \"0.04%\"\ncredit_max = \"5.00 USD\""), // exactly a cent of 25.00
        (9, "credit = \"99.00 USD\""),                        // more than the minimum: the shop's own choice
        (10, "min_spend = \"0.01 USD\""),
        (12, "enrollments = 1"),
        (12, "enrollments = 100_000_000\nuses_per_card = 100_000_000\ncampaign = \"all\""),
        (15, "valid_until = \"2013-03-03T23:59:59-05:00\""),
    ];
    for (line, by) in table {
        let text = replaced(GOOD_CREDIT, line, by);
        let text = if by.contains("uses") { text.replace("\"25.00 USD\"", "\"0.01 USD\"") } else { text };
        read(&text).unwrap_or_else(|faults| panic!("{by}\n{faults}"));
    }
}

#[test]
fn a_file_may_hold_purchase_and_credit_offers_in_order() {
    let credit = GOOD_CREDIT.split_once("\n\n").expect("a shop and an offer").1;
    let second = credit.replace("small-business", "second").replace("AmexSmallBiz", "AmexSecond");
    let file = read(&format!("{GOOD_CREDIT}\n{}\n{second}", GOOD.split_once("\n\n").unwrap().1)).unwrap();
    let ids: Vec<&str> = file.credits.iter().map(|terms| terms.id.as_str()).collect();
    assert_eq!(ids, ["small-business-saturday", "second-saturday"]);
    assert_eq!(file.offers.len(), 1);
}

#[test]
fn a_share_of_a_purchase_is_rounded_down_and_bounded() {
    let share = |rate: &str, most: &str| CreditTerms {
        reward: Reward::Share { rate: rate.parse().unwrap(), most: money(most) },
        ..good()
    };
    let table = [
        (good(), "31.20 USD", "25.00 USD"),
        (share("10%", "50.00 USD"), "31.29 USD", "3.12 USD"),
        (share("10%", "3.11 USD"), "31.29 USD", "3.11 USD"),
        (share("100%", "50.00 USD"), "49.99 USD", "49.99 USD"),
        (share("0.0001%", "50.00 USD"), "9999.99 USD", "0.00 USD"),
        (share("100%", "50.00 USD"), "92233720368547758.07 USD", "50.00 USD"),
    ];
    for (terms, spent, credit) in table {
        assert_eq!(terms.credit_for(money(spent)), money(credit), "{spent} {:?}", terms.reward);
    }
}

#[test]
fn an_opening_says_reward_minimum_tag_places_uses_and_ends() {
    assert_eq!(
        announce_credit(&good(), Network::X, Announcement::Opening).unwrap(),
        "Small Business Saturday: 25.00 USD back on 25.00 USD or more with your linked card. \
         Reply #AmexSmallBiz to enroll. First 5000 cards. Once per card. \
         Enroll by 2013-03-04 04:59 UTC, spend by 2013-04-01 04:59 UTC."
    );
    let terms = CreditTerms {
        reward: Reward::Share { rate: "8.5%".parse().unwrap(), most: money("50.00 USD") },
        uses_per_card: 3,
        brands: vec!["amex".into()],
        terms_url: Some("https://shop.example/t".into()),
        ..good()
    };
    assert_eq!(
        announce_credit(&terms, Network::Mastodon, Announcement::Opening).unwrap(),
        "Small Business Saturday: 8.5% back, up to 50.00 USD, on 25.00 USD or more with your linked American Express card. \
         Post #AmexSmallBiz to enroll. First 5000 cards. Up to 3 times per card. \
         Enroll by 2013-03-04 04:59 UTC, spend by 2013-04-01 04:59 UTC. Terms: https://shop.example/t"
    );
}

#[test]
fn full_and_closed_name_the_title_and_no_tag() {
    let text = |announcement| announce_credit(&good(), Network::Bluesky, announcement);
    let still = "Purchases with enrolled cards count until 2013-04-01 04:59 UTC.";
    assert_eq!(
        text(Announcement::SoldOut).unwrap(),
        format!("Fully enrolled: Small Business Saturday. {still}")
    );
    assert_eq!(
        text(Announcement::Closing).unwrap(),
        format!("Closed: Small Business Saturday. Enrolling is over. {still}")
    );
    assert_eq!(text(Announcement::Restock { units: 5 }), None, "no units come back to such an offer");
    assert_eq!(text(Announcement::Drawn { entries: 5 }), None);
}

#[test]
fn announcements_of_credits_are_shortened_to_fit() {
    let terms = CreditTerms {
        title: "語".repeat(300).into(),
        enroll: "Get".repeat(16).into(),
        reward: Reward::Share { rate: "8.8755%".parse().unwrap(), most: money("92233720368547758.07 USD") },
        enrollments: u32::MAX,
        uses_per_card: u32::MAX,
        brands: vec!["a-brand-with-a-very-long-name-01".into()],
        terms_url: Some(format!("https://shop.example/{}", "t".repeat(400)).into()),
        ..good()
    };
    for (network, announcement) in
        Network::ALL.into_iter().flat_map(|network| ANNOUNCEMENTS.map(|announcement| (network, announcement)))
    {
        let text = announce_credit(&terms, network, announcement).unwrap();
        assert!(fits(network, &text), "{text}");
        assert!(text.contains("語語"), "{text}");
        let invites = announcement == Announcement::Opening;
        assert_eq!(text.contains(&format!("#{}", terms.enroll)), invites, "{text}");
        let ends = "Enroll by 2013-03-04 04:59 UTC, spend by 2013-04-01 04:59 UTC.";
        assert_eq!(text.contains(ends) && text.contains("8.8755% back"), invites, "{text}");
    }
    let short = announce_credit(&terms, Network::X, Announcement::Opening).unwrap();
    assert!(!short.contains("brand"), "the card goes first: {short}");
}
