//! Valid offer files.

use std::collections::BTreeMap;
use std::io::Write;

use flashtag::config::offers::read_offers;
use flashtag::domain::id::{Account, AuthorId, Network, OfferId};
use flashtag::domain::link::Funding;
use flashtag::domain::terms::{Tags, Tax, Terms};

use super::{GOOD, read, with_line};

#[test]
fn every_key_of_an_offer_is_read() {
    let file = read(
        r##"
[shop]
name = "Corner Shop"
accounts = { x = "77", bluesky = "did:plc:abc", mastodon = "https://m.example/users/shop" }
handles = { x = "corner_shop", mastodon = "corner@shop.example" }
time_zone = "America/New_York"
link_url = "https://shop.example/link"

[[offer]]
id = "bracelet"
campaign = "spring"
kind = "purchase"
title = "Bracelet by Zen"
tags = { buy = "BuyZen", confirm = "ConfirmZen", cancel = "CancelZen" }
price = "40.00 USD"
tax = { "US-NY" = "8.875%", "*" = "0%" }
units = 250
opens = 2013-02-13T12:00:00-05:00   # TOML's own instants will do
closes = "2013-03-03T23:59:59-05:00"
confirm_within = "20m"
late_grace = "45s"
prompt_patience = "3m"
max_lateness = "30m"
limit_per_account = 2
waitlist = false
waitlist_max = 10
brands = ["amex", "visa"]
fundings = ["credit", "prepaid"]
terms_url = "https://shop.example/terms/zen"
"##,
    )
    .unwrap();
    assert_eq!((file.shop.name.as_str(), file.shop.time_zone.as_str()), ("Corner Shop", "America/New_York"));
    let author = |network, id| (network, AuthorId::parse(network, id).unwrap());
    let accounts = [
        author(Network::X, "77"),
        author(Network::Bluesky, "did:plc:abc"),
        author(Network::Mastodon, "https://m.example/users/shop"),
    ];
    assert_eq!(file.shop.accounts, accounts.into());
    let handles = [
        (Network::X, "corner_shop".into()),
        (Network::Bluesky, "CornerShop".into()),
        (Network::Mastodon, "corner@shop.example".into()),
    ];
    assert_eq!(file.shop.handles, handles.into());
    assert_eq!(file.shop.time_zone, "America/New_York");
    let rates = [("US-NY", "8.875%"), ("*", "0%")];
    let rates: BTreeMap<_, _> =
        rates.iter().map(|(name, rate)| ((*name).into(), rate.parse().unwrap())).collect();
    let expected = Terms {
        id: OfferId::parse("bracelet").unwrap(),
        campaign: "spring".into(),
        title: "Bracelet by Zen".into(),
        tags: Tags {
            buy: "BuyZen".into(),
            confirm: Some("ConfirmZen".into()),
            cancel: Some("CancelZen".into()),
        },
        price: "40 USD".parse().unwrap(),
        tax: Tax::ByRegion(rates),
        units: 250,
        opens: "2013-02-13T17:00:00Z".parse().unwrap(),
        closes: "2013-03-04T04:59:59Z".parse::<flashtag::domain::time::Timestamp>().unwrap().into(),
        confirm_within: "20m".parse().unwrap(),
        late_grace: "45s".parse().unwrap(),
        prompt_patience: "3m".parse().unwrap(),
        max_lateness: "30m".parse().unwrap(),
        limit_per_account: 2,
        waitlist: false,
        waitlist_max: 10,
        brands: vec!["amex".into(), "visa".into()],
        fundings: vec![Funding::Credit, Funding::Prepaid].into(),
        networks: vec![Network::X, Network::Bluesky, Network::Mastodon],
        terms_url: Some("https://shop.example/terms/zen".into()),
        rules: flashtag::domain::rules::Rules::default(),
    };
    assert_eq!(file.offers, [expected]);
}

#[test]
fn an_omitted_key_has_its_documented_default() {
    let file = read(GOOD).unwrap();
    let terms = &file.offers[0];
    assert_eq!(terms.campaign, "kindle-fire-hd");
    assert_eq!(terms.tags.cancel, None);
    assert_eq!(terms.tax, Tax::Flat("0%".parse().unwrap()));
    assert_eq!(terms.confirm_within.to_string(), "15m");
    assert_eq!(terms.late_grace.to_string(), "30s");
    assert_eq!(terms.prompt_patience.to_string(), "2m");
    assert_eq!(terms.max_lateness.to_string(), "1h");
    assert_eq!((terms.limit_per_account, terms.waitlist, terms.waitlist_max), (1, true, 1_000_000));
    assert!(terms.brands.is_empty());
    assert_eq!(terms.fundings.as_slice(), Terms::FUNDINGS);
    assert_eq!(terms.networks, [Network::X]);
    assert_eq!(terms.terms_url, None);
    assert_eq!(file.shop.handles, [(Network::X, "AmexSync".into())].into());
    assert_eq!(file.shop.time_zone, "UTC");
}

#[test]
fn the_shops_handles_are_read() {
    let table: [(&str, &str, &[&str]); 7] = [
        ("AmexSync", "", &["AmexSync"]),
        ("Amex  Sync", "", &["AmexSync"]),
        ("Café Amex", "", &[]),
        ("Amex & Co.", "", &[]),
        ("Café Amex", "handles = { x = \"cafe\" }", &["cafe"]),
        (
            "Amex",
            "handles = { x = \"AmexSync\", bluesky = \"amexsync.bsky.social\", mastodon = \"amexsync\" }",
            &["AmexSync", "amexsync.bsky.social"],
        ),
        ("AmexSync", "handles = {}", &["AmexSync"]),
    ];
    for (name, more, handles) in table {
        let front = read(&with_line(2, &format!("name = \"{name}\"\n{more}"))).unwrap().shop.front();
        assert_eq!(front.handles, handles, "{name} {more}");
        assert_eq!(front.own, [Account::parse(Network::X, "9001").unwrap()], "{name}");
    }
}

#[test]
fn a_time_zone_is_read_by_its_name() {
    for (zone, known) in [
        ("UTC", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("asia/kolkata", "Asia/Kolkata"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ] {
        let file =
            read(&with_line(3, &format!("accounts = {{ x = \"9001\" }}\ntime_zone = \"{zone}\""))).unwrap();
        assert_eq!(file.shop.time_zone, known);
    }
}

#[test]
fn reminders_are_an_option() {
    for (line, reminder) in [("", false), ("reminder = false", false), ("reminder = true", true)] {
        let file = read(&with_line(11, &format!("units = 5\n{line}"))).unwrap();
        assert_eq!(file.offers[0].rules.reminder, reminder, "{line}");
    }
}

#[test]
fn limits_are_inclusive() {
    let table = [
        (11, "units = 100_000_000"),
        (11, "units = 1"),
        (11, "units = 0x10"),
        (13, "closes = \"2013-02-13T12:00:00.001-05:00\""),
        (13, "closes = \"2013-03-03T23:59:59-05:00\"\nconfirm_within = \"114h\""),
        (13, "closes = \"2013-03-03T23:59:59Z\"\nlimit_per_account = 1000"),
        (10, "price = \"0.01 USD\""),
        (10, "price = \"1 JPY\"\ntax = \"100%\""),
        (9, "tags = { buy = \"Buy\", confirm = \"C_1\" }"),
        (9, "tags = { buy = \"BuyKindleFireHD\" }\nconfirm_within = \"0s\""),
        (11, "units = 5\nconfirm_within = \"181s\"\nreminder = true"),
        (9, "tags = { buy = \"セール\", confirm = \"確認\" }"),
        (9, "tags = { buy = \"खरीदो\", confirm = \"पुष्टि\" }"),
        (9, "tags = { buy = \"اشتر\", confirm = \"تأكيد\" }"),
        (9, "tags = { buy = \"사기\", confirm = \"확인하기\" }"),
        (9, "tags = { buy = \"KaufTöpfe\", confirm = \"BestätigeTöpfe\", cancel = \"LassTo\u{308}pfe\" }"),
        (9, "tags = { buy = \"Купить_2\", confirm = \"Подтвердить\" }"),
        (9, "tags = { buy = \"می\u{200c}خرم\", confirm = \"SALEセール\" }"),
        (8, "title = \"#1 in C# courses, 世界 🎁\""),
        (3, "accounts = { mastodon = \"http://m.example:8080/ap/01HZX-abc\" }"),
    ];
    for (line, by) in table {
        read(&with_line(line, by)).unwrap_or_else(|faults| panic!("{by}\n{faults}"));
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_ignored() {
    let windows = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    assert_eq!(read(&windows).unwrap(), read(GOOD).unwrap());
}

#[test]
fn a_file_is_read_from_the_disk() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(GOOD.as_bytes()).unwrap();
    assert_eq!(read_offers(file.path()).unwrap(), read(GOOD).unwrap());
}
