//! Card numbers in posts: they appear in no file, no log and no answer, however they are spelled.

use std::path::Path;

use super::serve::{CONFIG, Running, post_by, shop_with};
use super::{Ran, Sale, binary, flashtag, ndjson, text};

/// Card numbers as people write them, and their digits.
const NUMBERS: [(&str, &str); 7] = [
    ("4242424242424242", "4242424242424242"),
    ("5555 5555 5555 4444", "5555555555554444"),
    ("3782-822463-10005", "378282246310005"),
    ("6011.1111.1111.1117", "6011111111111117"),
    ("４００００５６６５５６６５５５６", "4000056655665556"),
    ("3056\u{a0}9309\u{a0}0259\u{a0}04", "30569309025904"),
    ("2223\u{200b}0031\u{2011}2200\u{200b}3222", "2223003122003222"),
];

/// The most verbose log.
const VERBOSE: [(&str, &str); 1] = [("RUST_LOG", "trace")];

/// The first of the numbers in these bytes, whatever separates its digits.
fn number_in(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let digit = |ch: char| match ch {
        '０'..='９' => char::from_digit(ch as u32 - '０' as u32, 10),
        _ => Some(ch).filter(char::is_ascii_digit),
    };
    let digits: String = text.chars().filter_map(digit).collect();
    NUMBERS.iter().find(|(_, number)| digits.contains(number)).map(|(_, number)| *number)
}

#[track_caller]
fn must_be_clean(name: &str, bytes: &[u8]) {
    let found = number_in(bytes);
    assert_eq!(found, None, "a card number is in {name}:\n{}", String::from_utf8_lossy(bytes));
}

/// Checks every file under a directory, and returns the number of files.
#[track_caller]
fn must_be_clean_below(directory: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files += must_be_clean_below(&path);
        } else {
            must_be_clean(&path.display().to_string(), &std::fs::read(&path).expect("it can be read"));
            files += 1;
        }
        must_be_clean("a name", path.as_os_str().as_encoded_bytes());
    }
    files
}

/// Posts with the numbers in their texts and their authors' names, and the outcome of each. Ana buys; the
/// others are not linked.
fn posts() -> Vec<(String, &'static str)> {
    let [(hers, _), (hers_too, _), ..] = NUMBERS;
    let mut posts = vec![
        (post_by(42, &format!("ana {hers}"), 2, &format!("#BuyKindle with {hers} 12/29")), "reserved"),
        (post_by(42, &format!("ana {hers}"), 3, &format!("{hers_too} #ConfirmKindle")), "confirmed"),
    ];
    for ((number, _), id) in NUMBERS.into_iter().zip((10_u32..).step_by(10)) {
        let texts = [
            (format!("#BuyKindle {number} 123"), "not_linked"),
            (format!("#BuyKindle{number}"), "not_relevant"),
            (format!("RT @{number}: #BuyKindle"), "manual_repost"),
        ];
        let handle = format!("bob {number}");
        posts.extend(
            (id..).zip(texts).map(|(id, (words, outcome))| (post_by(70, &handle, id, &words), outcome)),
        );
    }
    let escaped = post_by(70, "bob", 1, "#BuyKindle 4242424242424242");
    posts.push((escaped.replace("4242424242424242", "\\u0034242424242424242"), "not_linked"));
    posts
}

/// Invalid lines with the numbers.
fn bad_lines() -> Vec<String> {
    let bad = |(number, _): (&str, &str)| {
        let good = post_by(70, "bob", 2, &format!("#BuyKindle {number}"));
        [
            format!("#BuyKindle {number}\n"),
            good.replace("}\n", "\n"),
            good.replace("\"x\"", &format!("\"{number}\"")),
            good.replace("\"id\":\"2\"", &format!("\"id\":\"x {number}\"")),
            good.replace("\"text\"", &format!("\"{number}\":1,\"{number}\":2,\"text\":1,\"text\"")),
            good.replace("\"posted_at\":\"", &format!("\"posted_at\":\"{number}")),
        ]
    };
    NUMBERS.into_iter().flat_map(bad).collect()
}

/// All posts and lines: a sale skips the invalid ones and decides the valid ones.
fn recording() -> String {
    let good = posts().into_iter().map(|(line, _)| line);
    good.chain(bad_lines()).collect()
}

#[test]
fn a_number_is_found_in_every_spelling() {
    for (spelled, number) in NUMBERS {
        assert_eq!(number_in(format!("\0a {spelled} b").as_bytes()), Some(number));
    }
    assert_eq!(number_in("4242 4242 4242 4241 and ４２".as_bytes()), None);
}

#[test]
fn serve_stores_no_card_number() {
    let sale = shop_with(CONFIG);
    let engine = Running::start_with(&sale, &VERBOSE);
    for (line, outcome) in posts() {
        let (status, answer) = engine.post(&line);
        assert_eq!((status, text(&ndjson(&answer)[0], "outcome")), (200, outcome), "{line}: {answer}");
        must_be_clean("an answer", answer.as_bytes());
    }
    for line in bad_lines() {
        let (status, answer) = engine.post(&line);
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&line).is_ok();
        assert_eq!(status, if is_json { 200 } else { 400 }, "{line}: {answer}");
        assert_eq!(is_json, answer.contains("unreadable"), "{line}: {answer}");
        must_be_clean("an answer", answer.as_bytes());
    }
    for (number, _) in NUMBERS {
        let feed = format!(r#"{{"id":"t-1","card":"{number}","merchant":"{number}","amount":"{number}"}}"#);
        let (status, answer) = engine.post_to("/v1/transactions", &feed);
        assert!(status == 200 && answer.contains("unreadable"), "{feed}: {answer}");
        must_be_clean("an answer", answer.as_bytes());
    }
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("TRACE"), "the log was at its most verbose:\n{words}");
    must_be_clean("the log", words.as_bytes());
    assert!(must_be_clean_below(sale.path("data").as_path()) > 5, "all files are present");
    let data = sale.path("data").display().to_string();
    for command in ["verify", "history"] {
        must_be_clean(command, flashtag([command, "--data", &data]).must(0, &[]).out.as_bytes());
    }
}

/// `sell` of the recording with the most verbose log.
fn sell(sale: &Sale, clock: &str) -> Ran {
    let mut command = binary();
    command.arg("sell");
    for (option, name) in
        [("--offers", "offers.toml"), ("--accounts", "accounts.ndjson"), ("--posts", "posts.ndjson")]
    {
        command.arg(option).arg(sale.path(name));
    }
    command.arg("--out").arg(sale.path("out")).args(["--clock", clock]).envs(VERBOSE);
    Ran::of(command.output().expect("the binary runs"))
}

#[test]
fn sell_stores_no_card_number() {
    for clock in ["posts", "wall"] {
        println!("--clock {clock}");
        let sale = shop_with(CONFIG);
        sale.write("posts.ndjson", recording());
        let ran = sell(&sale, clock).must(0, &["lines were left out"]);
        must_be_clean("what it says", ran.err.as_bytes());
        must_be_clean("what it says", ran.out.as_bytes());
        assert!(must_be_clean_below(sale.path("out").as_path()) > 5, "all files are present");
        assert!(sale.read("out/outcomes.ndjson").contains("\"sold\""), "the good posts counted");
    }
}
