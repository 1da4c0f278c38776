//! Requests with invalid HTTP or invalid paths.

use super::snapshot::{Scene, rejected};
use crate::crash::poll;
use crate::http::client::{Connection, exchange, request};
use crate::http::served::{Served, post};

#[test]
fn wrong_paths_methods_and_headers_are_problems() {
    let mut scene = Scene::of(Served::open());
    let body = post("1", 1, "#BuyKindle");
    let body = body.as_bytes();
    let long = format!("/{}", "a".repeat(8192));
    let table: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("unknown path", request("GET", "/v2/posts", &[], b""), 404, "not_found"),
        ("debug", request("GET", "/debug", &[], b""), 404, "not_found"),
        ("root", request("GET", "/", &[], b""), 404, "not_found"),
        ("slash at the end", request("POST", "/v1/posts/", &[], body), 404, "not_found"),
        ("dots", request("GET", "/v1/offers/..%2f..%2fetc%2fpasswd", &[], b""), 404, "not_found"),
        ("more dots", request("GET", "/v1/offers/../../etc/passwd", &[], b""), 404, "not_found"),
        ("NUL", request("GET", "/v1/offers/kindle%00", &[], b""), 404, "not_found"),
        ("double encoding", request("GET", "/v1/offers/%256bindle", &[], b""), 404, "not_found"),
        ("half an escape", request("GET", "/v1/offers/kindle%2", &[], b""), 404, "not_found"),
        ("bytes no text", request("GET", "/v1/accounts/mastodon/%ff%fe", &[], b""), 400, "bad_id"),
        ("no such offer", request("GET", "/v1/offers/xbox", &[], b""), 404, "not_found"),
        ("no such order", request("GET", "/v1/orders/kindle.1", &[], b""), 404, "not_found"),
        ("no order", request("GET", "/v1/orders/kindle", &[], b""), 404, "not_found"),
        ("order too far", request("GET", "/v1/orders/kindle.4294967296", &[], b""), 404, "not_found"),
        ("long address", request("GET", &long, &[], b""), 414, "uri_too_long"),
        ("get posts", request("GET", "/v1/posts", &[], b""), 405, "method_not_allowed"),
        ("put posts", request("PUT", "/v1/posts", &[], body), 405, "method_not_allowed"),
        ("post offers", request("POST", "/v1/offers", &[], body), 405, "method_not_allowed"),
        ("patch account", request("PATCH", "/v1/accounts/x/1", &[], b""), 405, "method_not_allowed"),
        ("trace", request("TRACE", "/v1/posts", &[], b""), 405, "method_not_allowed"),
        ("unknown method", request("BREW", "/v1/offers", &[], b""), 405, "method_not_allowed"),
        ("gzip", request("POST", "/v1/posts", &["Content-Encoding: gzip"], body), 415, "encoding_refused"),
        (
            "gzip twice",
            request("POST", "/v1/posts", &["Content-Encoding: identity", "Content-Encoding: br"], body),
            415,
            "encoding_refused",
        ),
        (
            "gzip a link",
            request("PUT", "/v1/accounts/x/1", &["Content-Encoding: gzip"], body),
            415,
            "encoding_refused",
        ),
        (
            "picture",
            request("POST", "/v1/posts", &["Content-Type: image/png"], body),
            415,
            "bad_content_type",
        ),
        (
            "multipart",
            request("POST", "/v1/posts", &["Content-Type: multipart/form-data; boundary=x"], body),
            415,
            "bad_content_type",
        ),
        (
            "page of none",
            request("GET", "/v1/offers/kindle/reservations?limit=0", &[], b""),
            400,
            "bad_query",
        ),
        (
            "page too long",
            request("GET", "/v1/offers/kindle/reservations?limit=1001", &[], b""),
            400,
            "bad_query",
        ),
        (
            "page from nowhere",
            request("GET", "/v1/offers/kindle/reservations?after=-1", &[], b""),
            400,
            "bad_query",
        ),
    ];
    for (name, bytes, status, code) in table {
        let reply = scene.refuses(name, &bytes, status, code);
        assert_eq!(reply.header("allow").is_some(), status == 405, "{name}: {reply:?}");
        reply.must_not_echo("passwd");
        reply.must_not_echo("aaaa");
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused_unread() {
    let mut scene = Scene::of(Served::open());
    for expect in ["", "Expect: 100-continue\r\n"] {
        let head =
            format!("POST /v1/posts HTTP/1.1\r\nHost: localhost\r\n{expect}Content-Length: 65537\r\n\r\n");
        scene.refuses(expect, head.as_bytes(), 413, "body_too_large");
    }
    let whole = exchange(scene.served.address, &request("POST", "/v1/posts", &[], &[b'\n'; 65536]));
    assert_eq!(whole.status, 200, "{whole:?}");
    let mut connection = Connection::open(scene.served.address);
    connection.send(b"POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send(format!("10001\r\n{}\r\n", "\n".repeat(65537)).as_bytes());
    connection.reply().unwrap().assert_problem(413, "body_too_large");
    assert!(connection.is_closed(), "the rest is not waited for");
    scene.must_have_counted("chunks", &[&rejected("body_too_large")]);
}

/// actix answers these itself, before a request exists, so without a problem document.
#[test]
fn ambiguous_framing_ends_the_connection() {
    let mut scene = Scene::of(Served::open());
    let body = post("1", 1, "#BuyKindle");
    let length = body.len();
    let head = "POST /v1/posts HTTP/1.1\r\nHost: localhost\r\n";
    let many: String = (0..100).map(|no| format!("X-{no}: y\r\n")).collect();
    let both = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let table = [
        ("length and chunks", format!("{head}{both}"), 400),
        ("two lengths", format!("{head}Content-Length: {length}\r\nContent-Length: 5\r\n\r\n{body}"), 400),
        ("a signed length", format!("{head}Content-Length: +{length}\r\n\r\n{body}"), 400),
        ("a length in words", format!("{head}Content-Length: many\r\n\r\n{body}"), 400),
        (
            "a length beyond counting",
            format!("{head}Content-Length: 18446744073709551616\r\n\r\n{body}"),
            400,
        ),
        ("a folded header", format!("{head}X-A: b\r\n c\r\nContent-Length: {length}\r\n\r\n{body}"), 400),
        ("a blank before the colon", format!("{head}Content-Length : {length}\r\n\r\n{body}"), 400),
        ("a NUL in a header", format!("{head}X-A: \0\r\nContent-Length: {length}\r\n\r\n{body}"), 400),
        (
            "chunked last but not alone",
            format!("{head}Transfer-Encoding: chunked, identity\r\n\r\n{body}"),
            400,
        ),
        ("96 headers and more", format!("{head}{many}Content-Length: {length}\r\n\r\n{body}"), 431),
        ("a head without end", format!("{head}X-A: {}", "a".repeat(200_000)), 431),
        ("an address without end", format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000)), 400),
        ("HTTP/2 by surprise", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01".to_owned(), 400),
        ("no Host", "GET /v1/offers HTTP/1.1\r\nX-Forwarded-Host: localhost\r\n\r\n".to_owned(), 400),
        ("two Hosts", "GET /v1/offers HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("no HTTP", "hello\r\n\r\n".to_owned(), 400),
    ];
    for (name, bytes, status) in table {
        let mut connection = Connection::open(scene.served.address);
        connection.send(bytes.as_bytes());
        let reply = connection.reply().unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(reply.status, status, "{name}: {reply:?}");
        assert!(connection.is_closed(), "{name}");
        let code = if status == 431 { "head_too_large" } else { "bad_framing" };
        scene.must_have_counted(name, &[&rejected(code)]);
    }
}

/// Here a request exists, so the answer is a problem document; the remaining bytes are not read.
#[test]
fn an_invalid_chunk_ends_the_request_and_the_connection() {
    let mut scene = Scene::of(Served::open());
    let body = post("1", 1, "#BuyKindle");
    let size = body.len();
    let second =
        format!("POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n{body}");
    let table = [
        ("a size that is no number", format!("ZZ\r\n{body}\r\n0\r\n\r\n")),
        ("a size beyond counting", format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")),
        ("less than was promised", format!("{:x}\r\n{body}\r\n0\r\n\r\n", size - 1)),
        ("a size that is signed", format!("-{size:x}\r\n{body}\r\n0\r\n\r\n")),
        ("another request behind", format!("ZZ\r\n{second}")),
    ];
    for (name, chunks) in table {
        let mut connection = Connection::open(scene.served.address);
        let head = "POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        connection.send(format!("{head}{chunks}").as_bytes());
        connection.reply().unwrap_or_else(|| panic!("{name}")).assert_problem(400, "bad_framing");
        assert!(connection.reply().is_none_or(|reply| reply.status == 400), "{name} was answered twice");
        assert!(connection.is_closed(), "{name}");
        scene.must_have_counted(name, &[&rejected("bad_framing")]);
    }
}

#[test]
fn upgrades_and_proxy_headers_change_nothing() {
    let served = Served::open();
    let plain = served.get("/v1/offers").body;
    let table: [&[&str]; 4] = [
        &["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
        &["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
        &["X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.1", "Forwarded: for=10.0.0.1"],
        &["X-User-ID: 1", "X-HTTP-Method-Override: DELETE", "X-Forwarded-Host: evil.example"],
    ];
    for headers in table {
        let reply = exchange(served.address, &request("GET", "/v1/offers", headers, b""));
        assert_eq!((reply.status, reply.body.as_str()), (200, plain.as_str()), "{headers:?}");
    }
}

#[test]
fn a_thousand_requests_in_a_row_are_answered_in_order() {
    let served = Served::open();
    let mut connection = Connection::open(served.address);
    let mut writer = connection.stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        for id in 1..=1000 {
            let body = post(&id.to_string(), 2, "hello");
            std::io::Write::write_all(&mut writer, &request("POST", "/v1/posts", &[], body.as_bytes()))
                .unwrap();
        }
    });
    for id in 1..=1000 {
        let reply = connection.reply().unwrap_or_else(|| panic!("no answer to {id}"));
        assert_eq!(reply.status, 200, "{id}: {reply:?}");
        assert_eq!(reply.lines()[0]["post"], id.to_string());
    }
    sender.join().unwrap();
}

#[test]
fn metrics_show_each_reply_lane_and_the_reasons_of_drops() {
    let served = Served::open();
    let lanes = ["x", "bluesky", "mastodon"]
        .map(|network| format!("flashtag_reply_lane_waiting{{network=\"{network}\"}} 0"));
    let whys = ["stale", "withdrawn", "lapsed", "silent", "gone", "crowded"]
        .map(|why| format!("flashtag_replies_dropped_total{{why=\"{why}\"}} 0"));
    // The announcements of the start may still wait at first.
    let shows = |metrics: &String, line: &String| metrics.lines().any(|found| found == line);
    poll(
        || served.get("/metrics").body,
        |metrics| lanes.iter().chain(&whys).all(|line| shows(metrics, line)),
    );
}
