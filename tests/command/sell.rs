//! `sell` itself: its inputs, its results and their places.

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, POSTS, Sale, binary, must_have_fields};

#[test]
fn the_results_have_the_promised_names_and_fields() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let ran = sale.sell().must(0, &["2 lines read, 2 posts concerned an offer"]);
    assert_eq!(ran.out, "", "results go to files, the rest to standard error");
    let names = super::listing(&sale.path("out"));
    for name in ["outcomes.ndjson", "effects.ndjson", "summary.json", "cards.ndjson", "journal"] {
        assert!(names.iter().any(|found| found == name), "{name} is missing in {names:?}");
    }
    let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
    let offer = &summary["offers"][0];
    let counts = ["id", "allotment", "available", "reserved", "sold", "waiting", "claims", "captured"];
    let found = counts.map(|field| offer[field].clone());
    let expected =
        [json!("kindle"), json!(1), json!(0), json!(0), json!(1), json!(0), json!(1), json!("149.99 USD")];
    assert_eq!(found, expected);
    assert_eq!(offer["outcomes"], json!({"reserved": 1, "confirmed": 1, "sold": 1}));
    assert_eq!(summary["input"], json!({"lines": 2, "relevant": 2, "transactions": 0, "bad_lines": 0}));
}

#[test]
fn each_effect_goes_to_the_account_that_it_concerns() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let effects = sale.lines("out/effects.ndjson");
    let table = [
        ("announce", json!(null), "x", json!(null)),
        ("reply", json!("x:42"), "x:1", json!("149.99 USD")),
        ("authorize", json!("x:42"), "tok_ana", json!("149.99 USD")),
        ("capture", json!("x:42"), "tok_ana", json!("149.99 USD")),
        ("email", json!("x:42"), "ana@example.com", json!("149.99 USD")),
        ("order", json!("x:42"), "merchant", json!("149.99 USD")),
    ];
    for (kind, account, to, amount) in table {
        let line = effects.iter().find(|line| line["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        let common = ["kind", "key", "offer", "account", "to", "amount", "text", "at"];
        // What the merchant needs to ship the order.
        let shipping = [
            "units",
            "unit_price",
            "shipping",
            "tax",
            "tax_rate",
            "total",
            "variant",
            "region",
            "last4",
            "handle",
            "ship_to",
        ];
        let fields = if kind == "order" { [&common[..], &shipping].concat() } else { common.to_vec() };
        must_have_fields(line, &fields);
        assert_eq!(
            (&line["account"], &line["to"], &line["amount"]),
            (&account, &json!(to), &amount),
            "{line}"
        );
        assert_eq!(line["offer"], "kindle");
    }
    let words: Vec<&str> = effects.iter().map(|line| super::text(line, "text")).collect();
    for expected in
        ["#BuyKindle", "#ConfirmKindle by 12:15 UTC to buy for 149.99 USD", "Order kindle.1", "Sold out"]
    {
        assert!(words.iter().any(|text| text.contains(expected)), "no reply has {expected:?}: {words:#?}");
    }
}

#[test]
fn posts_are_read_from_standard_input_like_a_file() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    let file = sale.read("out/outcomes.ndjson");
    let path = |name: &str| sale.path(name).display().to_string();
    let (offers, accounts, out) = (path("offers.toml"), path("accounts.ndjson"), path("piped"));
    let arguments = ["sell", "--offers", &offers, "--accounts", &accounts, "--posts", "-", "--out", &out];
    super::flashtag_fed(arguments, POSTS.as_bytes()).must(0, &[]);
    assert_eq!(sale.read("piped/outcomes.ndjson"), file);
}

#[test]
fn the_next_sale_replaces_only_the_previous_one() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    sale.write("out/effects.ndjson", "left over\n");
    sale.sell().must(0, &[]);
    assert!(!sale.read("out/effects.ndjson").contains("left over"));
    std::fs::create_dir(sale.path("mine")).expect("the place is free");
    sale.write("mine/precious.txt", "mine");
    let path = sale.path("mine").display().to_string();
    for _ in 0..2 {
        sale.sell_with(&["--out", &path]).must(0, &[]);
        assert_eq!(sale.read("mine/precious.txt"), "mine");
    }
    std::fs::create_dir_all(sale.path("theirs/journal")).expect("the place is free");
    let path = sale.path("theirs").display().to_string();
    sale.sell_with(&["--out", &path]).must(73, &["another sale", "name another directory"]);
}

#[test]
fn a_recording_without_posts_is_a_sale_without_claims() {
    for posts in [
        "",
        "\n\n",
        "{\"network\":\"x\",\"id\":\"1\",\"author\":{\"id\":\"7\"},\"posted_at\":\"2013-02-13T12:00:00Z\",\"text\":\"hi\"}\n",
    ] {
        let sale = Sale::new(OFFERS, ACCOUNTS, posts);
        sale.sell().must(0, &[" 0 posts concerned an offer"]);
        assert_eq!(sale.read("out/outcomes.ndjson"), "");
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
    }
}

#[test]
fn results_go_to_a_default_directory() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let arguments =
        ["sell", "--offers", "offers.toml", "--accounts", "accounts.ndjson", "--posts", "posts.ndjson"];
    let output = binary().args(arguments).current_dir(sale.path(".")).output().expect("the binary runs");
    super::Ran::of(output).must(0, &["results are in flashtag-sale"]);
    assert!(sale.path("flashtag-sale/summary.json").exists());
}

#[test]
fn a_last_line_without_an_end_and_windows_line_ends_are_read() {
    let windows = POSTS.replace('\n', "\r\n");
    for posts in [POSTS.trim_end(), &windows] {
        let sale = Sale::new(OFFERS, ACCOUNTS.trim_end(), posts);
        sale.sell().must(0, &["2 lines read, 2 posts concerned an offer"]);
    }
}
