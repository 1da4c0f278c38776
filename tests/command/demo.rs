//! `demo` as a stranger runs it: on three networks, with everything in a directory of its own.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use super::{Ran, binary, flashtag};
use crate::books;

/// Columns of a terminal.
const COLUMNS: usize = 80;

/// Runs `demo` with the default directory, below a directory of the test.
fn demo(place: &Path, arguments: &[&str]) -> Ran {
    let mut command = binary();
    command.arg("demo").args(arguments).current_dir(place).stdin(Stdio::null());
    Ran::of(command.output().expect("the binary runs"))
}

/// Asserts that a text holds these parts in this order, whatever its line breaks.
#[track_caller]
fn must_tell(text: &str, parts: &[&str]) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = text.as_str();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { panic!("{part:?} is missing in:\n{rest}") };
        rest = after;
    }
}

#[test]
fn a_sale_on_three_networks_is_told_and_proved() {
    let place = tempfile::tempdir().unwrap();
    let ran = demo(place.path(), &["--network", "--people", "24"]).must(0, &[]);
    let tale = ran.err.as_str();
    for network in ["X", "Bluesky", "Mastodon"] {
        must_tell(tale, &[&format!("{network} @kiosk")]);
    }
    must_tell(
        tale,
        &[
            "@kiosk: Kettle for 59.90 EUR incl. VAT",
            "@ana: I want it! @kiosk.example #BuyKettle",
            "@kiosk to @ana: Yours for now: Kettle. Post #ConfirmKettle by",
            "@ana: @kiosk.example #ConfirmKettle",
            "59.90 EUR from @ana, for order kettle.",
            "@kiosk to @ana: It is yours: Kettle for 59.90 EUR.",
        ],
    );
    must_tell(tale, &["to ana@bluesky.example: Your order of Kettle"]);
    // Nobody linked a card.
    must_tell(tale, &["@leo: ", "@kiosk to @leo: Nice that you are here!", "https://kiosk.example/link"]);
    // Nothing is confirmed, and the unit goes on.
    must_tell(
        tale,
        &[
            "@mia: ",
            "@kiosk to @mia: Yours for now: Kettle. Reply #ConfirmKettle",
            "@mia on X said nothing more: the unit goes to the next in line, @",
        ],
    );
    must_tell(tale, &["@tom: ", "@tom deletes the post", "@tom on Mastodon gave it back: the unit "]);
    must_tell(
        tale,
        &[
            "@zoe: ",
            "@zoe on X has a card that was declined",
            "@kiosk to @zoe: Sorry, your card was declined",
        ],
    );
    must_tell(tale, &["@eve: ", "@kiosk to @eve: Careful", "@eve: @kiosk.example STOP", "@eve said STOP"]);
    assert!(ran.out.starts_with("PASSED"), "{}", ran.out);
    must_tell(
        &ran.out,
        &[
            "6 of 6 units sold, none twice; 359.40 EUR captured",
            "waited to the end, and all were told",
            "no reply came twice",
            "go-live.md",
        ],
    );
    for line in ran.out.lines().chain(ran.err.lines()) {
        let columns = console_width(line);
        assert!(columns <= COLUMNS, "{columns} columns: {line}");
        assert!(!line.contains('\u{1b}'), "no terminal, no colours: {line}");
    }
    the_files_are_a_shop(&place);
}

/// What the demo leaves is what a shop has: other commands read it.
fn the_files_are_a_shop(place: &TempDir) {
    let path = |name: &str| place.path().join("flashtag-demo").join(name).display().to_string();
    flashtag(["verify", "--strict", "--data", &path("data")]).must(0, &[" 0 violated"]);
    flashtag(["check", "--config", &path("serve.toml")]).must(0, &["no fault"]);
    let orders = books::lines(path("data/orders.ndjson").as_ref());
    assert_eq!(orders.len(), 6, "an order for each unit");
    let log = std::fs::read_to_string(path("serve.log")).unwrap();
    assert!(log.contains("mode=test"), "{log}");
}

fn console_width(line: &str) -> usize {
    // All signs of the demo take one column, but for emoji, which take two.
    line.chars().map(|sign| if u32::from(sign) >= 0x1_f300 { 2 } else { 1 }).sum()
}

/// Streams break, posts come twice, answers are lost: each unit is sold once all the same, and an earlier demo in
/// the same place is removed.
#[test]
fn a_sale_on_networks_that_fail_keeps_every_promise() {
    let place = tempfile::tempdir().unwrap();
    for seed in ["1", "2"] {
        let ran =
            demo(place.path(), &["--network", "--faults", "--people", "18", "--seed", seed]).must(0, &[]);
        assert!(ran.out.starts_with("PASSED"), "{}", ran.out);
        must_tell(&ran.out, &["4 of 4 units sold, none twice", "answers were lost"]);
    }
}

#[test]
fn wrong_options_end_with_2_and_say_what_is_possible() {
    let place = tempfile::tempdir().unwrap();
    let table: [(&[&str], &str); 6] = [
        (&["--people", "999"], "from 1,000 to 5,000,000 are possible"),
        (&["--network", "--people", "17"], "from 18 to 600 are possible with --network"),
        (&["--network", "--people", "601"], "from 18 to 600 are possible with --network"),
        (&["--network", "--seconds", "3"], "cannot be used with"),
        (&["--network", "--partitions", "2"], "cannot be used with"),
        (&["--faults"], "--network"),
    ];
    for (arguments, message) in table {
        let ran = demo(place.path(), arguments).must(2, &[message]);
        assert_eq!(ran.out, "", "{arguments:?}: results alone go to standard output");
    }
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_none(), "nothing was written");
}

/// A shop of the user's own is not overwritten.
#[test]
fn files_that_no_demo_made_stay() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("serve.toml");
    std::fs::write(&own, "mode = \"live\"\n").unwrap();
    demo(place.path(), &["--network", "--data", "."])
        .must(73, &["serve.toml was not made by a demo", "--data"]);
    assert_eq!(std::fs::read_to_string(own).unwrap(), "mode = \"live\"\n");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}
