//! `sell --resume`: an interrupted sale goes on after its cursor, and no post is lost or counted twice.

use std::fmt::Write as _;
use std::process::{Child, Stdio};

use flashtag::clock::Clock;
use flashtag::domain::time::{Millis, Timestamp};
use serde_json::Value;

use super::{OFFERS, Sale, binary, text};

/// Accounts that buy and confirm, and posts of unlinked accounts per buyer.
const BUYERS: usize = 300;
const UNLINKED_PER_BUYER: usize = 8;

/// Padding of each post, so that the file has many chunks and few decisions.
const FILLER_BYTES: usize = 2_000;

const KILLS: usize = 3;

/// A file of posts that are all decided on arrival: nothing is pending after the last.
fn sale() -> Sale {
    let now = Clock::start().now();
    let day = Millis::from_secs(24 * 60 * 60);
    let offers = OFFERS
        .replace("units = 1\n", "units = 1000\n")
        .replace("2013-02-13T12:00:00Z", &Timestamp::from_ms(now.ms() - day.ms()).to_string())
        .replace("2013-02-13T18:00:00Z", &now.plus(day).to_string());
    let (mut accounts, mut posts, mut id) = (String::new(), String::new(), 1_000);
    let mut post = |author: usize, words: &str| {
        id += 1;
        let filler = "x".repeat(FILLER_BYTES);
        writeln!(
            posts,
            r#"{{"network":"x","id":"{id}","author":{{"id":"{author}"}},"posted_at":"{now}","text":"{words} {filler}"}}"#
        )
        .expect("texts can be written");
    };
    for buyer in 0..BUYERS {
        let author = 100_000 + buyer;
        post(author, "#BuyKindle");
        for stranger in 0..UNLINKED_PER_BUYER {
            post(200_000 + buyer * UNLINKED_PER_BUYER + stranger, "#BuyKindle");
        }
        post(author, "#ConfirmKindle");
        writeln!(
            accounts,
            r#"{{"network":"x","author_id":"{author}","card":{{"token":"tok_{author}","brand":"amex","funding":"credit","last4":"1005"}},"email":"{author}@example.com","region":"US-NY"}}"#
        )
        .expect("texts can be written");
    }
    Sale::new(offers, accounts, posts)
}

fn spawn(sale: &Sale) -> Child {
    let path = |name: &str| sale.path(name).display().to_string();
    let files = [
        ("--offers", "offers.toml"),
        ("--accounts", "accounts.ndjson"),
        ("--posts", "posts.ndjson"),
        ("--out", "out"),
    ];
    let mut command = binary();
    command.args(["sell", "--clock", "wall", "--resume"]);
    for (option, name) in files {
        command.args([option, &path(name)]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

/// The offset of the stored cursor.
fn offset(sale: &Sale) -> u64 {
    let Ok(stored) = std::fs::read(sale.path("out/posts.cursor")) else { return 0 };
    let stored: Value = serde_json::from_slice(&stored).expect("a cursor is replaced as a whole");
    let cursor = stored["stored"]["cursor"].as_str().expect("a cursor");
    cursor.split('/').nth(1).and_then(|offset| offset.parse().ok()).expect("an offset")
}

/// Runs the sale until it stores another cursor, and kills it.
fn kill_behind_next_cursor(sale: &Sale) {
    let before = offset(sale);
    let mut child = spawn(sale);
    while offset(sale) <= before && child.try_wait().expect("the process is ours").is_none() {
        std::thread::yield_now();
    }
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
}

/// Selected fields of each line, without times and reservation numbers.
fn selected_fields(lines: &[Value], fields: &[&str]) -> Vec<String> {
    let selected =
        |line: &Value| fields.iter().map(|field| line[*field].to_string()).collect::<Vec<_>>().join(" ");
    let mut all: Vec<String> = lines.iter().map(selected).collect();
    all.sort();
    all
}

#[test]
fn a_killed_sale_resumes_without_losing_or_repeating_a_post() {
    let sale = sale();
    let length = std::fs::metadata(sale.path("posts.ndjson")).expect("the file is there").len();
    let mut in_the_middle = 0;
    for _ in 0..KILLS {
        kill_behind_next_cursor(&sale);
        in_the_middle += u32::from((1..length).contains(&offset(&sale)));
    }
    assert!(in_the_middle > 0, "no kill fell in the middle of {length} bytes");
    sale.sell_with(&["--clock", "wall", "--resume"]).must(0, &["3000 lines read, 3000 posts concerned"]);
    let whole = sale.path("whole").display().to_string();
    sale.sell_with(&["--clock", "wall", "--out", &whole]).must(0, &["3000 lines read"]);
    let fields = ["post", "account", "offer", "outcome", "units", "duplicate"];
    let outcomes = |out: &str| selected_fields(&sale.lines(&format!("{out}/outcomes.ndjson")), &fields);
    assert_eq!(outcomes("whole").len(), 3_000 + BUYERS, "one line for each post, and one for each order");
    let (found, expected) = (outcomes("out"), outcomes("whole"));
    let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert!(found.len() == expected.len() && differs.is_none(), "{} lines; {differs:?}", found.len());
    let money = |out: &str| {
        let effects = sale.lines(&format!("{out}/effects.ndjson"));
        let owed = ["authorize", "capture", "order", "email"];
        let owed: Vec<Value> =
            effects.into_iter().filter(|line| owed.contains(&text(line, "kind"))).collect();
        selected_fields(&owed, &["kind", "account", "to", "amount"])
    };
    assert!(money("out") == money("whole"), "effects were lost or doubled");
    sale.verify(&["--strict"]).must(0, &["0 violated"]);
}

#[test]
fn a_finished_sale_resumes_with_posts_appended_to_its_file() {
    let sale = sale();
    let posts = sale.read("posts.ndjson");
    // The first half holds every confirmation of its claims, so nothing is pending after it.
    let lines: Vec<&str> = posts.split_inclusive('\n').collect();
    let (first, second) = lines.split_at(lines.len() / 2);
    let (first, second) = (first.concat(), second.concat());
    sale.write("posts.ndjson", &first);
    sale.sell_with(&["--clock", "wall"]).must(0, &[]);
    let before = sale.lines("out/outcomes.ndjson").len();
    sale.sell_with(&["--clock", "wall", "--resume"]).must(0, &[]);
    assert_eq!(sale.lines("out/outcomes.ndjson").len(), before, "nothing was added");
    sale.write("posts.ndjson", format!("{first}{second}"));
    sale.sell_with(&["--clock", "wall", "--resume"]).must(0, &["3000 lines read, 3000 posts concerned"]);
    assert_eq!(sale.lines("out/outcomes.ndjson").len(), 3_000 + BUYERS);
    sale.write("posts.ndjson", &second);
    let refused = sale.sell_with(&["--clock", "wall", "--resume"]);
    refused.must(65, &["posts.ndjson", "the sale cannot go on", "another file"]);
    assert_eq!(
        sale.lines("out/outcomes.ndjson").len(),
        3_000 + BUYERS,
        "a refused resume leaves all as it is"
    );
}

#[test]
fn an_impossible_resume_is_refused_without_side_effects() {
    let sale = Sale::new(OFFERS, super::ACCOUNTS, super::POSTS);
    sale.sell_with(&["--resume"]).must(2, &["--resume", "--clock wall"]);
    sale.sell_with(&["--resume", "--clock", "wall", "--posts", "-"]).must(2, &["--resume", "file"]);
    assert!(!sale.path("out").exists(), "something was begun");
}
