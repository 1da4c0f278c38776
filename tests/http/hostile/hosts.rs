//! Names in `Host` that are not the server's: a page can give a name of its own the server's address.

use super::snapshot::Scene;
use crate::http::client::{Reply, exchange};
use crate::http::confirming::own_link;
use crate::http::served::{Served, TOKEN, post};

/// The bytes of a request with these lines instead of one `Host`.
fn addressed(method: &str, target: &str, lines: &[&str], body: &str) -> Vec<u8> {
    let head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn send(served: &Served, method: &str, target: &str, lines: &[&str]) -> Reply {
    exchange(served.address, &addressed(method, target, lines, ""))
}

#[test]
fn a_server_without_tokens_answers_to_its_own_names_alone() {
    let mut scene =
        Scene::of(Served::with_http("auth = \"off\"\nallowed_hosts = [\"shop.internal\", \"[fd00::1]\"]"));
    let claim = post("1", 1, "#BuyKindle");
    let routes = [
        ("POST", "/v1/posts", claim.as_str()),
        ("GET", "/v1/offers", ""),
        ("GET", "/v1/offers/kindle", ""),
        ("GET", "/v1/accounts/x/1", ""),
        ("DELETE", "/v1/accounts/x/1", ""),
        ("POST", "/v1/pause", ""),
        ("POST", "/v1/offers/kindle/close", ""),
        ("GET", "/metrics", ""),
        ("GET", "/nowhere", ""),
    ];
    for (method, target, body) in routes {
        for host in ["Host: evil.example", "Host: evil.example:8080"] {
            let bytes = addressed(method, target, &[host], body);
            scene.refuses(&format!("{method} {target} {host}"), &bytes, 421, "foreign_host");
        }
    }
    let names = [
        ("Host: localhost.evil.example", 421, "foreign_host"),
        ("Host: 127.0.0.1.evil.example", 421, "foreign_host"),
        ("Host: 10.0.0.1", 421, "foreign_host"),
        ("Host: 0.0.0.0", 421, "foreign_host"),
        ("Host: shop.internal.evil.example", 421, "foreign_host"),
        // The public name is for buyers' pages.
        ("Host: shop.example", 421, "foreign_host"),
        ("Host: local host", 400, "bad_host"),
        ("Host: user@localhost", 400, "bad_host"),
        ("Host:", 400, "bad_host"),
        ("Host: ::1", 400, "bad_host"),
        ("Host: localhost:80a", 400, "bad_host"),
    ];
    for (lines, status, code) in names {
        scene.refuses(lines, &addressed("GET", "/v1/offers", &[lines], ""), status, code);
    }
    let full = addressed("GET", "http://evil.example/v1/offers", &["Host: localhost"], "");
    scene.refuses("an address in full", &full, 421, "foreign_host");
    for host in [
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "flashtag.localhost",
        "127.0.0.1",
        "127.1.2.3:8080",
        "[::1]",
        "shop.internal",
        "Shop.Internal:443",
        "[fd00::1]:8080",
    ] {
        let reply = send(&scene.served, "GET", "/v1/offers", &[&format!("Host: {host}")]);
        assert_eq!(reply.status, 200, "{host}: {reply:?}");
    }
    // A browser always sends a name, so what sends none is no browser.
    let old = exchange(scene.served.address, b"GET /v1/offers HTTP/1.0\r\n\r\n");
    assert_eq!(old.status, 200, "{old:?}");
}

#[test]
fn probes_and_buyers_pages_answer_to_the_names_that_they_are_known_by() {
    let served = Served::open();
    for target in ["/healthz", "/readyz"] {
        for host in ["evil.example", "10.0.0.1:8080"] {
            assert_eq!(
                send(&served, "GET", target, &[&format!("Host: {host}")]).status,
                200,
                "{target} {host}"
            );
        }
    }
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let link = own_link(&served, "kindle", 1, 1);
    let table: [(&str, &[&str], u16); 7] = [
        ("GET", &["Host: evil.example"], 421),
        ("POST", &["Host: evil.example", "Origin: http://evil.example"], 421),
        ("GET", &["Host: shop.example"], 200),
        ("POST", &["Host: shop.example", "Origin: https://evil.example"], 403),
        ("POST", &["Host: localhost", "Origin: http://localhost.evil.example"], 403),
        // A proxy that passes its own name for the server's.
        ("POST", &["Host: 127.0.0.1:8080", "Origin: https://shop.example"], 200),
        // The page hides its address, and so the browser sends none.
        ("POST", &["Host: shop.example:443", "Origin: null"], 200),
    ];
    for (method, lines, status) in table {
        let reply = send(&served, method, &link, lines);
        assert_eq!(reply.status, status, "{method} {lines:?}: {reply:?}");
        if status != 200 {
            let sold = served.get("/v1/offers/kindle").json()["outcomes"]["confirmed"].clone();
            assert!(sold.is_null(), "{method} {lines:?} confirmed");
        }
    }
}

#[test]
fn with_a_token_every_name_is_the_servers() {
    let served = Served::with_token();
    let reply = send(&served, "GET", "/v1/accounts/x/1", &["Host: shop.example", TOKEN]);
    assert_eq!(reply.status, 200, "{reply:?}");
    send(&served, "GET", "/v1/accounts/x/1", &["Host: shop.example"]).assert_problem(401, "unauthorized");
    // A page of another site that got hold of a token is still a page of another site.
    let lines = ["Host: shop.example", TOKEN, "Origin: https://evil.example"];
    send(&served, "POST", "/v1/pause", &lines).assert_problem(403, "foreign_page");
}
