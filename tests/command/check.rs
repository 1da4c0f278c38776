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
            "Reply #ShopSmall to enroll.",
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
        ("reply/reserved.txt, built-in, x, ", "Yours for now: Kindle. Reply #ConfirmKindle by "),
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

/// Runs `check` on the offer file for a moment, with further arguments.
fn check_at(sale: &Sale, at: &str, more: &[&str]) -> super::Ran {
    let offers = sale.path("offers.toml").display().to_string();
    super::flashtag(["check", "--offers", &offers, "--at", at].iter().chain(more))
}

#[test]
fn a_warning_fails_only_a_strict_check() {
    let sale = Sale::new(OFFERS, "", "");
    let before = "2013-02-12T12:00:00Z";
    assert!(!check_at(&sale, before, &["--strict"]).must(0, &[]).out.contains("warning"));
    let told =
        &["offers.toml:13: kindle: it is over: it closed at ", "; set `opens` and `closes`", "1 warning\n"];
    check_at(&sale, "2013-02-13T18:00:00Z", &[]).must(0, told);
    check_at(&sale, "2013-02-13T18:00:00Z", &["--strict"]).must(1, told);
    // The moment is now, if none is named.
    check(&sale).must(0, told);
}

#[test]
fn times_are_shown_in_the_shops_zone_and_in_utc() {
    let zoned = OFFERS.replace("accounts =", "time_zone = \"America/New_York\"\naccounts =");
    check(&Sale::new(zoned, "", "")).must(
        0,
        &[
            "  opens Wed 2013-02-13 07:00:00 -05:00 (America/New_York), 2013-02-13 12:00:00 UTC\n",
            "  closes Wed 2013-02-13 13:00:00 -05:00 (America/New_York), 2013-02-13 18:00:00 UTC\n",
        ],
    );
}

#[test]
fn findings_are_lines_of_json_for_programs() {
    let sale = Sale::new(OFFERS, "", "");
    let read = |ran: super::Ran| super::ndjson(&ran.out);
    let json = ["--format", "json"];
    let found = read(check_at(&sale, "2014-02-13T18:00:00Z", &json).must(0, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    let path = sale.path("offers.toml").display().to_string();
    for (key, value) in [
        ("severity", "warning"),
        ("file", path.as_str()),
        ("offer", "kindle"),
        ("advice", "set `opens` and `closes` to times that are still to come"),
    ] {
        assert_eq!(found[0][key], value, "{key}");
    }
    assert_eq!(found[0]["line"], 13);
    sale.write("offers.toml", OFFERS.replace("units = 1", "units = 0"));
    let found = read(check_at(&sale, "2014-02-13T18:00:00Z", &json).must(78, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["severity"], &found[0]["line"]), (&"fault".into(), &11.into()));
}

/// Runs `check` on a configuration of `serve`, which names the sale's files, the day before the sale.
fn check_config(sale: &Sale, config: &str) -> super::Ran {
    sale.write("serve.toml", format!("accounts = \"accounts.ndjson\"\n{config}"));
    let config = sale.path("serve.toml").display().to_string();
    super::flashtag(["check", "--config", &config, "--at", "2013-02-12T12:00:00Z"])
}

#[test]
fn the_configuration_is_judged_with_the_files_that_it_names() {
    let sale = Sale::new(OFFERS, ACCOUNTS, "");
    check_config(&sale, "").must(
        0,
        &[
            "accounts.ndjson: no fault, 1 account: 1 on X\n",
            "serve.toml: no fault\n",
            "offers.toml: no fault, 1 offer\n",
        ],
    );
    let fast = check_config(&sale, "[replies]\nx = \"unpaced\"\n");
    fast.must(0, &["serve.toml:3: replies leave at unpaced on X, which allows one account "]);
    // The faults of all files are named at once.
    sale.write("offers.toml", OFFERS.replace("units = 1", "units = 0"));
    sale.write("accounts.ndjson", "{}\n");
    let faults = ["offers.toml:11:9: `units` is 0", "accounts.ndjson:1: ", "token"];
    let ran = check_config(&sale, "[http]\ntoken_file = \"token\"\n").must(78, &faults);
    assert_eq!(ran.out, "", "nothing of an invalid file is shown");
    check_config(&sale, "[http]\nlisten = 80\n").must(78, &["serve.toml:3:10: `listen`"]);
}

#[test]
fn every_line_of_the_accounts_that_links_nobody_is_named() {
    let account =
        |id: &str, region: &str| ACCOUNTS.replace("\"42\"", &format!("\"{id}\"")).replace("US-NY", region);
    let lines = [account("42", "US-NY"), "not JSON\n".to_owned(), account("43", "U"), account("42", "US-NJ")];
    let sale = Sale::new(OFFERS, lines.concat(), "");
    let faults = [
        "accounts.ndjson:2: not JSON",
        "accounts.ndjson:3: ",
        "region",
        "accounts.ndjson:4: x:42 is linked twice, here and on line 1",
    ];
    check_config(&sale, "").must(65, &faults);
    let accounts = sale.path("accounts.ndjson").display().to_string();
    check_at(&sale, "2013-02-12T12:00:00Z", &["--accounts", &accounts]).must(65, &faults);
    sale.write("accounts.ndjson", account("44", "US-NY") + &account("45", "US-NY"));
    check_config(&sale, "[limits]\naccounts_most = 1\n").must(65, &["limits.accounts_most = 1"]);
    check_config(&sale, "[limits]\naccounts_most = 2\n").must(0, &["2 accounts: 2 on X"]);
}

/// The card processor's key is missing, so no live sale starts here.
#[test]
fn the_accounts_of_a_live_sale_have_no_sandbox_account_and_those_of_a_test_may() {
    const LIVE: &str = "mode = \"live\"\n[providers]\ncards = \"stripe\"\n";
    let sale = Sale::new(OFFERS, ACCOUNTS.replace("\"42\"", "\"sandbox:ana\""), "");
    check_config(&sale, "").must(0, &["accounts.ndjson: no fault, 1 account: 1 on X\n"]);
    let faults = ["accounts.ndjson:1: `author_id`: the id is a sandbox account's", "only in mode test"];
    check_config(&sale, LIVE).must(65, &faults);
    let config = sale.path("serve.toml").display().to_string();
    let faults = ["accounts.ndjson: line 1: `author_id`: the id is a sandbox account's", "only in mode test"];
    super::flashtag(["serve", "--config", &config]).must(65, &faults);
    assert!(!sale.path("data").exists(), "nothing was written");
    sale.write("accounts.ndjson", ACCOUNTS.replace("\"42\"", "\"sandbox:Ana\""));
    check_config(&sale, "").must(65, &["accounts.ndjson:1: `author_id`: the id is not a sandbox account's"]);
}

const X_ACCOUNT: &str = "[[network]]\nname = \"shop-x\"\nkind = \"x\"\naccount = \"9001\"\nclient_id = \"abc\"\n\
     client_secret_file = \"x-secret\"\nbudget = \"50 USD per day\"\n";

const CREDIT: &str = r##"
[[offer]]
id = "small"
kind = "credit"
tags = { enroll = "ShopSmall" }
credit = "5.00 USD"
min_spend = "25.00 USD"
merchants = ["m-100"]
enrollments = 50
opens = "2013-02-13T12:00:00Z"
closes = "2013-02-13T18:00:00Z"
valid_until = "2013-02-14T18:00:00Z"
"##;

#[test]
fn each_account_at_a_network_is_shown_with_what_it_delivers_and_costs() {
    let sale = Sale::new(OFFERS, ACCOUNTS, "");
    let mastodon = "[[network]]\nname = \"fedi\"\nkind = \"mastodon\"\nhost = \"social.example\"\n\
                    account = \"https://social.example/users/shop\"\ntoken_file = \"token\"\n";
    let shown = check_config(&sale, &format!("{X_ACCOUNT}{mastodon}")).must(
        0,
        &[
            "shop-x: x:9001 at https://api.x.com, reads activity, replies\n",
            "  delivers fresh post: if it mentions the shop; reply to the shop: yes; repost: no; deletion: no;",
            "  replies leave at 100 per 15m, 10000 per 24h\n",
            "a reply 0.010 USD, another post 0.015 USD, with a link 0.200 USD; budget 50.00 USD per day\n",
            "fedi: mastodon:https://social.example/users/shop at https://social.example, reads notifications, replies\n",
        ],
    );
    assert_eq!(shown.out.matches("prices of").count(), 1, "Mastodon charges nothing: {}", shown.out);
    let hashtags = mastodon.replace("token_file", "read = \"hashtags\"\ntoken_file");
    let shown = check_config(&sale, &hashtags).must(0, &["reads hashtags, replies\n"]).out;
    assert!(
        shown.contains("  delivers fresh post: yes; reply to the shop: yes; repost: yes; deletion: yes;"),
        "{shown}"
    );
}

/// What X forbids ends `check` and the start alike, until the configuration names X's consent.
#[test]
fn what_a_network_forbids_ends_check_and_a_start() {
    let sale = Sale::new(format!("{OFFERS}{CREDIT}"), ACCOUNTS, "");
    let reason = ["offers.toml:18:1: a post on X enrolls a card", "write x_consent = "];
    check_config(&sale, X_ACCOUNT).must(78, &reason);
    let config = sale.path("serve.toml").display().to_string();
    super::flashtag(["serve", "--config", &config]).must(78, &reason);
    assert!(!sale.path("data").exists(), "nothing was begun");
    check_config(&sale, &format!("x_consent = \"e-mail of X of 2013-01-01\"\n{X_ACCOUNT}"))
        .must(0, &["serve.toml: no fault\n"]);
}
