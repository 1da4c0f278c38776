//! Answers without end, read by lines.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use flashtag::domain::time::Millis;
use flashtag::net::{Bounds, Client, Net, NotOpened, Opening, Received, Request, Unanswered, Wire};

use super::peer::{Peer, Visitor, last_answer};
use super::{LONG, assert_goes_on, client, dialer, patient};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// A stream whose server sends what `script` says.
fn stream(script: impl Fn(&mut Visitor) + Send + Sync + 'static) -> (Peer, Box<dyn Wire>) {
    let server = Peer::serving(move |mut visitor| {
        visitor.request();
        script(&mut visitor);
    });
    let opening = Opening::Lines(Request::get(server.url("/stream")));
    let wire = client(server.address).open(&opening).unwrap_or_else(|why| panic!("{why:?}"));
    (server, wire)
}

/// The lines until the connection ends, and why it ended.
fn all(wire: &mut dyn Wire) -> (Vec<String>, String) {
    let mut lines = Vec::new();
    loop {
        match wire.receive(LONG) {
            Received::Text(line) => lines.push(String::from_utf8(line.to_vec()).unwrap()),
            Received::Closed(why) => return (lines, why.to_owned()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn lines_end_with_lf_or_crlf_wherever_they_are_cut_on_their_way() {
    let text = "one\ntwo\r\n\r\n\nthr\ree\r\n: thump\n";
    let expected = ["one", "two", "", "", "thr\ree", ": thump"];
    for size in [1, 2, 3, 7, text.len()] {
        let (_server, mut wire) = stream(move |visitor| {
            visitor.say(HEAD);
            let bytes: Vec<char> = text.chars().collect();
            for part in bytes.chunks(size) {
                visitor.say(chunk(&part.iter().collect::<String>()));
            }
            visitor.say("0\r\n\r\n");
        });
        let (lines, why) = all(&mut *wire);
        assert_eq!(lines, expected, "chunks of {size}");
        assert_eq!(why, "the other side ended the answer");
        assert!(matches!(wire.receive(LONG), Received::Closed(_)), "it stays closed");
    }
}

#[test]
fn an_answer_without_chunks_is_read_as_well() {
    let (_server, mut wire) = stream(|visitor| visitor.say("HTTP/1.1 200 OK\r\n\r\na\nb\n"));
    assert_eq!(all(&mut *wire).0, ["a", "b"]);
}

#[test]
fn a_line_that_was_cut_is_dropped() {
    for end in ["", "5\r\nab", "2\r\nab\r\n"] {
        let (_server, mut wire) = stream(move |visitor| {
            visitor.say(HEAD);
            visitor.say(chunk("whole\nha"));
            visitor.say(end);
        });
        let (lines, why) = all(&mut *wire);
        assert_eq!(lines, ["whole"], "{end:?}");
        assert_eq!(why, "the connection was cut", "{end:?}");
    }
}

#[test]
fn nothing_comes_within_a_wait_and_then_the_line_goes_on() {
    let head = format!("{HEAD}{}", chunk("be"));
    assert_goes_on(stream, [head.into_bytes(), chunk("gun\n").into_bytes()]);
}

#[test]
fn a_wait_ends_though_bytes_trickle_in() {
    let (_server, mut wire) = stream(|visitor| {
        visitor.say(HEAD);
        visitor.stream.set_read_timeout(Some(Duration::from_millis(3))).unwrap();
        // Never a whole line.
        while std::io::Write::write_all(&mut visitor.stream, chunk("x").as_bytes()).is_ok()
            && std::io::Read::read(&mut visitor.stream, &mut [0]).is_err()
        {}
    });
    assert_eq!(wire.receive(Millis::from_ms(60)), Received::Nothing);
}

#[test]
fn a_line_has_a_bound() {
    for (length, fits) in [(1000, true), (1001, false), (200_000, false)] {
        let server = Peer::serving(move |mut visitor| {
            visitor.request();
            visitor.say(HEAD);
            visitor.say(chunk(&format!("{}\r\n", "x".repeat(length))));
            visitor.wait_for_close();
        });
        let client = Client::new(dialer(server.address), Bounds { line_bytes: 1000, ..patient() });
        let mut wire = client.open(&Opening::Lines(Request::get(server.url("/")))).ok().unwrap();
        match wire.receive(LONG) {
            Received::Text(line) => assert!(fits && line.len() == length, "{length}"),
            closed => {
                assert_eq!(closed, Received::Closed("a line is longer than 1,000 bytes"), "{length}");
                assert!(!fits, "{length}");
            }
        }
    }
}

#[test]
fn a_refusal_comes_with_its_answer() {
    let server = Peer::answering(last_answer("401 Unauthorized", "{\"error\":\"revoked\"}"));
    let refused = client(server.address).open(&Opening::Lines(Request::get(server.url("/")))).err().unwrap();
    let NotOpened::Refused(answer) = refused else { panic!("{refused:?}") };
    assert_eq!((answer.status, answer.body.as_slice()), (401, &b"{\"error\":\"revoked\"}"[..]));
    // A refusal that never ends is not waited for longer than any answer.
    let slow = Peer::serving(|mut visitor| {
        visitor.request();
        visitor.say("HTTP/1.1 401 Unauthorized\r\n\r\n");
        visitor.wait_for_close();
    });
    let bounds = Bounds { answer: Millis::from_ms(500), ..patient() };
    let client_of_slow = Client::new(dialer(slow.address), bounds);
    let refused = client_of_slow.open(&Opening::Lines(Request::get(slow.url("/")))).err().unwrap();
    let why = "127.0.0.1: no answer in time";
    assert_eq!(refused, NotOpened::Unanswered(Unanswered::Unknown(why.into())));
    let silent = Peer::answering("");
    let refused = client(silent.address).open(&Opening::Lines(Request::get(silent.url("/")))).err().unwrap();
    assert!(matches!(refused, NotOpened::Unanswered(Unanswered::Unknown(_))), "{refused:?}");
}

#[test]
fn a_drop_closes() {
    let (closed, was_closed) = channel();
    let closed = Mutex::new(closed);
    let (_server, mut wire) = stream(move |visitor| {
        visitor.say(HEAD);
        visitor.say(chunk("line\n"));
        visitor.wait_for_close();
        closed.lock().unwrap().send(()).unwrap();
    });
    assert_eq!(wire.receive(LONG), Received::Text(b"line"));
    drop(wire);
    was_closed.recv().unwrap();
}
