//! Slow clients, against limits of a second or less.

use std::time::Duration;

use flashtag::clock::Clock;

use super::snapshot::{Scene, rejected};
use crate::http::client::{Connection, Reply};
use crate::http::served::{Served, post};

/// Sends bytes one by one, slower than allowed, until the server closes. One that never does lets the reading of its reply fail.
fn send_slowly(served: &Served, first: &[u8], then: &[u8]) -> (Option<Reply>, bool) {
    let mut connection = Connection::open(served.address);
    connection.send(first);
    let mut writer = connection.stream.try_clone().unwrap();
    let then = then.to_vec();
    let sender = std::thread::spawn(move || {
        for byte in then.chunks(1).cycle() {
            std::thread::sleep(Duration::from_millis(100));
            if std::io::Write::write_all(&mut writer, byte).is_err() {
                return;
            }
        }
    });
    let reply = connection.reply();
    let closed = connection.is_closed();
    connection.stream.shutdown(std::net::Shutdown::Both).ok();
    sender.join().unwrap();
    (reply, closed)
}

#[test]
fn an_incomplete_head_times_out() {
    let mut scene = Scene::of(Served::open());
    let (reply, closed) = send_slowly(&scene.served, b"GET /v1/offers HTTP/1.1\r\nX-A: ", b"a");
    assert_eq!((reply.unwrap().status, closed), (408, true));
    scene.must_have_counted("a slow head", &[&rejected("head_timeout")]);
    let mut silent = Connection::open(scene.served.address);
    assert_eq!((silent.reply().unwrap().status, silent.is_closed()), (408, true));
    scene.must_have_counted("no head", &[&rejected("head_timeout")]);
}

/// A served connection has no more time for its next head.
#[test]
fn an_incomplete_second_head_times_out() {
    let mut scene = Scene::of(Served::open());
    let first = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (reply, closed) = send_slowly(&scene.served, first, b"GET /healthz HTTP/1.1 ");
    assert_eq!((reply.unwrap().status, closed), (200, true));
    scene.must_have_counted("a slow second head", &[&rejected("head_timeout")]);
    let both = [&first[..], b"GET /healthz HTTP/1.1\r\nX-A: "].concat();
    let (reply, closed) = send_slowly(&scene.served, &both, b"a");
    assert_eq!((reply.unwrap().status, closed), (200, true));
    scene.must_have_counted("a slow second head behind the first", &[&rejected("head_timeout")]);
}

/// A client that requests much and reads nothing.
#[test]
fn a_response_that_is_not_read_is_dropped() {
    let mut scene = Scene::of(Served::open());
    let mut connection = Connection::open(scene.served.address);
    let mut writer = connection.stream.try_clone().unwrap();
    let asking = std::thread::spawn(move || {
        // Sends until the buffers of both sides are full, and waits until the server gives up.
        while std::io::Write::write_all(&mut writer, b"GET /v1/offers HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .is_ok()
        {}
    });
    asking.join().unwrap();
    scene.must_have_counted("an answer that is not taken", &[&rejected("answer_not_taken")]);
    assert!(connection.reply().is_some(), "the part that was sent has arrived");
}

#[test]
fn an_incomplete_body_times_out() {
    let mut scene = Scene::of(Served::open());
    let line = post("1", 1, "#BuyKindle");
    let by_length =
        format!("POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n{line}\n");
    let size = line.len();
    let chunked = format!(
        "POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{line}\r\n"
    );
    for (name, first, then) in [("by length", by_length, "\n"), ("in chunks", chunked, "1\r\n\n\r\n")] {
        let (reply, closed) = send_slowly(&scene.served, first.as_bytes(), then.as_bytes());
        reply.unwrap().assert_problem(408, "body_timeout");
        assert!(closed, "{name}");
        scene.must_have_counted(name, &[&rejected("body_timeout")]);
    }
}

#[test]
fn a_client_that_hangs_up_within_a_body_changes_nothing() {
    let mut scene = Scene::of(Served::open());
    let line = post("1", 1, "#BuyKindle");
    let mut connection = Connection::open(scene.served.address);
    let head =
        format!("POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", line.len() + 10);
    connection.send(format!("{head}{line}\n").as_bytes());
    connection.stream.shutdown(std::net::Shutdown::Both).unwrap();
    scene.must_have_counted("half a body", &[&rejected("bad_framing")]);
}

#[test]
fn an_idle_connection_is_closed() {
    let served = Served::open();
    // Before the request, since the server's second begins whenever it has answered.
    let clock = Clock::start();
    let mut connection = Connection::open(served.address);
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(connection.reply().unwrap().status, 200);
    assert!(connection.is_closed());
    // The server counts its second in steps of half a second.
    assert!(clock.elapsed_us() >= 500_000, "kept for {} µs", clock.elapsed_us());
}
