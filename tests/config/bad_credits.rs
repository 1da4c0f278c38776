//! Bad statement-credit offers: each fault names its line and a remedy.

use super::bad_offers::{Row, one};
use super::{GOOD, GOOD_CREDIT, faults, replaced};

fn each(table: &[Row]) {
    for (line, by, at, words) in table {
        one(&replaced(GOOD_CREDIT, *line, by), *at, words);
    }
}

#[test]
fn unknown_and_missing_keys_of_credits_are_named() {
    each(&[
        (6, "", 5, &["`id` is missing"]),
        (8, "", 5, &["`tags` is missing", "AmexSmallBiz"]),
        (9, "", 5, &["`credit` is missing", "25.00 USD", "10%"]),
        (10, "", 5, &["`min_spend` is missing", "25.00 USD"]),
        (11, "", 5, &["`merchants` is missing", "m-100"]),
        (12, "", 5, &["`enrollments` is missing"]),
        (13, "", 5, &["`opens` is missing"]),
        (14, "", 5, &["`closes` is missing"]),
        (15, "", 5, &["`valid_until` is missing"]),
        (9, "credit = \"25.00 USD\"\nunits = 5", 10, &["unknown key \"units\""]),
        (9, "credit = \"25.00 USD\"\nconfirm_within = \"15m\"", 10, &["unknown key \"confirm_within\""]),
        (9, "credit = \"25.00 USD\"\nuses_percard = 2", 10, &["did you mean `uses_per_card`?"]),
    ]);
}

#[test]
fn bad_credits_are_named() {
    each(&[
        (9, "credit = 25", 9, &["`credit` is a number", "\"25.00 USD\""]),
        (9, "credit = \"$25\"", 9, &["not an amount", "25.00 USD"]),
        (9, "credit = \"25.00 QQQ\"", 9, &["no such currency"]),
        (9, "credit = \"0.00 USD\"", 9, &["`credit` is 0.00 USD", "above zero"]),
        (9, "credit = \"-1.00 USD\"", 9, &["`credit` is -1.00 USD", "above zero"]),
        (9, "credit = \"25.00 EUR\"", 9, &["`credit` is in EUR and `min_spend` in USD"]),
        (9, "credit = \"25.00 USD\"\ncredit_max = \"50.00 USD\"", 10, &["`credit_max` is not needed"]),
        (9, "credit = \"10%\"", 9, &["`credit_max` is missing", "add credit_max"]),
        (9, "credit = \"101%\"\ncredit_max = \"50.00 USD\"", 9, &["not a rate"]),
        (9, "credit = \"0%\"\ncredit_max = \"50.00 USD\"", 9, &["`credit` is 0%", "above zero"]),
        (9, "credit = \"10%\"\ncredit_max = \"0 USD\"", 10, &["`credit_max` is 0.00 USD", "above zero"]),
        (9, "credit = \"10%\"\ncredit_max = \"5%\"", 10, &["`credit_max` is \"5%\"", "not an amount"]),
        (
            9,
            "credit = \"10%\"\ncredit_max = \"50.00 EUR\"",
            10,
            &["`credit_max` is in EUR and `min_spend` in USD"],
        ),
        (9, "credit = \"0.01%\"\ncredit_max = \"5.00 USD\"", 11, &["0.01% of 25.00 USD comes to nothing"]),
        (9, "credit = \"92233720368547758.07 USD\"", 9, &["5000 x 1 credits", "can be counted"]),
        (10, "min_spend = \"0.00 USD\"", 10, &["`min_spend` is 0.00 USD", "above zero"]),
        (10, "min_spend = \"25.001 USD\"", 10, &["more digits"]),
    ]);
}

#[test]
fn bad_merchants_are_named() {
    each(&[
        (11, "merchants = \"m-100\"", 11, &["`merchants` is text", "[\"m-100\", \"m-101\"]"]),
        (11, "merchants = []", 11, &["`merchants` names none"]),
        (11, "merchants = [\"m-1\", \"m-2\",\n\"m-1\"]", 12, &["`merchants` names \"m-1\" twice"]),
        (11, "merchants = [\"m-1\",\n\"m 2\"]", 12, &["\"m 2\" is no merchant's id", "visible ASCII"]),
        (11, "merchants = [\"\"]", 11, &["is no merchant's id"]),
        (11, "merchants = [\"müller\"]", 11, &["is no merchant's id"]),
        (11, "merchants = [100]", 11, &["`merchants` is a number"]),
    ]);
    one(&replaced(GOOD_CREDIT, 11, &format!("merchants = [\"{}\"]", "m".repeat(129))), 11, &["1 to 128"]);
    // Every one of several faults is named.
    let three = faults(&replaced(GOOD_CREDIT, 11, "merchants = [\"a b\", \"m-1\", \"m-1\", 7]"));
    assert_eq!(three.0.len(), 3, "{three}");
}

#[test]
fn bad_counts_of_credits_are_named() {
    each(&[
        (12, "enrollments = 0", 12, &["`enrollments` is 0", "from 1 to 100000000"]),
        (12, "enrollments = 100000001", 12, &["`enrollments` is 100000001"]),
        (12, "enrollments = \"5000\"", 12, &["`enrollments` is text"]),
        (12, "enrollments = 5\nuses_per_card = 0", 13, &["`uses_per_card` is 0"]),
        (12, "enrollments = 5\nuses_per_card = -1", 13, &["`uses_per_card` is -1"]),
    ]);
}

#[test]
fn bad_times_of_credits_are_named() {
    each(&[
        (14, "closes = \"2013-02-13T12:00:00-05:00\"", 14, &["not after it opens"]),
        (
            15,
            "valid_until = \"2013-03-03T23:59:58.999-05:00\"",
            15,
            &["cards can be enrolled until", "at least"],
        ),
        (15, "valid_until = \"2013-03-31\"", 15, &["`valid_until`"]),
        (15, "valid_until = \"2013-03-31T23:59:59\"", 15, &["names no time zone"]),
        (12, "enrollments = 5\nlate_grace = \"soon\"", 13, &["`late_grace`", "write \"30s\""]),
        (12, "enrollments = 5\nmax_lateness = \"\"", 13, &["`max_lateness`"]),
    ]);
}

#[test]
fn bad_names_and_cards_of_credits_are_named() {
    each(&[
        (6, "id = \"Small\"", 6, &["`id` is \"Small\"", "a-z, 0-9 and dashes"]),
        (7, "kind = \"credit\"\ntitle = \" \"", 8, &["`title` is empty"]),
        (7, "kind = \"credit\"\ntitle = \"Get #AmexSmallBiz\"", 8, &["holds a hashtag"]),
        (7, "kind = \"credit\"\ncampaign = \"A b\"", 8, &["`campaign`"]),
        (7, "kind = \"credit\"\nterms_url = \"shop.example\"", 8, &["not a web address"]),
        (12, "enrollments = 5\nbrands = []", 13, &["`brands` names none"]),
        (12, "enrollments = 5\nfundings = [\"cash\"]", 13, &["prepaid"]),
    ]);
}

#[test]
fn bad_tags_of_credits_are_named() {
    each(&[
        (8, "tags = {}", 8, &["`enroll` is missing"]),
        (8, "tags = { enroll = \"#AmexSmallBiz\" }", 8, &["hash sign", "write \"AmexSmallBiz\""]),
        (8, "tags = { enroll = \"AB\" }", 8, &["\"AB\" is no tag"]),
        (8, "tags = { enroll = \"AmexSmallBiz\", buy = \"BuyIt\" }", 8, &["unknown key \"buy\""]),
    ]);
    let sale = GOOD.split_once("\n\n").expect("a shop and an offer").1;
    let clashes = [
        (
            "BuyKindleFireHD",
            "is also the enroll tag \"AmexSmallBiz\" of \"small-business-saturday\", on line 8",
        ),
        ("ConfirmKindleFireHD", "is also the enroll tag"),
    ];
    for (tag, words) in clashes {
        one(&format!("{GOOD_CREDIT}\n{}", sale.replace(tag, "amexsmallbiz")), 21, &[words]);
        one(
            &format!("{GOOD_CREDIT}\n{}", sale.replace(tag, "AmexSmaIlBiz")),
            21,
            &["looks like the enroll tag"],
        );
    }
    // The reverse, and two credits.
    let credit = GOOD_CREDIT.split_once("\n\n").expect("a shop and an offer").1;
    let taken = credit.replace("AmexSmallBiz", "BUYKINDLEFIREHD");
    one(&format!("{GOOD}\n{taken}"), 18, &["is also the buy tag \"BuyKindleFireHD\" of \"kindle-fire-hd\""]);
    let second = credit.replace("small-business", "other");
    one(&format!("{GOOD_CREDIT}\n{second}"), 20, &["is also the enroll tag"]);
}

#[test]
fn an_id_is_unique_across_kinds() {
    let credit = GOOD_CREDIT.split_once("\n\n").expect("a shop and an offer").1;
    let taken = credit.replace("small-business-saturday", "kindle-fire-hd");
    one(&format!("{GOOD}\n{taken}"), 16, &["another offer, on line 6, has the id"]);
}

#[test]
fn a_credit_that_cannot_be_announced_is_named() {
    // One letter with more combining marks than a post may hold cannot be shortened.
    let title = format!("kind = \"credit\"\ntitle = \"e{}\"", "\u{301}".repeat(400));
    let shown = faults(&replaced(GOOD_CREDIT, 7, &title)).to_string();
    let words = ["opening", "sold-out", "closing"];
    assert_eq!(shown.lines().count(), words.len(), "{shown}");
    for (line, announcement) in shown.lines().zip(words) {
        assert!(
            line.starts_with(&format!("offers.toml:8:9: the {announcement} announcement does not fit x")),
            "{line}"
        );
    }
}

#[test]
fn every_fault_of_a_credit_is_named_in_the_order_of_its_lines() {
    let text = GOOD_CREDIT
        .replace("AmexSmallBiz", "1")
        .replace("credit = \"25.00 USD\"", "credit = \"25.00\"")
        .replace("min_spend = \"25.00 USD\"", "min_spend = \"0 USD\"")
        .replace("\"m-101\"", "\"m-100\"")
        .replace("5000", "0")
        .replace("2013-03-31T", "2013-03-01T");
    let faults = faults(&text);
    let lines: Vec<u32> = faults.0.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [8, 9, 10, 11, 12, 15], "{faults}");
}
