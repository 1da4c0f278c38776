//! `sell --commands`: the operator's commands during the recording.

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, Sale, text};

/// Ana, Bob and Carl are linked.
fn accounts() -> String {
    ["42", "43", "44"].map(|author| ACCOUNTS.replace("\"42\"", &format!("\"{author}\""))).concat()
}

fn post(id: u32, author: u32, time: &str, words: &str) -> String {
    format!(
        r##"{{"network":"x","id":"{id}","author":{{"id":"{author}"}},"posted_at":"2013-02-13T{time}Z","text":"{words}"}}"##
    ) + "\n"
}

fn stock(time: &str, command: &str, units: u32) -> String {
    format!(r#"{{"at":"2013-02-13T{time}Z","command":"{command}","offer":"kindle","units":{units}}}"#) + "\n"
}

fn run(posts: &str, commands: &str) -> Sale {
    let sale = Sale::new(OFFERS, accounts(), posts);
    sale.write("commands.ndjson", commands);
    sale
}

fn sell(sale: &Sale) -> super::Ran {
    sale.sell_with(&["--commands", &sale.path("commands.ndjson").display().to_string()])
}

/// Time of day, account and outcome of each line.
fn outcomes(sale: &Sale) -> Vec<String> {
    let lines = sale.lines("out/outcomes.ndjson");
    let line = |line: &Value| {
        let at = text(line, "at").split(['T', '.']).nth(1).unwrap_or_default().to_owned();
        format!("{at} {} {}", text(line, "account"), text(line, "outcome"))
    };
    lines.iter().map(line).collect()
}

fn kindle(sale: &Sale) -> Value {
    let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
    summary["offers"][0].clone()
}

#[test]
fn commands_take_effect_in_time_after_posts_of_the_same_instant() {
    let posts = [
        post(1, 42, "12:00:00", "#BuyKindle"),
        post(2, 43, "12:01:00", "#BuyKindle"),
        post(3, 44, "12:05:00", "#BuyKindle"),
    ];
    // The later line has the earlier time.
    let commands = stock("17:00:00", "restock", 1) + &stock("12:05:00", "restock", 2);
    let sale = run(&posts.concat(), &commands);
    sell(&sale).must(0, &["3 posts concerned an offer"]);
    let expected = [
        "12:00:00 x:42 reserved",
        "12:01:00 x:43 waitlisted",
        // Had the units been there a moment before, the claim would have been reserved.
        "12:05:00 x:44 waitlisted",
        "12:05:00 x:43 promoted",
        "12:05:00 x:44 promoted",
        "12:15:30 x:42 expired",
        "12:20:30 x:43 expired",
        "12:20:30 x:44 expired",
    ];
    assert_eq!(outcomes(&sale), expected);
    let counts = ["allotment", "available", "reserved", "sold"].map(|count| kindle(&sale)[count].clone());
    assert_eq!(counts, [json!(4), json!(4), json!(0), json!(0)]);
    let data = sale.path("out").display().to_string();
    super::flashtag(["history", "--data", &data]).must(0, &["\"key\":\"line-1\"", "\"key\":\"line-2\""]);
    let first =
        ["outcomes.ndjson", "effects.ndjson", "summary.json"].map(|name| sale.read(&format!("out/{name}")));
    sell(&sale).must(0, &[]);
    let again =
        ["outcomes.ndjson", "effects.ndjson", "summary.json"].map(|name| sale.read(&format!("out/{name}")));
    assert_eq!(again, first, "the same input gives the same bytes");
    sale.verify(&["--strict"]).must(0, &[]);
}

#[test]
fn commands_before_the_first_post_and_after_the_last_count() {
    let commands = [
        stock("10:00:00", "restock", 4),
        stock("11:00:00", "withdraw", 3),
        r#"{"at":"2013-02-13T11:30:00Z","command":"unfreeze","account":"x:42"}"#.to_owned() + "\n",
        stock("13:00:00", "withdraw", 1),
    ];
    let sale = run(&post(1, 42, "12:30:00", "#BuyKindle"), &commands.concat());
    sell(&sale).must(0, &[]);
    assert_eq!(outcomes(&sale), ["12:30:00 x:42 reserved", "12:45:30 x:42 expired"]);
    assert_eq!(
        (kindle(&sale)["allotment"].clone(), kindle(&sale)["available"].clone()),
        (json!(1), json!(1))
    );
    sale.verify(&["--strict"]).must(0, &[]);
    let empty = run("", &stock("12:00:00", "restock", 4));
    sell(&empty).must(0, &[]);
    assert_eq!(kindle(&empty)["allotment"], 5);
}

#[test]
fn a_command_that_cannot_be_carried_out_is_skipped_and_named() {
    let commands = [
        stock("12:01:00", "withdraw", 1),
        "\n".to_owned(),
        stock("12:02:00", "restock", 100_000_000),
        stock("19:00:00", "restock", 1),
    ];
    let sale = run(&post(1, 42, "12:00:00", "#BuyKindle"), &commands.concat());
    let reasons = [
        (1, "only 0 units are available"),
        (3, "so many units cannot be counted, or paid for"),
        (4, "the sale is over"),
    ];
    let messages: Vec<String> = reasons
        .iter()
        .map(|(line, reason)| format!("commands.ndjson:{line}: left undone: {reason}"))
        .collect();
    sell(&sale).must(0, &messages.iter().map(String::as_str).collect::<Vec<_>>());
    let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
    let listed: Vec<Value> =
        reasons.iter().map(|(line, reason)| json!({"line": line, "reason": reason})).collect();
    assert_eq!(summary["refused_commands"], json!(listed));
    assert_eq!(kindle(&sale)["allotment"], 1);
}

#[test]
fn one_invalid_command_prevents_the_sale() {
    let good = stock("12:01:00", "restock", 1);
    let table = [
        ("no JSON", "restock\n".to_owned(), "commands.ndjson:2: not JSON"),
        (
            "an unknown command",
            stock("12:00:00", "sell", 1),
            "commands.ndjson:2: `command` is not one of restock",
        ),
        (
            "no units",
            stock("12:00:00", "restock", 0),
            "commands.ndjson:2: `units` is not a whole number from 1",
        ),
        ("no time", stock("noon", "restock", 1), "commands.ndjson:2: `at` is not an instant"),
        (
            "an unknown offer",
            stock("12:00:00", "restock", 1).replace("kindle", "nook"),
            "commands.ndjson:2: `offer` is none of the offer file",
        ),
        ("an unknown field", stock("12:00:00", "restock", 1).replace("at", "when"), "`when` is no field"),
    ];
    for (sentence, bad, message) in table {
        println!("{sentence}");
        let sale = run(&post(1, 42, "12:00:00", "#BuyKindle"), &format!("{good}{bad}{good}nonsense\n"));
        sell(&sale).must(65, &[message, "commands.ndjson:4: not JSON", "nothing was sold"]);
        assert!(!sale.path("out").exists(), "{sentence}: something was begun");
    }
}

#[test]
fn commands_need_a_recording() {
    let sale = run("", &stock("12:00:00", "restock", 1));
    let path = sale.path("commands.ndjson").display().to_string();
    sale.sell_with(&["--commands", &path, "--clock", "wall"]).must(2, &["--clock wall", "flashtag restock"]);
    sale.sell_with(&["--commands", "/no/such/file"]).must(66, &["/no/such/file", "No such file"]);
    assert!(!sale.path("out").exists());
}
