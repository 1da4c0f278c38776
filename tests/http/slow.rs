//! Clients that take their time, against bounds of half a second.

use std::time::Duration;

use flashtag::clock::Clock;

use super::client::{Connection, Reply};
use super::served::{Served, post};

/// Sends the bytes one by one, more slowly than is allowed, until the server ends it.
fn dribble(served: &Served, first: &[u8], then: &[u8]) -> (Option<Reply>, bool) {
    let clock = Clock::start();
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
    assert!(clock.elapsed_us() < 5_000_000, "the server waited too long");
    connection.stream.shutdown(std::net::Shutdown::Both).ok();
    sender.join().unwrap();
    (reply, closed)
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let served = Served::open();
    let (reply, closed) = dribble(&served, b"GET /v1/offers HTTP/1.1\r\nX-A: ", b"a");
    assert_eq!((reply.unwrap().status, closed), (408, true));
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let served = Served::open();
    let before = served.offers();
    let line = post("1", 1, "#BuyKindle");
    let by_length = format!("POST /v1/posts HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n{line}\n");
    let (reply, closed) = dribble(&served, by_length.as_bytes(), b"\n");
    reply.unwrap().assert_problem(408, "body_timeout");
    assert!(closed);
    let size = line.len();
    let chunked = format!(
        "POST /v1/posts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{line}\r\n"
    );
    let (reply, closed) = dribble(&served, chunked.as_bytes(), b"1\r\n\n\r\n");
    reply.unwrap().assert_problem(408, "body_timeout");
    assert!(closed);
    assert_eq!(served.offers(), before);
}

#[test]
fn a_client_that_hangs_up_within_a_body_leaves_nothing_behind() {
    let served = Served::open();
    let before = served.offers();
    let line = post("1", 1, "#BuyKindle");
    let mut connection = Connection::open(served.address);
    let head = format!("POST /v1/posts HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", line.len() + 10);
    connection.send(format!("{head}{line}\n").as_bytes());
    connection.stream.shutdown(std::net::Shutdown::Both).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(served.offers(), before);
}

#[test]
fn an_idle_connection_is_closed() {
    let served = Served::open();
    let mut connection = Connection::open(served.address);
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(connection.reply().unwrap().status, 200);
    let clock = Clock::start();
    assert!(connection.is_closed());
    assert!((500_000..5_000_000).contains(&clock.elapsed_us()), "kept for {} µs", clock.elapsed_us());
}
