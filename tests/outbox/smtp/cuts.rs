//! Connections that are cut, or fall silent, at every byte in both directions, in virtual time.
//!
//! What must hold: a letter of which it is said that it was not sent is not there; one that is there is said to be sent, or
//! that nobody knows; all copies of a letter are equal; and no attempt takes longer than it may.

use std::sync::Arc;

use flashtag::outbox::provider::smtp::envelope::Envelope;
use flashtag::outbox::provider::smtp::meaning::meaning;
use flashtag::outbox::provider::smtp::waits::Waits;

use super::steps::{letter, relay, rules, word};
use super::wire::{Fault, Notice, Wires};

const TEXT: &str = "Message-ID: <ft-1.0.12.0@shop.example>\n\nYours.\n.\nEnd\n";

/// Sends a letter until it is taken, as the outbox does, and judges each attempt. Returns the word of the first.
fn judged(wires: &Wires, letter: &Arc<Envelope>, case: &str) -> &'static str {
    let relay = relay(wires);
    let mut first = None;
    for attempt in 0..4 {
        let (_, before) = wires.counts();
        let begun_us = wires.world().now_us;
        let end = relay.carry(letter);
        let word = word(meaning(&end).as_ref());
        let world = wires.world();
        let there = world.taken.len() - before;
        match word {
            "taken" => assert_eq!(there, 1, "{case}, attempt {attempt}: {end:?}"),
            "unknown" => assert!(there <= 1, "{case}, attempt {attempt}: {end:?}"),
            "later" => assert_eq!(there, 0, "{case}, attempt {attempt}: {end:?}"),
            word => panic!("{case}, attempt {attempt}: {word}: {end:?}"),
        }
        let took_ms = (world.now_us - begun_us) / 1_000;
        assert!(took_ms <= Waits::default().whole.ms().unsigned_abs(), "{case}: {took_ms} ms");
        assert!(world.taken.iter().all(|copy| *copy == world.taken[0]), "{case}: copies differ");
        first.get_or_insert(word);
        if word == "taken" {
            return first.unwrap();
        }
    }
    panic!("{case}: it never arrived");
}

/// The bytes of a whole conversation: those that the server hears, and those that the client hears.
fn whole() -> (usize, usize) {
    let (mut up, mut down) = (0, 0);
    let arrives = |fault| judged(&Wires::new(rules(&[]), [fault], 4096), &letter(TEXT), "whole") == "taken";
    while !arrives(Fault::CutUp(up, Notice::AtOnce)) {
        up += 1;
    }
    while !arrives(Fault::CutDown(down)) {
        down += 1;
    }
    (up, down)
}

#[test]
fn no_cut_loses_a_letter_or_says_of_one_that_is_there_that_it_is_not() {
    let (up, down) = whole();
    assert!(up > 200 && down > 150, "{up} {down}");
    let mut words = std::collections::BTreeMap::<(&str, &str), usize>::new();
    for chunk in [1, 7, 4096] {
        for (kind, faults) in [
            ("up", (0..up).map(|at| Fault::CutUp(at, Notice::AtOnce)).collect::<Vec<_>>()),
            ("up, noticed later", (0..up).map(|at| Fault::CutUp(at, Notice::Later)).collect()),
            ("down", (0..down).map(Fault::CutDown).collect()),
            ("silence", (0..down).map(Fault::Silence).collect()),
        ] {
            for fault in faults {
                let wires = Wires::new(rules(&[]), [fault], chunk);
                let word = judged(&wires, &letter(TEXT), &format!("{fault:?} by {chunk}"));
                *words.entry((kind, word)).or_default() += 1;
            }
        }
    }
    // Only what follows the dot is in doubt: its own three bytes, and the reply to it.
    let reply = "250 2.0.0 taken\r\n".len();
    assert_eq!(words[&("down", "unknown")], 3 * reply);
    assert_eq!(words[&("silence", "unknown")], 3 * reply);
    assert_eq!(words[&("up", "unknown")], 3 * ".\r\n".len());
    // Where the system takes bytes that arrive nowhere, the text is in doubt as well: its dot might have followed it.
    let text = TEXT.len() + TEXT.lines().count() + 1;
    assert_eq!(words[&("up, noticed later", "unknown")], 3 * (text + ".\r\n".len()));
}

#[test]
fn two_faults_in_a_row_and_a_server_that_is_away() {
    let (up, down) = whole();
    for at in (0..up).step_by(5) {
        for next in [Fault::NoAnswer, Fault::CutUp(up - 1, Notice::Later), Fault::CutDown(down - 1)] {
            let wires = Wires::new(rules(&[]), [Fault::CutUp(at, Notice::Later), next], 4096);
            judged(&wires, &letter(TEXT), &format!("{at} {next:?}"));
        }
    }
}

/// Each byte begins another wait, so only the bound on the whole ends this.
#[test]
fn a_server_that_drips_is_left_in_time() {
    for ms in [10, 500, 5_000, 14_999, 60_000] {
        let wires = Wires::new(rules(&[]), [Fault::Drip(ms)], 4096);
        judged(&wires, &letter(TEXT), &format!("a byte each {ms} ms"));
    }
}

#[test]
fn a_reply_without_end_is_left() {
    let endless: &'static str = Box::leak("250-more\r\n".repeat(4_000).into_boxed_str());
    let wires = Wires::new(rules(&[("MAIL", endless)]), [], 4096);
    let end = relay(&wires).carry(&letter(TEXT));
    assert_eq!(
        (word(meaning(&end).as_ref()), end.to_string().as_str()),
        ("later", "MAIL: it does not speak SMTP")
    );
}
