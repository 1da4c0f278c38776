//! What a refusal means depends on the step at which it comes.

use std::sync::Arc;

use flashtag::net::{Security, TextServer};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::smtp::dialogue::Manners;
use flashtag::outbox::provider::smtp::envelope::Envelope;
use flashtag::outbox::provider::smtp::login::{Login, Mechanism};
use flashtag::outbox::provider::smtp::meaning::meaning;
use flashtag::outbox::provider::smtp::relay::Relay;
use flashtag::outbox::provider::smtp::waits::Waits;

use super::server::Rules;
use super::wire::{Fault, Notice, Wires};

pub(super) const EVERYTHING: [&str; 3] = ["STARTTLS", "AUTH LOGIN PLAIN", "8BITMIME"];

pub(super) fn rules(answers: &[(&'static str, &'static str)]) -> Rules {
    Rules { offers: EVERYTHING.to_vec(), answers: answers.to_vec() }
}

/// A relay that asks for TLS and signs in.
pub(super) fn relay(wires: &Wires) -> Relay {
    let server = TextServer { host: "mail.test".into(), port: 587, security: Security::Asked };
    let login = Some(Login::new("shop", "secret".to_owned().into()));
    let manners = Manners { name: "shop.example".into(), asks_for_tls: true, login };
    Relay::new(Arc::new(wires.clone()), server, manners, Waits::default())
}

pub(super) fn letter(text: &str) -> Arc<Envelope> {
    Arc::new(Envelope::new("sales@shop.example", "ana@example.com", text.as_bytes()).unwrap())
}

/// A result in one word.
pub(crate) fn word(result: Option<&AttemptResult>) -> &'static str {
    match result {
        None => "taken",
        Some(AttemptResult::Failed { permanent: false, .. }) => "later",
        Some(AttemptResult::Failed { permanent: true, .. }) => "never",
        Some(AttemptResult::Unknown { .. }) => "unknown",
        Some(AttemptResult::Bounced { .. }) => "bounced",
        Some(AttemptResult::ShutOut { .. }) => "shut out",
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_means_what_its_step_says() {
    // The command, the reply to it, and what becomes of the letter.
    let table = [
        ("(greeting)", "554 5.7.1 go away", "shut out"),
        ("(greeting)", "421 busy", "later"),
        ("EHLO", "550 5.7.1 not you", "shut out"),
        ("EHLO", "421 4.3.2 closing", "later"),
        ("STARTTLS", "454 4.7.0 no TLS now", "later"),
        ("STARTTLS", "501 5.5.4 never", "shut out"),
        ("AUTH", "535 5.7.8 wrong password", "shut out"),
        ("AUTH", "454 4.7.0 the list of users is away", "later"),
        ("MAIL", "550 5.1.8 no such sender", "shut out"),
        ("MAIL", "530 5.7.0 sign in first", "shut out"),
        ("MAIL", "451 4.3.0 try later", "later"),
        ("MAIL", "452 4.2.2 disk full", "later"),
        ("RCPT", "550 5.1.1 no such user", "bounced"),
        ("RCPT", "550 no such user", "bounced"),
        ("RCPT", "551 not here", "bounced"),
        ("RCPT", "553 5.1.3 that is no address", "bounced"),
        ("RCPT", "556 5.1.10 that domain takes no mail", "bounced"),
        ("RCPT", "550 5.2.1 closed", "bounced"),
        // Not the recipient's fault: no address is lost for it.
        ("RCPT", "554 5.7.1 <ana@example.com>: Relay access denied", "shut out"),
        ("RCPT", "550 relay not permitted", "shut out"),
        ("RCPT", "550 5.7.1 authentication required", "shut out"),
        ("RCPT", "530 5.7.0 sign in first", "shut out"),
        ("RCPT", "552 5.2.2 mailbox full", "later"),
        ("RCPT", "550 5.7.1 listed somewhere", "later"),
        ("RCPT", "500 5.3.0 error", "later"),
        ("RCPT", "450 4.2.0 greylisted", "later"),
        ("RCPT", "451 4.7.1 later", "later"),
        ("RCPT", "452 4.5.3 too many", "later"),
        ("RCPT", "421 4.3.2 closing", "later"),
        ("DATA", "554 5.5.1 no valid recipients", "later"),
        ("DATA", "451 4.3.0 later", "later"),
        ("(dot)", "554 5.6.0 we do not like this letter", "never"),
        ("(dot)", "550 spam", "never"),
        ("(dot)", "552 5.3.4 too long", "never"),
        ("(dot)", "550 5.1.1 no such user after all", "bounced"),
        ("(dot)", "451 4.3.0 later", "later"),
        ("(dot)", "421 4.3.2 closing", "later"),
        // No answer of the protocol: the letter may be there.
        ("(dot)", "yes", "unknown"),
        ("(dot)", "354 go on", "unknown"),
        ("(dot)", "999 what", "unknown"),
        ("RCPT", "354 go on", "later"),
        ("DATA", "250 ok", "later"),
    ];
    for (command, answer, expected) in table {
        for chunk in [1, 4096] {
            let wires = Wires::new(rules(&[(command, answer)]), [], chunk);
            let end = relay(&wires).carry(&letter("Hello"));
            let result = meaning(&end);
            assert_eq!(word(result.as_ref()), expected, "{command}: {answer}: {end:?}");
            assert!(!format!("{result:?}").contains("ana@"), "a record has no address: {result:?}");
            assert_eq!(wires.world().taken.len(), 0);
        }
    }
}

#[test]
fn a_server_that_lacks_tls_or_a_sign_in_gets_no_word_of_the_letter() {
    let table: [(&[&str], &str); 4] = [
        (&["AUTH PLAIN"], "it does not offer TLS (STARTTLS)"),
        (&[], "it does not offer TLS (STARTTLS)"),
        (&["STARTTLS"], "it offers neither AUTH PLAIN nor AUTH LOGIN"),
        (&["STARTTLS", "AUTH CRAM-MD5"], "it offers neither AUTH PLAIN nor AUTH LOGIN"),
    ];
    for (offers, expected) in table {
        let wires = Wires::new(Rules { offers: offers.to_vec(), ..Rules::default() }, [], 4096);
        let end = relay(&wires).carry(&letter("Hello"));
        assert_eq!((word(meaning(&end).as_ref()), end.to_string().as_str()), ("shut out", expected));
        let said = wires.world().said.concat().join("\n");
        assert!(!said.contains("AUTH") && !said.contains("MAIL"), "{said}");
    }
}

#[test]
fn it_signs_in_by_tls_and_names_letter_after_letter() {
    let wires = Wires::new(rules(&[]), [], 4096);
    let relay = relay(&wires);
    for text in ["one", ".two\n..three\r\nfour\rfive\n.\nsix"] {
        assert_eq!(word(meaning(&relay.carry(&letter(text))).as_ref()), "taken");
    }
    let world = wires.world();
    let said = [
        "EHLO shop.example",
        "STARTTLS",
        "(TLS)",
        "EHLO shop.example",
        "AUTH PLAIN AHNob3AAc2VjcmV0",
        "MAIL FROM:<sales@shop.example>",
        "RCPT TO:<ana@example.com>",
        "DATA",
        "MAIL FROM:<sales@shop.example>",
        "RCPT TO:<ana@example.com>",
        "DATA",
    ];
    assert_eq!(world.said, [said]);
    assert_eq!(
        world.taken,
        [b"one\r\n".to_vec(), b".two\r\n..three\r\nfour\r\nfive\r\n.\r\nsix\r\n".to_vec()]
    );
}

#[test]
fn the_older_way_to_sign_in_is_known_as_well() {
    let offers = vec!["STARTTLS", "AUTH=LOGIN"];
    let wires = Wires::new(Rules { offers, ..Rules::default() }, [], 4096);
    let relay = relay(&wires);
    assert_eq!(word(meaning(&relay.carry(&letter("one"))).as_ref()), "taken");
    assert_eq!(wires.world().said[0][4..7], ["AUTH LOGIN", "c2hvcA==", "c2VjcmV0"]);
    let welcome = self::relay(&wires).greet().unwrap();
    assert_eq!((welcome.tls.as_deref(), welcome.mechanism), (Some("TLS 1.3"), Some(Mechanism::Login)));
}

#[test]
fn after_a_refused_letter_the_connection_takes_the_next() {
    for (command, answer) in [("RCPT", "550 5.1.1 no"), ("DATA", "451 later"), ("(dot)", "554 5.6.0 no")] {
        let wires = Wires::new(rules(&[(command, answer)]), [], 4096);
        let relay = relay(&wires);
        let refused = relay.carry(&letter("one"));
        assert_ne!(word(meaning(&refused).as_ref()), "taken", "{command}");
        // The server of the open connection keeps its rules, so the second letter meets the same.
        let again = relay.carry(&letter("two"));
        assert_eq!(again, refused, "{command}");
        assert_eq!(wires.world().calls, 1, "{command}: one connection");
    }
}

#[test]
fn an_idle_connection_that_is_of_no_use_any_more_is_replaced_within_the_attempt() {
    let taken = |relay: &Relay, text| word(meaning(&relay.carry(&letter(text))).as_ref());
    let wires = Wires::new(rules(&[]), [], 4096);
    assert_eq!(taken(&relay(&wires), "one"), "taken");
    let bytes = wires.world().heard;
    // It is cut after the first letter: before the next word, and within it.
    for (at, notice) in [(bytes, Notice::AtOnce), (bytes, Notice::Later), (bytes + 9, Notice::Later)] {
        let wires = Wires::new(rules(&[]), [Fault::CutUp(at, notice)], 4096);
        let relay = relay(&wires);
        assert_eq!((taken(&relay, "one"), taken(&relay, "two")), ("taken", "taken"), "{at} {notice:?}");
        assert_eq!(wires.counts(), (2, 2), "{at} {notice:?}");
    }
    // It waited for too long.
    let wires = Wires::new(rules(&[]), [], 4096);
    let relay = relay(&wires);
    assert_eq!(taken(&relay, "one"), "taken");
    wires.pass(30_000);
    assert_eq!((taken(&relay, "two"), wires.world().calls), ("taken", 2));
}

/// Otherwise a stranger on the way could put words before TLS that count as said by it.
#[test]
fn what_is_said_out_of_turn_ends_the_connection() {
    let table = [
        ("STARTTLS", "220 go ahead\r\n250-mail.test\r\n250 AUTH PLAIN", "later"),
        ("RCPT", "250 ok\r\n354 go on\r\n250 taken", "later"),
        ("(greeting)", "220 mail.test\r\n250 ok", "later"),
    ];
    for (command, answer, expected) in table {
        let wires = Wires::new(rules(&[(command, answer)]), [], 4096);
        let end = relay(&wires).carry(&letter("Hello"));
        assert_eq!(word(meaning(&end).as_ref()), expected, "{command}");
        assert!(end.to_string().ends_with("it speaks out of turn"), "{end}");
        assert_eq!(wires.world().taken.len(), 0);
    }
}

#[test]
fn an_address_ends_no_command() {
    for address in [
        "ana@example.com>\r\nRCPT TO:<eve@example.com",
        "a b@example.com",
        "<ana@example.com>",
        "aña\u{2028}@example.com",
        "aña\u{85}RCPT@example.com",
    ] {
        assert!(Envelope::new("sales@shop.example", address, b"Hello").is_err(), "{address}");
        assert!(Envelope::new(address, "ana@example.com", b"Hello").is_err(), "{address}");
    }
}

/// Such an address is one: a server that takes it is told, and one that does not gets no word of the letter, and the next.
#[test]
fn an_address_beyond_ascii_is_for_servers_that_take_it() {
    let international =
        || Arc::new(Envelope::new("sales@shop.example", "aña@example.com", b"Hello").unwrap());
    let mut offers = EVERYTHING.to_vec();
    offers.push("SMTPUTF8");
    let wires = Wires::new(Rules { offers, ..Rules::default() }, [], 4096);
    let taker = relay(&wires);
    assert_eq!(word(meaning(&taker.carry(&international())).as_ref()), "taken");
    assert_eq!(word(meaning(&taker.carry(&letter("two"))).as_ref()), "taken");
    let mails: Vec<String> =
        wires.world().said[0].iter().filter(|said| said.contains(':')).cloned().collect();
    let expected = [
        "MAIL FROM:<sales@shop.example> SMTPUTF8",
        "RCPT TO:<aña@example.com>",
        "MAIL FROM:<sales@shop.example>",
        "RCPT TO:<ana@example.com>",
    ];
    assert_eq!(mails, expected);

    let wires = Wires::new(rules(&[("RCPT TO:<bob", "550 5.1.1 no such user")]), [], 4096);
    let other = relay(&wires);
    let bobs = Arc::new(Envelope::new("sales@shop.example", "bob@example.com", b"Hello").unwrap());
    // As the first letter of a connection, after one that was taken, and after one that was refused.
    for (before, end) in [(None, "taken"), (Some(letter("one")), "taken"), (Some(bobs), "bounced")] {
        if let Some(before) = before {
            assert_eq!(word(meaning(&other.carry(&before)).as_ref()), end);
        }
        assert_eq!(word(meaning(&other.carry(&international())).as_ref()), "never");
    }
    assert_eq!(word(meaning(&other.carry(&letter("last"))).as_ref()), "taken", "its lane goes on");
    let world = wires.world();
    assert!(!world.said.concat().join("\n").contains("aña"), "{:?}", world.said);
    assert_eq!((world.calls, world.taken.len()), (1, 2));
}
