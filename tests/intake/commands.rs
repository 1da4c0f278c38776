//! An operator's commands in a recording: valid ones are read, others named.

use flashtag::domain::id::OfferId;
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange};
use flashtag::intake::commands::{Operation, Scheduled, decode_command};

const RESTOCK: &str = r#"{"at":"2013-02-13T12:05:00Z","command":"restock","offer":"kindle","units":5}"#;
const PAUSE: &str = r#"{"at":"2013-02-13T12:05:00Z","command":"pause","offer":"kindle"}"#;
const UNFREEZE: &str = r#"{"at":"2013-02-13T12:05:00Z","command":"unfreeze","account":"x:42"}"#;

/// An order to a sale, with more fields behind it.
fn sale(command: &str, more: &str) -> String {
    format!(r#"{{"at":"2013-02-13T12:05:00Z","command":"{command}","offer":"kindle"{more}}}"#)
}

#[test]
fn valid_commands_are_read() {
    let offer = || OfferId::parse("kindle").unwrap();
    let account = "mastodon:https://a.example/u/1".parse().unwrap();
    let paused = |deadlines| Operation::Sale { offer: offer(), change: SaleChange::Pause(deadlines) };
    let closed = |line| Operation::Sale { offer: offer(), change: SaleChange::Close(line) };
    let table = [
        (RESTOCK.to_owned(), Operation::Restock { offer: offer(), units: 5 }),
        (RESTOCK.replace("restock", "withdraw"), Operation::Withdraw { offer: offer(), units: 5 }),
        (
            RESTOCK.replace('5', "4294967295").replace("12:04294967295", "12:05"),
            Operation::Restock { offer: offer(), units: u32::MAX },
        ),
        (RESTOCK.replace("}", ",\"account\":null}"), Operation::Restock { offer: offer(), units: 5 }),
        (sale("pause", ""), paused(Deadlines::Run)),
        (sale("pause", r#","deadlines":"run""#), paused(Deadlines::Run)),
        (sale("pause", r#","deadlines":"freeze""#), paused(Deadlines::Freeze)),
        (sale("resume", ""), Operation::Sale { offer: offer(), change: SaleChange::Resume }),
        (sale("close", ""), closed(LineAtClose::Serve)),
        (sale("close", r#","waitlist":"serve""#), closed(LineAtClose::Serve)),
        (sale("close", r#","waitlist":"release""#), closed(LineAtClose::Release)),
        (UNFREEZE.to_owned(), Operation::Unfreeze("x:42".parse().unwrap())),
        (UNFREEZE.replace("unfreeze", "unlink"), Operation::Unlink("x:42".parse().unwrap())),
        (UNFREEZE.replace("x:42", "mastodon:https://a.example/u/1"), Operation::Unfreeze(account)),
    ];
    for (line, operation) in table {
        let at = "2013-02-13T12:05:00Z".parse().unwrap();
        assert_eq!(decode_command(line.as_bytes()), Ok(Scheduled { at, operation }), "{line}");
    }
}

#[test]
fn each_bad_command_is_named() {
    let table = [
        (RESTOCK, "{\"at\"", "[\"at\"", "not JSON (see column 6)"),
        (RESTOCK, "2013-02-13T12:05:00Z", "noon", "`at` is not an instant between the years 1970 and 9998"),
        (RESTOCK, "\"at\":\"2013-02-13T12:05:00Z\",", "", "`at` is missing"),
        (
            RESTOCK,
            "\"restock\"",
            "\"sell\"",
            "`command` is not one of restock, withdraw, unfreeze, unlink, pause, resume, close",
        ),
        (RESTOCK, "\"restock\"", "7", "`command` is not a string"),
        (RESTOCK, "\"kindle\"", "\"Kindle Fire\"", "`offer` is not an offer's id as kindle-fire-hd"),
        (RESTOCK, "\"offer\":\"kindle\",", "", "`offer` is missing"),
        (RESTOCK, ":5}", ":0}", "`units` is not a whole number from 1 to 4294967295"),
        (RESTOCK, ":5}", ":-5}", "`units` is not a whole number from 1 to 4294967295"),
        (RESTOCK, ":5}", ":1.5}", "`units` is not a whole number from 1 to 4294967295"),
        (RESTOCK, ":5}", ":4294967296}", "`units` is not a whole number from 1 to 4294967295"),
        (RESTOCK, ":5}", ":\"5\"}", "`units` is not a whole number from 1 to 4294967295"),
        (RESTOCK, ",\"units\":5", "", "`units` is missing"),
        (RESTOCK, "}", ",\"units\":6}", "`units` is there twice"),
        (RESTOCK, "}", ",\"price\":\"1.00 USD\"}", "`price` is no field of this line"),
        (RESTOCK, "}", ",\"account\":\"x:42\"}", "`account` is no field of this line"),
        (UNFREEZE, "}", ",\"offer\":\"kindle\"}", "`offer` is no field of this line"),
        (UNFREEZE, "}", ",\"units\":5}", "`units` is no field of this line"),
        (RESTOCK, "}", ",\"deadlines\":\"run\"}", "`deadlines` is no field of this line"),
        (RESTOCK, "}", ",\"waitlist\":\"serve\"}", "`waitlist` is no field of this line"),
        (PAUSE, "}", ",\"deadlines\":\"stop\"}", "`deadlines` is not run or freeze"),
        (PAUSE, "}", ",\"deadlines\":7}", "`deadlines` is not a string"),
        (PAUSE, "}", ",\"units\":5}", "`units` is no field of this line"),
        (PAUSE, "}", ",\"account\":\"x:42\"}", "`account` is no field of this line"),
        (PAUSE, ",\"offer\":\"kindle\"", "", "`offer` is missing"),
        (UNFREEZE, "}", ",\"waitlist\":\"serve\"}", "`waitlist` is no field of this line"),
        (UNFREEZE, "\"x:42\"", "\"42\"", "`account`: the account is not network:author"),
        (UNFREEZE, "\"x:42\"", "\"y:42\"", "`account`: the network is none of x, bluesky, mastodon"),
        (
            UNFREEZE,
            "\"x:42\"",
            "\"x:ana\"",
            "`account`: the id is not a decimal number of at most 20 digits, as the network gives them",
        ),
        (UNFREEZE, ",\"account\":\"x:42\"", "", "`account` is missing"),
    ];
    for (line, from, to, fault) in table {
        assert!(line.contains(from), "{line} has no {from}");
        let line = line.replacen(from, to, 1);
        let found = decode_command(line.as_bytes()).map_err(|fault| fault.to_string());
        assert_eq!(found, Err(fault.to_owned()), "{line}");
    }
}
