//! An order that is taken back: the money is refunded, and then the units are handed on.

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, POSTS, Sale, text};

#[test]
fn a_sold_order_that_is_taken_back_is_refunded_and_its_unit_goes_to_the_next_in_line() {
    let offers = format!("{OFFERS}take_back = \"10m\"\n");
    let post = |id: u32, author: u32, time: &str, words: &str| {
        format!(
            r##"{{"network":"x","id":"{id}","author":{{"id":"{author}"}},"posted_at":"2013-02-13T{time}Z","text":"{words}"}}"##
        ) + "\n"
    };
    let more = post(3, 43, "12:00:30", "#BuyKindle");
    let posts = POSTS.replacen('\n', &format!("\n{more}"), 1) + &post(4, 42, "12:05:00", "#CancelKindle");
    let sale = Sale::new(&offers, ACCOUNTS.to_owned() + &ACCOUNTS.replace("\"42\"", "\"43\""), &posts);
    sale.sell_with(&[]).must(0, &[]);
    let line = |line: &Value| format!("{} {}", text(line, "account"), text(line, "outcome"));
    let outcomes: Vec<String> = sale.lines("out/outcomes.ndjson").iter().map(line).collect();
    let expected = [
        "x:42 reserved",
        "x:43 waitlisted",
        "x:42 confirmed",
        "x:42 sold",
        "x:42 released",
        "x:42 refunded",
        "x:43 promoted",
        "x:43 expired",
    ];
    assert_eq!(outcomes, expected);
    let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
    let offer = &summary["offers"][0];
    let counts = ["available", "reserved", "sold"].map(|count| offer[count].clone());
    assert_eq!(counts, [json!(1), json!(0), json!(0)]);
    assert_eq!(offer["captured"], "0.00 USD");
    sale.verify(&["--strict"]).must(0, &[]);
}
