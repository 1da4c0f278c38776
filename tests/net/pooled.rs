//! Connections that are kept for the next request.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use flashtag::net::{Http, Method, Request, Unanswered};

use super::client;
use super::peer::{Peer, answer};

#[test]
fn a_connection_is_kept_for_the_next_request() {
    let server = Peer::serving(|mut visitor| {
        while !visitor.request().is_empty() {
            visitor.say(answer("200 OK", "ok"));
        }
    });
    let client = client(server.address);
    for _ in 0..5 {
        assert_eq!(client.exchange(&Request::get(server.url("/"))).unwrap().body, b"ok");
    }
    assert_eq!(server.visits(), 1);
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    let (closed, was_closed) = channel();
    let closed = Mutex::new(closed);
    let server = Peer::serving(move |mut visitor| {
        visitor.request();
        visitor.say(answer("200 OK", "ok"));
        drop(visitor);
        closed.lock().unwrap().send(()).unwrap();
    });
    let client = client(server.address);
    for _ in 0..3 {
        assert_eq!(client.exchange(&Request::new(Method::Post, server.url("/"))).unwrap().status, 200);
        was_closed.recv().unwrap();
    }
    assert_eq!(server.visits(), 3);
}

#[test]
fn a_kept_connection_that_dies_under_a_request_leaves_it_unknown() {
    let server = Peer::serving(|mut visitor| {
        visitor.request();
        visitor.say(answer("200 OK", "ok"));
        visitor.request();
    });
    let client = client(server.address);
    assert_eq!(client.exchange(&Request::get(server.url("/"))).unwrap().status, 200);
    let died = client.exchange(&Request::new(Method::Post, server.url("/"))).unwrap_err();
    assert!(matches!(died, Unanswered::Unknown(_)), "{died:?}");
    assert_eq!(server.visits(), 1);
}

#[test]
fn bytes_that_nobody_asked_for_are_not_the_next_answer() {
    let server = Peer::serving(|mut visitor| {
        visitor.request();
        visitor.say(answer("200 OK", "first") + &answer("200 OK", "forged"));
        visitor.wait_for_close();
    });
    let client = client(server.address);
    for _ in 0..3 {
        assert_eq!(client.exchange(&Request::get(server.url("/"))).unwrap().body, b"first");
    }
    assert_eq!(server.visits(), 3);
}
