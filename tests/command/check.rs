//! `check` shows a valid file as it will be announced, and names each fault of an invalid one by its place.

use super::{ACCOUNTS, OFFERS, POSTS, Sale};

fn check(sale: &Sale) -> super::Ran {
    super::flashtag(["check", "--offers", &sale.path("offers.toml").display().to_string()])
}

#[test]
fn a_valid_file_is_shown_with_its_announcements_and_their_lengths() {
    let sale = Sale::new(OFFERS.replace("shop.example", "shop.com"), "", "");
    let ran = check(&sale).must(0, &["no fault, 1 offer\n", "kindle: 1 units of Kindle at 149.99 USD"]);
    for announcement in ["opening", "sold out", "closing"] {
        assert!(ran.out.contains(&format!("  {announcement}, x, weighted length ")), "{}", ran.out);
    }
    // A link counts as 23 characters whatever its length; this one is longer.
    let opening = ran.out.lines().find(|line| line.contains("opening, x")).expect("an opening");
    let (head, text) = opening.split_once(" of 280: ").expect("a length and a text");
    let weight: usize = head.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert_eq!(weight, text.chars().count() - "https://shop.com/terms/kindle".len() + 23);
}

#[test]
fn a_statement_credit_offer_is_shown() {
    let credit = r##"
[[offer]]
id = "shop-small"
kind = "credit"
tags = { enroll = "ShopSmall" }
credit = "10%"
credit_max = "50.00 USD"
min_spend = "25.00 USD"
merchants = ["m-100", "m-101"]
uses_per_card = 3
enrollments = 5000
opens = "2013-02-13T12:00:00Z"
closes = "2013-02-13T18:00:00Z"
valid_until = "2013-02-14T18:00:00Z"
"##;
    let shown = check(&Sale::new(format!("{OFFERS}{credit}"), "", "")).must(
        0,
        &[
            "no fault, 2 offers\n",
            "shop-small: Shop Small, 10%, up to 50.00 USD, back on 25.00 USD: 5000 cards, 3 uses each, 2 merchants",
            "Post #ShopSmall to enroll.",
        ],
    );
    for announcement in ["opening", "sold out", "closing"] {
        let lines = shown
            .out
            .lines()
            .filter(|line| line.starts_with(&format!("  {announcement}, x, weighted length ")));
        assert_eq!(lines.count(), 2, "{}", shown.out);
    }
    let head = OFFERS.split("[[offer]]").next().expect("a shop");
    check(&Sale::new(format!("{head}{credit}"), "", "")).must(0, &["no fault, 1 offer\n"]);
}

#[test]
fn check_shows_the_announcements_that_are_posted() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let shown = check(&sale).must(0, &[]).out;
    let announced: Vec<_> =
        sale.lines("out/effects.ndjson").into_iter().filter(|line| line["kind"] == "announce").collect();
    assert_eq!(announced.len(), 2);
    for line in announced {
        let text = super::text(&line, "text");
        assert!(shown.contains(&format!(": {text}\n")), "{text:?} was not shown:\n{shown}");
    }
}

/// A replacement for the line of the same key, and words of the message.
const FAULTS: &[(&str, &str, &[&str])] = &[
    ("nothing for sale", "units = 0", &["offers.toml:11:9: `units` is 0"]),
    ("fewer than nothing", "units = -5", &["offers.toml:11:9: `units` is -5"]),
    ("a number in quotes", "units = \"ten\"", &["offers.toml:11:9: "]),
    ("a price of nothing", "price = \"0.00 USD\"", &["offers.toml:10:9: `price`"]),
    ("a price below nothing", "price = \"-1.00 USD\"", &["offers.toml:10:9: `price`"]),
    ("no such currency", "price = \"1.00 QQQ\"", &["offers.toml:10:9: `price`", "currency"]),
    ("too fine a price", "price = \"1.999 USD\"", &["offers.toml:10:9: `price`"]),
    ("a price that is a number", "price = 149.99", &["offers.toml:10:9: "]),
    ("an unknown key", "unitz = 3", &["unknown key \"unitz\"", "did you mean `units`?"]),
    ("no instant", "opens = \"tomorrow\"", &["offers.toml:12:9: `opens`"]),
    (
        "the year 9999 in a far zone",
        "closes = \"9999-12-31T23:59:59-12:00\"",
        &["offers.toml:13:10: `closes`"],
    ),
    ("an end before the opening", "closes = \"2013-02-13T11:00:00Z\"", &["offers.toml:13:10: "]),
    ("a kind of no offer", "kind = \"auction\"", &["offers.toml:7:8: no offer is of the kind \"auction\""]),
    ("a kind of other keys", "kind = \"credit\"", &["`credit` is missing", "unknown key \"price\""]),
    ("a name with a blank", "id = \"kindle fire\"", &["offers.toml:6:6: "]),
    ("one tag twice", "tags = { buy = \"BuyX\", confirm = \"buyx\" }", &["offers.toml:9:"]),
    ("a tag in two scripts", "tags = { buy = \"Buу\", confirm = \"ConfirmX\" }", &["offers.toml:9:"]),
    ("a tag with a hash sign", "tags = { buy = \"#BuyX\", confirm = \"ConfirmX\" }", &["offers.toml:9:"]),
    ("no confirming tag", "tags = { buy = \"BuyX\" }", &["offers.toml:9:", "confirm"]),
    ("an address that is none", "terms_url = \"javascript:alert(1)\"", &["offers.toml:14:13: "]),
    ("no TOML", "title = \"Kindle", &["offers.toml:8:"]),
];

#[test]
fn each_fault_is_named_by_file_line_and_column() {
    for (sentence, line, message) in FAULTS {
        let key = line.split(' ').next().expect("a key");
        let mut found = false;
        let spoil = |old: &str| {
            let same = old.starts_with(&format!("{key} ="));
            found |= same;
            if same { line.to_string() } else { old.to_owned() }
        };
        let mut file = OFFERS.lines().map(spoil).collect::<Vec<_>>().join("\n");
        if !found {
            file = format!("{file}\n{line}\n");
        }
        let sale = Sale::new(file, ACCOUNTS, POSTS);
        println!("{sentence}");
        let ran = check(&sale).must(78, message);
        assert_eq!(ran.out, "", "{sentence}: an invalid file is not shown");
        // `sell` reports the same, and begins nothing.
        sale.sell().must(78, message);
        assert!(!sale.path("out").exists(), "{sentence}: something was begun");
    }
}

#[test]
fn confusable_offers_are_refused() {
    let second = |tag: &str| {
        let offer = OFFERS.split_once("\n\n").expect("a shop and an offer").1;
        let offer = offer.replace("\"kindle\"", "\"other\"").replace("BuyKindle", tag);
        format!(
            "{OFFERS}\n{}",
            offer.replace("ConfirmKindle", "ConfirmOther").replace("CancelKindle", "CancelO")
        )
    };
    for (sentence, tag) in [
        ("the same tag", "BuyKindle"),
        ("the same tag in other letters", "BUYKINDLE"),
        ("a tag with another's letters", "BuyKind1e"),
    ] {
        println!("{sentence}");
        let sale = Sale::new(second(tag), "", "");
        check(&sale).must(78, &["offers.toml:"]);
    }
    check(&Sale::new(second("BuyOther"), "", "")).must(0, &["no fault, 2 offers"]);
}

#[test]
fn unreadable_files_are_named() {
    let sale = Sale::new("", "", "");
    check(&sale).must(78, &["offers.toml: "]);
    sale.write("offers.toml", b"[shop]\nname = \"\xff\"\n");
    check(&sale).must(78, &["offers.toml"]);
    std::fs::remove_file(sale.path("offers.toml")).expect("the file is there");
    check(&sale).must(78, &["offers.toml"]);
    std::fs::create_dir(sale.path("offers.toml")).expect("the place is free");
    check(&sale).must(78, &["offers.toml"]);
}

/// Runs `check` with a folder of these templates, given by name and content.
fn check_templates(sale: &Sale, templates: &[(&str, &str)]) -> super::Ran {
    std::fs::create_dir_all(sale.path("templates/reply")).expect("a temporary directory");
    for (name, text) in templates {
        sale.write(&format!("templates/{name}"), text);
    }
    let [offers, templates] = ["offers.toml", "templates"].map(|name| sale.path(name).display().to_string());
    super::flashtag(["check", "--offers", &offers, "--templates", &templates])
}

#[test]
fn every_template_is_shown_with_sample_text() {
    let sale = Sale::new(OFFERS, "", "");
    let ran = check_templates(&sale, &[("reply/sold.txt", "Yours, {{ item }}, by {{ shop }}!")]);
    let ran =
        ran.must(0, &["  reply/sold.txt, own, x, weighted length 27 of 280: Yours, Kindle, by AmexSync!\n"]);
    for (name, text) in [
        ("reply/reserved.txt, built-in, x, ", "Yours for now: Kindle. Post #ConfirmKindle by "),
        ("reply/credited.short.txt, built-in, x, ", "25.00 USD back, 1 use left."),
        ("letter/sold.subject.txt, built-in, 1 lines: ", "Your order of Kindle"),
        ("letter/sold.txt, built-in, ", "Thank you for your order."),
        ("letter/notice.html, built-in, ", " bytes of HTML"),
    ] {
        let line = ran.out.lines().find(|line| line.trim_start().starts_with(name));
        assert!(line.is_some_and(|line| line.contains(text)), "{name}, {text} in\n{}", ran.out);
    }
    assert!(!check(&sale).must(0, &[]).out.contains("reply/"), "without templates none are shown");
}

#[test]
fn faults_of_templates_are_named_before_a_sale() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let bad = [("reply/sold.txt", "Thank you!\n{{ tilte }}"), ("reply/sodl.txt", "")];
    let messages = [
        "templates/reply/sold.txt:2:4: unknown variable `tilte`; did you mean `title`?",
        "templates/reply/sodl.txt: is no template's name; did you mean `reply/sold.txt`?",
    ];
    check_templates(&sale, &bad).must(78, &messages);
    let templates = sale.path("templates").display().to_string();
    sale.sell_with(&["--templates", &templates]).must(78, &messages);
    assert!(!sale.path("out").exists(), "nothing was begun");
}

#[test]
fn check_shows_the_templates_that_a_sale_uses() {
    let zoned = OFFERS.replace("accounts =", "time_zone = \"America/New_York\"\naccounts =");
    let sale = Sale::new(zoned, ACCOUNTS, POSTS);
    check_templates(&sale, &[("reply/reserved.txt", "{{ shop }} keeps {{ item }} until {{ deadline }}.")])
        .must(0, &[]);
    let templates = sale.path("templates").display().to_string();
    for clock in ["posts", "wall"] {
        sale.sell_with(&["--templates", &templates, "--clock", clock]).must(0, &[]);
        let effects = sale.lines("out/effects.ndjson");
        let replies = effects
            .iter()
            .any(|line| line["kind"] == "reply" && line["text"] == "AmexSync keeps Kindle until 07:15 EST.");
        assert_eq!(
            replies,
            clock == "posts",
            "the posts of 2013 are too old for the clock of today: {effects:#?}"
        );
    }
}
