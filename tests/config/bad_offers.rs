//! Bad offer files: each fault names its line and a remedy.

use std::io::Write;

use flashtag::config::offers::{FILE_BYTES_MAX, parse_offers, read_offers};

use super::{GOOD, faults, with_line};

/// Asserts a single fault on that line with those words.
pub(crate) fn one(text: &str, line: u32, words: &[&str]) {
    let found = faults(text);
    let shown = found.to_string();
    assert_eq!(found.0.len(), 1, "more than one fault in:\n{text}\n{shown}");
    assert_eq!(found.0[0].line, line, "another line in:\n{text}\n{shown}");
    for word in words {
        assert!(shown.contains(word), "no {word:?} in {shown}\n{text}");
    }
}

/// The line of the valid file to replace, its replacement, the line of the fault, and words of its message.
pub(crate) type Row = (usize, &'static str, u32, &'static [&'static str]);

fn each(table: &[Row]) {
    for (line, by, at, words) in table {
        one(&with_line(*line, by), *at, words);
    }
}

#[test]
fn unknown_and_missing_keys_are_named() {
    each(&[
        (
            1,
            "[shop]\ncolour = 1",
            2,
            &["unknown key \"colour\"", "accounts, handles, link_url, name, time_zone"],
        ),
        (
            10,
            "pirce = \"1 USD\"\nprice = \"149.99 USD\"",
            10,
            &["unknown key \"pirce\"", "did you mean `price`?"],
        ),
        (10, "price = \"1 USD\"\nUnits = 5", 11, &["unknown key", "did you mean `units`?"]),
        (5, "[[offers]]\n[[offer]]", 5, &["unknown key \"offers\"", "did you mean `offer`?"]),
        (9, "tags = { buy = \"BuyA\", confirm = \"ConfirmA\", cancle = \"CancelA\" }", 9, &["`cancel`"]),
        (2, "", 1, &["`name` is missing", "add name ="]),
        (3, "", 1, &["`accounts` is missing"]),
        (6, "", 5, &["`id` is missing"]),
        (7, "", 5, &["`kind` is missing"]),
        (8, "", 5, &["`title` is missing"]),
        (9, "", 5, &["`tags` is missing"]),
        (10, "", 5, &["`price` is missing", "149.99 USD"]),
        (11, "", 5, &["`units` is missing"]),
        (12, "", 5, &["`opens` is missing"]),
        (13, "", 5, &["`closes` is missing"]),
        (9, "tags = { confirm = \"ConfirmA\" }", 9, &["`buy` is missing"]),
        (9, "tags = { buy = \"BuyA\" }", 9, &["`confirm` is missing", "confirm_within = \"0s\""]),
        (9, "confirm_within = \"0s\"\ntags = { buy = \"BuyA\", confirm = \"Ok1\" }", 10, &["not needed"]),
    ]);
}

#[test]
fn wrong_types_are_named() {
    each(&[
        (2, "name = 5", 2, &["`name` is a number", "text in quotes"]),
        (10, "price = 149.99", 10, &["`price` is a fraction", "\"149.99 USD\""]),
        (11, "units = \"1000\"", 11, &["`units` is text", "a whole number"]),
        (11, "units = 10.5", 11, &["`units` is a fraction"]),
        (
            13,
            "closes = \"2013-03-03T23:59:59Z\"\nwaitlist = \"yes\"",
            14,
            &["`waitlist` is text", "true or false"],
        ),
        (9, "tags = \"BuyA\"", 9, &["`tags` is text", "a table"]),
        (3, "accounts = { x = 9001 }", 3, &["`x` is a number", "\"9001\""]),
        (11, "units = 5\nbrands = \"amex\"", 12, &["`brands` is text", "[\"amex\"]"]),
        (5, "[offer]", 5, &["write [[offer]]"]),
    ]);
}

#[test]
fn rules_that_cannot_hold_are_named() {
    const SEED: &str = "draw_seed = \"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"";
    let drawn = |window: &str| format!("units = 5\ndraw_window = {window}\n{SEED}");
    each(&[
        (11, "units = 5\npartial = \"yes\"", 12, &["`partial` is text", "true or false"]),
        (11, "units = 5\nlimit_per_card = 0", 12, &["`limit_per_card` is 0"]),
        (
            11,
            "units = 5\nlimit_per_account = 3\nlimit_per_card = 2",
            13,
            &["`limit_per_card` is 2", "`limit_per_account`, which is 3"],
        ),
        (11, "units = 5\nspend_cap = \"500\"", 12, &["`spend_cap` is \"500\"", "500.00 USD"]),
        (11, "units = 5\nspend_cap = \"500.00 EUR\"", 12, &["500.00 EUR", "another currency"]),
        (
            11,
            "units = 5\nspend_cap = \"100.00 USD\"",
            12,
            &["one unit costs 149.99 USD", "the least cap that sells is 149.99 USD"],
        ),
        // The tax counts: with it, a cap of the price buys nothing anywhere.
        (
            11,
            "units = 5\ntax = \"8.875%\"\nspend_cap = \"149.99 USD\"",
            13,
            &["one unit costs 163.30 USD with 8.875% tax", "the least cap that sells is 163.30 USD"],
        ),
        (
            11,
            "units = 5\ntax = { \"US-NY\" = \"8.875%\", \"*\" = \"1%\" }\nspend_cap = \"151.48 USD\"",
            13,
            &["the least cap that sells is 151.49 USD"],
        ),
        (
            11,
            "units = 5\nlate_grace = \"2h\"",
            12,
            &["`late_grace` is 2h, longer than `max_lateness`, which is 1h"],
        ),
        (11, "units = 5\nmax_lateness = \"10s\"", 12, &["`late_grace` is 30s", "which is 10s"]),
        (11, "units = 5\ntake_back = \"10m\"", 12, &["`take_back` is 10m", "no `cancel` tag"]),
        (
            11,
            "units = 5\nprice_includes_tax = \"yes\"",
            12,
            &["`price_includes_tax` is text", "true or false"],
        ),
        (11, "units = 5\nreminder = \"10m\"", 12, &["`reminder` is text", "true or false"]),
        (
            11,
            "units = 5\nconfirm_within = \"3m\"\nreminder = true",
            13,
            &["`confirm_within` is 3m", "the window must be longer"],
        ),
        (11, "units = 5\nshipping = \"0.00 USD\"", 12, &["`shipping` is 0.00 USD", "leave the key out"]),
        (11, "units = 5\nshipping = \"4.99 EUR\"", 12, &["`shipping` is 4.99 EUR", "another currency"]),
        (11, "units = 5\naccount_pace = \"often\"", 12, &["`account_pace` is no pace", "10 per 1m"]),
        (11, "units = 5\naccount_pace = \"0 per 1m\"", 12, &["`account_pace` is no pace"]),
        (11, "units = 5\naccount_pace = \"10 per 1ms\"", 12, &["at most one a millisecond"]),
        (11, "units = 5\naccount_age = \"0s\"", 12, &["`account_age` is 0"]),
        (11, "units = 5\ntake_back = \"31d\"", 12, &["`take_back` is 744h", "720h at most"]),
        (11, "units = 5\ndraw_window = \"5m\"", 12, &["needs a `draw_seed`", "openssl rand -hex 32"]),
        (11, "units = 5\ndraw_seed = \"5a\"", 12, &["of no use without `draw_window`"]),
        (
            11,
            "units = 5\ndraw_window = \"5m\"\ndraw_seed = \"not-the-seed\"",
            13,
            &["not 64 hexadecimal digits"],
        ),
    ]);
    one(&with_line(11, &drawn("\"300d\"")), 12, &["`draw_window` is 7200h", "longer than the sale"]);
    one(&with_line(11, &(drawn("\"5m\"") + "\nwaitlist = false")), 12, &["needs the waitlist"]);
    let shown =
        faults(&with_line(11, "units = 5\ndraw_window = \"5m\"\ndraw_seed = \"not-the-seed\"")).to_string();
    assert!(!shown.contains("not-the-seed"), "a seed is a secret, also with an error in it: {shown}");
}

#[test]
fn bad_names_and_titles_are_named() {
    each(&[
        (6, "id = \"Kindle Fire\"", 6, &["`id` is \"Kindle Fire\"", "a-z, 0-9 and dashes"]),
        (6, "id = \"-kindle\"", 6, &["a-z, 0-9 and dashes"]),
        (7, "kind = \"purchase\"\ncampaign = \"Launch 2013\"", 8, &["`campaign`", "a-z, 0-9 and dashes"]),
        (8, "title = \" \"", 8, &["`title` is empty"]),
        (8, "title = \"two\\nlines\"", 8, &["U+000A"]),
        (8, "title = \"turned \\u202E round\"", 8, &["U+202E"]),
        (8, "title = \"Kindle #BuyIt\"", 8, &["holds a hashtag"]),
        (8, "title = \"a\"\nterms_url = \"shop.example/terms\"", 9, &["not a web address"]),
        (8, "title = \"a\"\nterms_url = \"https://shop.example/a b\"", 9, &["not a web address"]),
    ]);
}

#[test]
fn unknown_kinds_are_named() {
    each(&[
        (7, "kind = \"auction\"", 7, &["no offer is of the kind \"auction\""]),
        (7, "kind = \"purchse\"", 7, &["write \"purchase\""]),
        (7, "kind = \"Credits\"", 7, &["write \"credit\""]),
    ]);
}

#[test]
fn bad_prices_and_taxes_are_named() {
    each(&[
        (10, "price = \"149.99 ABC\"", 10, &["no such currency"]),
        (10, "price = \"149.99 usd\"", 10, &["no such currency"]),
        (10, "price = \"149.999 USD\"", 10, &["more digits"]),
        (10, "price = \"$149.99\"", 10, &["write \"149.99 USD\""]),
        (10, "price = \"0.00 USD\"", 10, &["`price` is 0.00 USD", "above zero"]),
        (10, "price = \"-1.00 USD\"", 10, &["`price` is -1.00 USD"]),
        (10, "price = \"92233720368547758.07 USD\"", 10, &["more money than can be counted"]),
        // The amount fits without the tax, and not with it.
        (10, "tax = \"100%\"\nprice = \"50000000000000.00 USD\"", 11, &["with tax", "can be counted"]),
        (10, "price = \"1 USD\"\ntax = \"8,875%\"", 11, &["not a rate"]),
        (10, "price = \"1 USD\"\ntax = \"101%\"", 11, &["not a rate"]),
        (
            10,
            "price = \"1 USD\"\ntax = { \"US-NY\" = \"8.875%\" }",
            11,
            &["no rate for all other", "\"*\" = \"0%\""],
        ),
        (10, "price = \"1 USD\"\ntax = { \"us_ny\" = \"8%\", \"*\" = \"0%\" }", 11, &["no region", "US-NY"]),
        (
            10,
            "price = \"1 USD\"\ntax = { \"US-NY\" = \"8%\", \"us-ny\" = \"9%\", \"*\" = \"0%\" }",
            11,
            &["two rates for US-NY"],
        ),
        (10, "price = \"1 USD\"\ntax = { \"*\" = \"-1%\" }", 11, &["not a rate"]),
    ]);
}

#[test]
fn bad_counts_are_named() {
    each(&[
        (11, "units = 0", 11, &["`units` is 0", "from 1 to 100000000"]),
        (11, "units = -5", 11, &["`units` is -5"]),
        (11, "units = 100000001", 11, &["`units` is 100000001"]),
        (11, "units = 99999999999999999999999", 11, &["`units`"]),
        (11, "units = 10\nlimit_per_account = 0", 12, &["`limit_per_account` is 0"]),
        (11, "units = 10\nlimit_per_account = 11", 12, &["only 10 units"]),
        (11, "units = 10\nwaitlist_max = 0", 12, &["`waitlist_max` is 0"]),
    ]);
}

#[test]
fn bad_times_are_named() {
    each(&[
        (12, "opens = \"2013-02-13T12:00:00\"", 12, &["names no time zone", "end it with Z"]),
        (12, "opens = 2013-02-13T12:00:00", 12, &["names no time zone"]),
        (12, "opens = 2013-02-13", 12, &["`opens`", "time zone"]),
        (12, "opens = \"at noon\"", 12, &["not an RFC 3339 instant"]),
        (12, "opens = \"1969-02-13T12:00:00Z\"", 12, &["1970"]),
        (13, "closes = \"2013-02-13T12:00:00-05:00\"", 13, &["not after it opens"]),
        (13, "closes = \"2012-02-13T12:00:00-05:00\"", 13, &["not after it opens"]),
        (11, "units = 10\nconfirm_within = \"114h 1ms\"", 12, &["4d 18h", "card authorization"]),
        (11, "units = 10\nconfirm_within = \"15\"", 12, &["not a length of time"]),
        (11, "units = 10\nconfirm_within = \"-15m\"", 12, &["not a length of time"]),
        (11, "units = 10\nlate_grace = \"soon\"", 12, &["`late_grace`", "write \"30s\""]),
        (11, "units = 10\nprompt_patience = 5", 12, &["`prompt_patience` is a number"]),
        (11, "units = 10\nmax_lateness = \"\"", 12, &["`max_lateness`"]),
    ]);
}

#[test]
fn bad_cards_are_named() {
    each(&[
        (11, "units = 10\nbrands = [\"Amex\"]", 12, &["\"Amex\" is no brand", "lower case"]),
        (11, "units = 10\nbrands = []", 12, &["`brands` names none"]),
        (11, "units = 10\nbrands = [\"visa\", \"visa\"]", 12, &["twice"]),
        (11, "units = 10\nfundings = [\"credits\"]", 12, &["did you mean \"credit\"?"]),
        (11, "units = 10\nfundings = [\"cash\"]", 12, &["prepaid"]),
        (11, "units = 10\nfundings = []", 12, &["`fundings` names none"]),
    ]);
}

#[test]
fn a_bad_shop_is_named() {
    each(&[
        (3, "accounts = { twitter = \"9001\" }", 3, &["unknown network \"twitter\"", "x, bluesky, mastodon"]),
        (3, "accounts = { blueski = \"did:plc:a\" }", 3, &["did you mean `bluesky`?"]),
        (3, "accounts = { x = \"@AmexSync\" }", 3, &["no author of x", "decimal number"]),
        (3, "accounts = { bluesky = \"shop.bsky.social\" }", 3, &["no author of bluesky", "did"]),
        (3, "accounts = { mastodon = \"a b\" }", 3, &["no author of mastodon"]),
        (
            3,
            "accounts = { mastodon = \"109\" }",
            3,
            &["\"109\" is no author of mastodon", "https://mastodon.example/users/"],
        ),
        (3, "accounts = { mastodon = \"https://ana@m.example/users/ana\" }", 3, &["no author of mastodon"]),
        (3, "accounts = {}", 3, &["`accounts` names none"]),
        (
            3,
            "accounts = { x = \"9001\" }\nhandles = { x = \"@AmexSync\" }",
            4,
            &["without", "write \"AmexSync\""],
        ),
        (
            3,
            "accounts = { x = \"9001\" }\nhandles = { x = \"Amex Sync\" }",
            4,
            &["\"Amex Sync\" is no handle"],
        ),
        (3, "accounts = { x = \"9001\" }\nhandles = { x = \"\" }", 4, &["is no handle"]),
        (3, "accounts = { x = \"9001\" }\nhandles = { mastodon = \"a@b@c\" }", 4, &["is no handle"]),
        (3, "accounts = { x = \"9001\" }\nhandles = { mastodon = \"a@\" }", 4, &["is no handle"]),
        (3, "accounts = { x = \"9001\" }\nhandles = { x = 7 }", 4, &["text in quotes"]),
        (3, "accounts = { x = \"9001\" }\nhandles = \"AmexSync\"", 4, &["`handles` is text", "a table"]),
        (3, "accounts = { x = \"9001\" }\nhandles = { ex = \"AmexSync\" }", 4, &["unknown network \"ex\""]),
        (
            3,
            "accounts = { x = \"9001\" }\ntime_zone = \"New York\"",
            4,
            &["no time zone of the IANA database"],
        ),
        (3, "accounts = { x = \"9001\" }\ntime_zone = \"EST5EDT,M3.2.0,M11.1.0\"", 4, &["no time zone"]),
        (3, "accounts = { x = \"9001\" }\ntime_zone = \"+02:00\"", 4, &["no time zone", "America/New_York"]),
        (3, "accounts = { x = \"9001\" }\ntime_zone = \"\"", 4, &["no time zone"]),
        (3, "accounts = { x = \"9001\" }\ntime_zone = 5", 4, &["`time_zone` is a number"]),
    ]);
}

#[test]
fn bad_tags_are_named() {
    each(&[
        (9, "tags = { buy = \"#BuyA\", confirm = \"ConfirmA\" }", 9, &["hash sign", "write \"BuyA\""]),
        (9, "tags = { buy = \"Bu\", confirm = \"ConfirmA\" }", 9, &["\"Bu\" is no tag", "3 at least"]),
        (9, "tags = { buy = \"1Buy\", confirm = \"ConfirmA\" }", 9, &["a letter and then"]),
        (9, "tags = { buy = \"Buy-It\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (
            9,
            "tags = { buy = \"BuyКindle\", confirm = \"ConfirmA\" }",
            9,
            &["mixes Latin letters", "one script"],
        ),
        (9, "tags = { buy = \"買\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"\u{301}abc\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"Buy\u{ad}Pot\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"Buy\u{fe0f}\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"さ〜い\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"Buy🔥\", confirm = \"ConfirmA\" }", 9, &["is no tag"]),
        (9, "tags = { buy = \"セール\", confirm = \"ｾｰﾙ\" }", 9, &["is also the buy tag \"セール\""]),
        (9, "tags = { buy = \"KaufTöpfe\", confirm = \"kauftÖpfe\" }", 9, &["is also the buy tag"]),
        (9, "tags = { buy = \"Strasse\", confirm = \"Straße\" }", 9, &["is also the buy tag"]),
        (9, "tags = { buy = \"COCA\", confirm = \"СОСА\" }", 9, &["looks like the buy tag"]),
        (9, "tags = { buy = \"Buyセール\", confirm = \"Buyセ一ル\" }", 9, &["looks like the buy tag"]),
        (9, "tags = { buy = \"BuyA\", confirm = \"buya\" }", 9, &["is also the buy tag \"BuyA\"", "line 9"]),
        (9, "tags = { buy = \"BuyKindle\", confirm = \"BuyKind1e\" }", 9, &["looks like the buy tag"]),
        (9, "tags = { buy = \"Buylron\", confirm = \"BuyIron\" }", 9, &["looks like"]),
        (9, "tags = { buy = \"BUYMAX\", confirm = \"buyrnax\" }", 9, &["looks like"]),
        (9, "tags = { buy = \"BuyGo0d\", confirm = \"buygood\" }", 9, &["looks like"]),
    ]);
}

#[test]
fn an_offer_that_cannot_be_announced_is_named() {
    // One letter with more combining marks than a post may hold cannot be shortened.
    let shown = faults(&with_line(8, &format!("title = \"e{}\"", "\u{301}".repeat(400)))).to_string();
    let words = ["opening", "sold-out", "closing", "back-on-sale"];
    assert_eq!(shown.lines().count(), words.len(), "{shown}");
    for (line, announcement) in shown.lines().zip(words) {
        assert!(
            line.starts_with(&format!("offers.toml:8:9: the {announcement} announcement does not fit x")),
            "{line}"
        );
    }
}

const SECOND: &str = r#"
[[offer]]
id = "xbox"
kind = "purchase"
title = "Xbox"
tags = { buy = "BuyXbox", confirm = "ConfirmXbox" }
price = "199.99 USD"
units = 10
opens = "2013-02-13T12:00:00-05:00"
closes = "2013-03-03T23:59:59-05:00"
"#;

#[test]
fn offers_are_compared_with_each_other() {
    let table = [
        ("id = \"xbox\"", "id = \"kindle-fire-hd\"", 16, "another offer, on line 6, has the id"),
        ("BuyXbox", "buykindlefirehd", 19, "is also the buy tag \"BuyKindleFireHD\" of \"kindle-fire-hd\""),
        ("ConfirmXbox", "BuyKindleFireHD", 19, "is also the buy tag"),
        ("BuyXbox", "BuyKind1eFireHD", 19, "looks like the buy tag"),
    ];
    for (old, new, line, words) in table {
        one(&format!("{GOOD}{}", SECOND.replacen(old, new, 1)), line, &[words]);
    }
    // Two offers on one line are compared, too.
    let head = GOOD.lines().take(3).collect::<Vec<_>>().join("\n");
    let offer = GOOD.lines().skip(5).collect::<Vec<_>>().join(", ");
    let twin = offer.replace("Buy", "Get").replace("Confirm", "Take");
    let text = format!("offer = [{{ {offer} }}, {{ {twin} }}]\n{head}");
    one(&text, 1, &["another offer, on line 1, has the id"]);
    assert_eq!(super::read(&format!("{GOOD}{SECOND}")).unwrap().offers.len(), 2);
}

#[test]
fn every_fault_of_a_file_is_named_in_the_order_of_its_lines() {
    let text = GOOD
        .replace("x = \"9001\"", "x = \"me\"")
        .replace("kindle-fire-hd", "Kindle")
        .replace("149.99 USD", "0 USD")
        .replace("1000", "0")
        .replace("12:00:00-05:00", "12:00:00");
    let faults = faults(&text);
    let lines: Vec<u32> = faults.0.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 6, 10, 11, 12], "{faults}");
    assert_eq!(faults.to_string().lines().count(), 5);
    assert!(faults.to_string().starts_with("offers.toml:3:18: \"me\" is no author of x"), "{faults}");
}

#[test]
fn a_line_that_is_not_toml_does_not_hide_other_faults() {
    let text = GOOD
        .replace("[[offer]]", "[[offer]")
        .replace("\"149.99 USD\"", "149.99 USD")
        .replace("title = ", "title ")
        .replace("1000", "0")
        .replace("12:00:00-05:00", "12:00:00");
    let faults = faults(&text);
    let lines: Vec<u32> = faults.0.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [5, 8, 10, 11, 12], "{faults}");
}

#[test]
fn repeated_keys_and_tables_are_named() {
    one(&with_line(11, "units = 5\nunits = 6"), 12, &["duplicate key"]);
    one(
        &with_line(9, "tags = { buy = \"BuyA\", buy = \"BuyB\", confirm = \"ConfirmA\" }"),
        9,
        &["duplicate key"],
    );
    let twice = faults(&format!("{GOOD}\n[shop]\nname = \"b\"\n"));
    assert!(twice.0.iter().any(|fault| fault.line == 15), "{twice}");
}

#[test]
fn files_without_content_say_what_is_missing() {
    for text in ["", "\n\n", "# nothing\n"] {
        let shown = faults(text).to_string();
        assert!(shown.contains("offers.toml: `shop` is missing; add [shop]"), "{shown}");
        assert!(shown.contains("offers.toml: `offer` is missing; add an [[offer]] table"), "{shown}");
    }
    one(GOOD.split("[[offer]]").next().unwrap(), 0, &["`offer` is missing"]);
    let none = format!("offer = []\n{}", GOOD.split("[[offer]]").next().unwrap());
    one(&none, 1, &["there are no offers"]);
}

#[test]
fn files_that_are_binary_or_too_large_or_missing_are_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[shop]\nname = \"caf\xe9\"\n").unwrap();
    let faults = read_offers(file.path()).unwrap_err();
    assert_eq!((faults.0[0].line, faults.0[0].column), (2, 12), "{faults}");
    assert!(faults.to_string().contains("is not UTF-8"));

    let missing = file.path().with_extension("missing");
    let faults = read_offers(&missing).unwrap_err().to_string();
    assert!(faults.starts_with(&format!("{}: cannot be read", missing.display())), "{faults}");

    let large = "#".repeat(FILE_BYTES_MAX);
    assert!(!parse_offers(&large, "f").unwrap_err().to_string().contains("4 MiB"));
    let larger = format!("{large}#");
    assert!(parse_offers(&larger, "f").unwrap_err().to_string().contains("larger than 4 MiB"));
    file.write_all(larger.as_bytes()).unwrap();
    assert!(read_offers(file.path()).unwrap_err().to_string().contains("larger than 4 MiB"));
}

/// A second offer of the campaign of [`super::GOOD`], with these lines.
fn beside(first: &str, second: &str) -> String {
    let first = with_line(11, &format!("units = 1000\ncampaign = \"launch\"\n{first}"));
    format!(
        "{first}\n[[offer]]\nid = \"case\"\nkind = \"purchase\"\ntitle = \"Case\"\ncampaign = \"launch\"\n\
         tags = {{ buy = \"BuyCase\", confirm = \"ConfirmCase\" }}\nunits = 10\n\
         opens = \"2013-02-13T12:00:00-05:00\"\ncloses = \"2013-03-03T23:59:59-05:00\"\n{second}\n"
    )
}

#[test]
fn offers_of_one_campaign_that_contradict_each_other_are_refused() {
    // The line of the second offer's id.
    let second = 17;
    one(
        &beside("spend_cap = \"500.00 USD\"", "price = \"9000 JPY\""),
        second,
        &["the price is 9000 JPY", "\"kindle-fire-hd\" of the same campaign", "another currency"],
    );
    one(
        &beside("account_pace = \"10 per 1m\"", "price = \"10.00 USD\"\naccount_pace = \"1 per 1m\""),
        second,
        &["`account_pace` differs from that of \"kindle-fire-hd\"", "share one pace"],
    );
    // Without a cap nothing adds up currencies, and an offer without a pace blocks none.
    for (first, second) in [
        ("limit_per_account = 1", "price = \"9000 JPY\""),
        ("account_pace = \"10 per 1m\"", "price = \"10.00 USD\""),
        ("account_pace = \"10 per 1m\"", "price = \"10.00 USD\"\naccount_pace = \"10 per 1m\""),
        ("spend_cap = \"500.00 USD\"", "price = \"10.00 USD\"\nspend_cap = \"90.00 USD\""),
    ] {
        let text = beside(first, second);
        assert!(parse_offers(&text, "f").is_ok(), "{text}");
    }
}

#[test]
fn hostile_texts_are_refused() {
    let table = [
        format!("a = {}", "[".repeat(100_000)),
        format!("a{} = 1", ".a".repeat(100_000)),
        "\u{0}".to_owned(),
        "=\n".repeat(10_000),
        "[[offer]]\n".repeat(10_000),
        format!("[shop]\nname = \"{}\"", "x".repeat(1_000_000)),
        format!("{} = 1", "x".repeat(1_000_000)),
        "a = \"\"\"".to_owned(),
        "[shop]\nname = \"\\u001b[31m\"".to_owned(),
        "\"\\u001b[31m\" = 1".to_owned(),
    ];
    for text in table {
        let faults = faults(&text);
        let shown = faults.to_string();
        assert!(!shown.contains('\u{1b}'), "an escape goes to the terminal");
        assert!(faults.0.len() <= 10_001 && shown.lines().all(|line| line.chars().count() < 400));
    }
}

#[test]
fn faults_beyond_the_limit_are_counted() {
    let shown = faults(&"[[offer]]\n".repeat(1_000)).to_string();
    assert!(shown.lines().last().unwrap().contains("more faults"), "{}", shown.lines().last().unwrap());
}
