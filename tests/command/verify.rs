//! `verify`: a genuine history passes, a forged one fails, and a missing one is reported.

use std::path::Path;

use super::{ACCOUNTS, OFFERS, POSTS, Sale, flashtag};

fn sold() -> Sale {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    sale.sell().must(0, &[]);
    sale
}

#[test]
fn a_genuine_history_passes() {
    let ran = sold().verify(&["--strict"]).must(0, &["0 violated", "149.99 USD captured"]);
    assert!(ran.out.lines().filter(|line| line.starts_with("ok ")).count() >= 20, "{}", ran.out);
}

#[test]
fn a_forged_ledger_fails() {
    let capture = |line: &str| line.contains("\"capture\"");
    type Forgery = fn(&str) -> Vec<String>;
    let table: [(&str, Forgery, &str); 5] = [
        (
            "an order captured twice",
            |line| vec![line.to_owned(), line.replace("0/7/0", "0/9/0")],
            "never_charged_twice",
        ),
        ("another amount", |line| vec![line.replace("149.99", "149.98")], "no_money_without_effect"),
        ("another card", |line| vec![line.replace("tok_ana", "tok_bob")], "no_money_without_effect"),
        ("a capture that was not", |_| Vec::new(), "sold_is_captured"),
        (
            "money under no effect's key",
            |line| vec![line.replace("0/7/0", "0/99/0")],
            "no_money_without_effect",
        ),
    ];
    for (sentence, forge, promise) in table {
        println!("{sentence}");
        let sale = sold();
        let ledger = sale.read("out/cards.ndjson");
        let forged =
            ledger.lines().flat_map(|line| if capture(line) { forge(line) } else { vec![line.to_owned()] });
        let forged: String = forged.map(|line| line + "\n").collect();
        sale.write("out/cards.ndjson", &forged);
        let ran = sale.verify(&[]).must(1, &[]);
        let violated = |line: &str| line.contains(promise) && !line.starts_with("ok ");
        assert!(ran.out.lines().any(violated), "{sentence}: {}", ran.out);
        // The same ledger by its name, with the genuine one beside the history.
        sale.write("forged.ndjson", &forged);
        sale.write("out/cards.ndjson", &ledger);
        sale.verify(&[]).must(0, &[]);
        sale.verify(&["--ledger", &sale.path("forged.ndjson").display().to_string()]).must(1, &[promise]);
    }
}

#[test]
fn an_invalid_ledger_is_named_by_its_line() {
    let sale = sold();
    let ledger = sale.read("out/cards.ndjson");
    sale.write("out/cards.ndjson", format!("nonsense\n{ledger}"));
    sale.verify(&[]).must(65, &["cards.ndjson:1: not a line"]);
    sale.verify(&["--ledger", "no-such-ledger"]).must(66, &["cannot read no-such-ledger"]);
}

#[test]
fn a_directory_without_a_history_is_refused() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    for command in ["verify", "history"] {
        for path in [empty.path(), &empty.path().join("missing")] {
            let ran = flashtag([command, "--data", &path.display().to_string()]);
            ran.must(66, &["holds no journal", "name the data directory"]);
        }
    }
    assert_eq!(super::listing(empty.path()), Vec::<String>::new(), "nothing is left where one looked");
}

#[test]
fn a_damaged_journal_is_refused() {
    let sale = sold();
    let journal = sale.path("out/journal/partition-0");
    let segment = super::listing(&journal).into_iter().next().expect("a segment");
    let path = journal.join(segment);
    let whole = std::fs::read(&path).expect("the segment");
    let at = whole.windows(7).position(|bytes| bytes == b"tok_ana").expect("the claim is in it");
    let mut damaged = whole;
    damaged[at] ^= 1;
    std::fs::write(Path::new(&path), damaged).expect("the segment is written");
    let ran = sale.verify(&[]);
    assert!(matches!(ran.code, Some(1 | 78)), "{ran:?}");
    assert!(!ran.err.is_empty() || ran.out.contains("VIOLATED"), "{ran:?}");
}
