//! Card transactions: valid lines are read, and the faults of others are named.

use std::io::{self, Read};

use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};
use flashtag::intake::transactions::{Arrived, decode_transaction, read_transactions};

const PURCHASE: &str = r#"{"id":"t-1","card":"tok_1","merchant":"m-100","amount":"31.20 USD","at":"2013-02-14T10:00:00Z","kind":"purchase"}"#;
const REFUND: &str = r#"{"id":"t-2","card":"tok_1","merchant":"m-100","amount":"1.20 USD","at":"2013-02-15T10:00:00Z","kind":"refund","refund_of":"t-1"}"#;

fn id(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("the test names a transaction")
}

fn purchase() -> Transaction {
    Transaction {
        id: id("t-1"),
        card: "tok_1".into(),
        merchant: "m-100".into(),
        amount: "31.20 USD".parse().expect("an amount"),
        at: "2013-02-14T10:00:00Z".parse().expect("an instant"),
        kind: TransactionKind::Purchase,
    }
}

fn decoded(line: &str) -> Arrived {
    decode_transaction(line.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {line}"))
}

/// The line with one part replaced.
fn swapped(line: &str, good: &str, bad: &str) -> String {
    assert!(line.contains(good), "{good} is no part of the line");
    line.replacen(good, bad, 1)
}

#[test]
fn valid_lines_are_read() {
    let arrived = |transaction| Arrived { transaction, arrived_at: None };
    assert_eq!(decoded(PURCHASE), arrived(purchase()));
    let refund = Transaction {
        id: id("t-2"),
        amount: "1.20 USD".parse().unwrap(),
        at: "2013-02-15T10:00:00Z".parse().unwrap(),
        kind: TransactionKind::Refund { of: id("t-1") },
        ..purchase()
    };
    assert_eq!(decoded(REFUND), arrived(refund));

    let same = [
        (",\"kind\":\"purchase\"", ""),
        (",\"kind\":\"purchase\"", ",\"kind\":null,\"refund_of\":null,\"arrived_at\":null,\"currency\":null"),
        ("\"31.20 USD\"", "\"31.20\",\"currency\":\"USD\""),
        ("\"31.20 USD\"", "\"31.2\",\"currency\":\"USD\""),
        ("\"31.20 USD\"", "\"31.20 USD\",\"currency\":\"USD\""),
        ("10:00:00Z", "11:00:00+01:00"),
    ];
    for (good, other) in same {
        assert_eq!(decoded(&swapped(PURCHASE, good, other)), arrived(purchase()), "{other}");
    }
    let late = swapped(PURCHASE, "\"kind\"", "\"arrived_at\":\"2013-02-14T10:00:07Z\",\"kind\"");
    assert_eq!(decoded(&late).arrived_at, Some("2013-02-14T10:00:07Z".parse().unwrap()));

    let bounds = [
        ("t-1", "t".repeat(128)),
        // Every tenth number passes the check of a card number; feeds number their transactions.
        ("t-1", "4242424242424242".to_owned()),
        ("tok_1", "t".repeat(255)),
        ("m-100", "m".repeat(128)),
        ("m-100", "m".to_owned()),
        ("31.20 USD", "0.01 USD".to_owned()),
        ("31.20 USD", "92233720368547758.07 USD".to_owned()),
        ("31.20 USD", "1500 JPY".to_owned()),
    ];
    for (good, other) in bounds {
        decoded(&swapped(PURCHASE, good, &other));
    }
}

/// The part of a purchase to replace, its replacement, the fault's code, and the named field.
const BAD_PURCHASES: &[(&str, &str, &str, &str)] = &[
    ("31.20 USD", "0.00 USD", "bad_value", "amount"),
    ("31.20 USD", "-31.20 USD", "bad_value", "amount"),
    ("31.20 USD", "-0.00 USD", "bad_value", "amount"),
    ("31.20 USD", "31.20", "bad_value", "amount"),
    ("31.20 USD", "31,20 USD", "bad_value", "amount"),
    ("31.20 USD", "31.200 USD", "bad_value", "amount"),
    ("31.20 USD", "31.20  USD", "bad_value", "amount"),
    ("31.20 USD", "31.20 usd", "bad_value", "amount"),
    ("31.20 USD", "31.20 QQQ", "bad_value", "amount"),
    ("31.20 USD", "1e3 USD", "bad_value", "amount"),
    ("31.20 USD", "99999999999999999999 USD", "bad_value", "amount"),
    ("31.20 USD", "", "bad_value", "amount"),
    ("\"31.20 USD\"", "31.20", "bad_type", "amount"),
    ("\"31.20 USD\"", "null", "bad_type", "amount"),
    ("\"31.20 USD\"", "\"31.20\",\"currency\":\"QQQ\"", "bad_value", "currency"),
    ("\"31.20 USD\"", "\"31.20\",\"currency\":\"\"", "bad_value", "currency"),
    ("\"31.20 USD\"", "\"31.20\",\"currency\":840", "bad_type", "currency"),
    ("\"31.20 USD\"", "\"31.20 USD\",\"currency\":\"EUR\"", "bad_value", "currency"),
    ("\"amount\":\"31.20 USD\",", "", "missing_field", "amount"),
    ("tok_1", "4242424242424242", "pan_not_allowed", "card"),
    ("tok_1", "4242-4242-4242-4242", "pan_not_allowed", "card"),
    ("tok_1", "tok_378282246310005", "pan_not_allowed", "card"),
    ("tok_1", "", "bad_value", "card"),
    ("tok_1", "tok 1", "bad_value", "card"),
    ("\"tok_1\"", "1", "bad_type", "card"),
    ("\"card\":\"tok_1\",", "", "missing_field", "card"),
    ("m-100", "4242424242424242", "pan_not_allowed", "merchant"),
    ("m-100", "", "bad_value", "merchant"),
    ("m-100", "m 100", "bad_value", "merchant"),
    ("m-100", "m-é", "bad_value", "merchant"),
    ("m-100", "m\\u00007", "bad_value", "merchant"),
    ("\"m-100\"", "100", "bad_type", "merchant"),
    ("\"merchant\":\"m-100\",", "", "missing_field", "merchant"),
    ("t-1", "", "bad_value", "id"),
    ("t-1", "t 1", "bad_value", "id"),
    ("\"t-1\"", "1", "bad_id", "id"),
    ("\"id\":\"t-1\",", "", "missing_field", "id"),
    ("2013-02-14T10:00:00Z", "yesterday", "bad_time", "at"),
    ("2013-02-14T10:00:00Z", "2013-02-14T10:00:00", "bad_time", "at"),
    ("2013-02-14T10:00:00Z", "9999-12-31T00:00:00Z", "bad_time", "at"),
    ("\"at\":\"2013-02-14T10:00:00Z\",", "", "missing_field", "at"),
    ("\"kind\"", "\"arrived_at\":\"late\",\"kind\"", "bad_time", "arrived_at"),
    ("\"purchase\"", "\"Purchase\"", "bad_value", "kind"),
    ("\"purchase\"", "\"chargeback\"", "bad_value", "kind"),
    ("\"purchase\"", "7", "bad_type", "kind"),
    ("\"purchase\"", "\"purchase\",\"refund_of\":\"t-0\"", "bad_value", "refund_of"),
    ("\"kind\":\"purchase\"", "\"refund_of\":\"t-0\"", "bad_value", "refund_of"),
    ("\"purchase\"", "\"refund\"", "missing_field", "refund_of"),
    ("\"kind\"", "\"cvc\":\"123\",\"kind\"", "unknown_field", "cvc"),
    ("\"kind\"", "\"card\":\"tok_2\",\"kind\"", "duplicate_key", "card"),
];

#[test]
fn a_bad_purchase_is_named() {
    for (good, bad, code, field) in BAD_PURCHASES {
        let line = swapped(PURCHASE, good, bad);
        let fault = decode_transaction(line.as_bytes()).expect_err(&line);
        assert_eq!(fault.code(), *code, "{fault}: {line}");
        assert!(
            fault.to_string().starts_with(&format!("`{field}` ")) || *code == "bad_id",
            "{fault}: {line}"
        );
        assert!(!fault.to_string().contains("4242"), "a card number was repeated: {fault}");
    }
}

#[test]
fn a_bad_refund_is_named() {
    for (good, bad, code) in [
        (",\"refund_of\":\"t-1\"", "", "missing_field"),
        ("\"t-1\"", "null", "missing_field"),
        ("\"t-1\"", "\"t-2\"", "bad_value"),
        ("\"t-1\"", "\"\"", "bad_value"),
        ("\"t-1\"", "1", "bad_id"),
        ("1.20 USD", "-1.20 USD", "bad_value"),
        ("\"refund\"", "\"purchase\"", "bad_value"),
    ] {
        let line = swapped(REFUND, good, bad);
        let fault = decode_transaction(line.as_bytes()).expect_err(&line);
        assert_eq!(fault.code(), code, "{fault}: {line}");
    }
}

#[test]
fn a_line_that_is_not_an_object_is_named() {
    for (line, code) in [
        ("nonsense", "not_json"),
        ("", "not_json"),
        (r#"["t-1","tok_1","m-100","31.20 USD","2013-02-14T10:00:00Z"]"#, "bad_type"),
        ("\u{feff}{}", "bad_encoding"),
        ("{}", "missing_field"),
    ] {
        assert_eq!(decode_transaction(line.as_bytes()).unwrap_err().code(), code, "{line}");
    }
    for length in [129, 100_000] {
        let line = swapped(PURCHASE, "t-1", &"t".repeat(length));
        assert_eq!(decode_transaction(line.as_bytes()).unwrap_err().code(), "bad_value");
    }
    for (good, length) in [("m-100", 129), ("tok_1", 256)] {
        let line = swapped(PURCHASE, good, &"m".repeat(length));
        assert_eq!(decode_transaction(line.as_bytes()).unwrap_err().code(), "bad_value");
    }
}

#[test]
fn bad_lines_of_a_recording_are_skipped() {
    let file = format!("\n{PURCHASE}\r\nnonsense\n   \n{REFUND}\n{{}}\n{}", PURCHASE.replace("t-1", "t-3"));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let lines = read_transactions(
        file.as_bytes(),
        |arrived| good.push(arrived.transaction.id.to_string()),
        |line, fault| bad.push((line, fault.code())),
    );
    assert_eq!(lines.unwrap(), 5);
    assert_eq!(good, ["t-1", "t-2", "t-3"]);
    assert_eq!(bad, [(3, "not_json"), (6, "missing_field")]);
}

#[test]
fn a_reader_that_fails_ends_the_reading() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    let mut seen = 0;
    let read =
        read_transactions(PURCHASE.as_bytes().chain(&b"\n"[..]).chain(Broken), |_| seen += 1, |_, _| ());
    assert_eq!((read.unwrap_err().to_string(), seen), ("broken".to_owned(), 1));
}
