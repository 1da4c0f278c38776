//! Requests without an answer: whether something may have arrived, and what is said of it.

use std::io::{Read, Write};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use flashtag::domain::time::Millis;
use flashtag::net::{Bounds, Client, FailureKind, Http, Method, Request, Unanswered};

use super::peer::Peer;
use super::{client, dialer, patient};
use crate::closed_port::ClosedPort;

fn not_sent(client: &Client, request: &Request) -> String {
    match client.exchange(request) {
        Err(Unanswered::NotSent(why)) => why.into(),
        other => panic!("{request:?}: {other:?}"),
    }
}

fn unknown(client: &Client, request: &Request) -> String {
    match client.exchange(request) {
        Err(Unanswered::Unknown(why)) => why.into(),
        other => panic!("{request:?}: {other:?}"),
    }
}

#[test]
fn what_cannot_be_connected_to_was_not_sent() {
    let port = ClosedPort::open();
    let closed = port.address();
    let refused = not_sent(&client(closed), &Request::get(format!("http://{closed}/")));
    assert!(refused.starts_with("127.0.0.1: "), "{refused}");
    let unresolvable = |fault: fn() -> std::io::Result<Vec<std::net::SocketAddr>>| {
        let dialer = dialer(closed).with_lookup(Arc::new(move |_, _| fault()));
        not_sent(&Client::new(dialer, patient()), &Request::get("http://nowhere.example/"))
    };
    assert_eq!(unresolvable(|| Ok(Vec::new())), "nowhere.example: the name has no address");
    let why = unresolvable(|| Err(std::io::Error::other("no such name")));
    assert_eq!(why, "nowhere.example: the name cannot be resolved: no such name");
}

#[test]
fn a_name_that_is_not_resolved_in_time_was_not_sent_to() {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let stuck = move |_: &str, _: u16| {
        let _ = held.lock().unwrap().recv();
        Ok(Vec::new())
    };
    let dialer = dialer("127.0.0.1:9".parse().unwrap()).with_lookup(Arc::new(stuck));
    let bounds = Bounds { connect: Millis::from_ms(50), ..patient() };
    let failure = Client::new(dialer, bounds).attempt(&Request::get("http://slow.example/")).unwrap_err();
    assert_eq!((failure.kind, failure.maybe_sent), (FailureKind::Late, false), "{failure:?}");
    assert_eq!(failure.text, "slow.example: the name was not resolved in time");
    drop(release);
}

#[test]
fn what_is_no_request_is_not_sent() {
    let server = Peer::answering("");
    let client = client(server.address);
    let get = |url: &str| Request::get(url);
    let table = [
        (get(""), "the address is none"),
        (get("/path"), "the address is none"),
        (get("http://"), "the address is none"),
        (get("http://a b/"), "the address is none"),
        (get("ftp://127.0.0.1/"), "the address has another scheme"),
        (get("ws://127.0.0.1/"), "the address has another scheme"),
        (get(&server.url("/")).header("x", "a\r\nb: c"), "cannot be sent"),
        (get(&server.url("/")).header("a b", "c"), "cannot be sent"),
    ];
    for (request, words) in table {
        let why = not_sent(&client, &request);
        assert!(why.contains(words), "{request:?}: {why}");
        assert_eq!(client.attempt(&request).unwrap_err().kind, FailureKind::Request);
    }
    assert_eq!(server.visits(), 0);
}

#[test]
fn a_request_that_may_have_arrived_is_unknown() {
    let table: [(&[u8], &str); 7] = [
        (b"", "disconnected"),
        (b"HTTP/1.1 200", "disconnected"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "disconnected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nok", "the answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", "disconnected"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok", "the answer is no HTTP"),
    ];
    for (bytes, words) in table {
        let server = Peer::answering(bytes);
        for method in [Method::Get, Method::Post] {
            let why = unknown(&client(server.address), &Request::new(method, server.url("/")));
            assert!(why.contains(words), "{}: {why}", String::from_utf8_lossy(bytes));
        }
    }
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let server = Peer::answering(head);
    let why = unknown(&client(server.address), &Request::get(server.url("/")));
    assert!(why.contains("head is too long"), "{why}");
}

#[test]
fn an_answer_that_does_not_come_in_time_is_unknown() {
    for begun in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"] {
        let server = Peer::serving(move |mut visitor| {
            visitor.request();
            visitor.say(begun);
            visitor.wait_for_close();
        });
        let bounds = Bounds { answer: Millis::from_ms(500), ..patient() };
        let client = Client::new(dialer(server.address), bounds);
        let failure = client.attempt(&Request::get(server.url("/"))).unwrap_err();
        assert_eq!((failure.kind, failure.maybe_sent), (FailureKind::Late, true), "{begun:?}: {failure:?}");
        assert_eq!(failure.text, "127.0.0.1: no answer in time");
    }
}

#[test]
fn an_answer_that_trickles_is_not_waited_for_longer() {
    // A byte at a time, for as long as the client listens.
    let server = Peer::serving(|mut visitor| {
        visitor.request();
        visitor.say("HTTP/1.1 200 OK\r\n\r\n");
        visitor.stream.set_read_timeout(Some(std::time::Duration::from_millis(5))).unwrap();
        while visitor.stream.write_all(b"x").is_ok() && visitor.stream.read(&mut [0]).is_err() {}
    });
    let bounds = Bounds { answer: Millis::from_ms(500), ..patient() };
    let failure =
        Client::new(dialer(server.address), bounds).attempt(&Request::get(server.url("/"))).unwrap_err();
    assert_eq!((failure.kind, failure.maybe_sent), (FailureKind::Late, true), "{failure:?}");
}

#[test]
fn no_failure_repeats_a_secret() {
    let garbled = Peer::answering("HTTP/1.1 abc SECRET\r\n\r\n");
    let silent = Peer::answering("");
    let urls = [
        garbled.url("/?access_token=SECRET"),
        silent.url("/SECRET?access_token=SECRET"),
        "http://user:SECRET@127.0.0.1:1/".to_owned(),
        "nonsense SECRET".to_owned(),
        "http://[SECRET/".to_owned(),
        "http://127.0.0.1:99999/SECRET".to_owned(),
    ];
    for url in urls {
        for address in [garbled.address, silent.address] {
            let request = Request { body: b"SECRET".to_vec(), ..Request::new(Method::Post, url.clone()) };
            let request = request.header("authorization", "Bearer SECRET");
            let failure = client(address).attempt(&request).unwrap_err();
            assert!(!failure.text.contains("SECRET"), "{failure:?}");
        }
        let broken = Request::get(url).header("authorization", "Bearer SECRET\r\n");
        assert!(!client(silent.address).attempt(&broken).unwrap_err().text.contains("SECRET"));
    }
}
