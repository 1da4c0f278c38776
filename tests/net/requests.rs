//! A request, and its answer.

use flashtag::net::{Bounds, Client, Http, Method, Request, Unanswered};

use super::peer::{Peer, answer, last_answer};
use super::{client, dialer, patient};

#[test]
fn a_request_arrives_as_it_was_made() {
    let server = Peer::serving(|mut visitor| {
        loop {
            let request = visitor.request();
            if request.is_empty() {
                return;
            }
            visitor.say(answer("200 OK", &request));
        }
    });
    let client = client(server.address);
    let with_body = |method| Request { body: b"{}".to_vec(), ..Request::new(method, server.url("/a?b=c")) };
    // The request, its first line, whether it says how long its body is, and the body.
    let table = [
        (Request::get(server.url("/a?b=c")), "GET /a?b=c HTTP/1.1", None, ""),
        (Request::new(Method::Delete, server.url("/a")), "DELETE /a HTTP/1.1", None, ""),
        (with_body(Method::Post), "POST /a?b=c HTTP/1.1", Some(2), "{}"),
        (with_body(Method::Put), "PUT /a?b=c HTTP/1.1", Some(2), "{}"),
        (Request::new(Method::Post, server.url("/a")), "POST /a HTTP/1.1", Some(0), ""),
    ];
    for (request, line, length, body) in table {
        let request = request.header("authorization", "Bearer t").header("x-kind", "a b");
        let answer = client.exchange(&request).unwrap();
        let arrived = String::from_utf8(answer.body).unwrap();
        let (head, arrived_body) = arrived.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        assert_eq!(head.lines().next(), Some(line));
        assert_eq!((header("authorization"), header("x-kind")), (Some("Bearer t"), Some("a b")), "{head}");
        assert_eq!(header("user-agent"), Some(concat!("flashtag/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(header("content-length").map(|length| length.parse().unwrap()), length, "{head}");
        assert_eq!(arrived_body, body);
    }
}

#[test]
fn an_answer_comes_as_it_was_given_whatever_its_status() {
    for status in [200, 204, 304, 400, 401, 404, 429, 500, 503] {
        let bodiless = matches!(status, 204 | 304);
        let text = if bodiless {
            format!("HTTP/1.1 {status} X\r\nX-Limit: 7\r\n\r\n")
        } else {
            format!("HTTP/1.1 {status} X\r\nX-Limit: 7\r\nContent-Length: 2\r\n\r\nok")
        };
        let server = Peer::answering(text);
        let answer = client(server.address).exchange(&Request::get(server.url("/"))).unwrap();
        assert_eq!((answer.status, answer.header("x-limit")), (status, Some("7")));
        assert_eq!(answer.body, if bodiless { &b""[..] } else { b"ok" }, "{status}");
    }
}

#[test]
fn a_redirect_is_an_answer_and_nobody_goes_there() {
    let elsewhere = Peer::answering(last_answer("200 OK", "secret"));
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = elsewhere.url("/stolen");
        let server = Peer::answering(format!(
            "HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        ));
        for method in [Method::Get, Method::Post] {
            let answer = client(server.address).exchange(&Request::new(method, server.url("/"))).unwrap();
            assert_eq!(answer.status.to_string(), status[..3]);
            assert_eq!(answer.header("location"), Some(location.as_str()));
        }
    }
    assert_eq!(elsewhere.visits(), 0);
}

#[test]
fn a_body_is_read_up_to_its_bound() {
    let whole = |length: usize| answer("200 OK", &"x".repeat(length));
    let chunked = |length: usize| {
        let body = "x".repeat(length);
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n")
    };
    let until_closed = |length: usize| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(length));
    let forms: [&dyn Fn(usize) -> String; 3] = [&whole, &chunked, &until_closed];
    for form in forms {
        for (length, fits) in [(0, true), (999, true), (1000, true), (1001, false), (100_000, false)] {
            let server = Peer::answering(form(length.max(1)));
            let bounds = Bounds { body_bytes: 1000, ..patient() };
            let client = Client::new(dialer(server.address), bounds);
            let got = client.exchange(&Request::get(server.url("/")));
            if fits {
                assert_eq!(got.unwrap().body.len(), length.max(1));
            } else {
                let expected = "127.0.0.1: the answer is longer than 1,000 bytes";
                assert_eq!(got.unwrap_err(), Unanswered::Unknown(expected.into()), "{length}");
            }
        }
    }
}

#[test]
fn an_endless_body_ends_at_the_bound() {
    let server = Peer::serving(|mut visitor| {
        visitor.request();
        visitor.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while std::io::Write::write_all(&mut visitor.stream, chunk.as_bytes()).is_ok() {}
    });
    let got = client(server.address).exchange(&Request::get(server.url("/")));
    assert!(
        matches!(&got, Err(Unanswered::Unknown(why)) if why.contains("longer than 8,388,608")),
        "{got:?}"
    );
}
