//! Confirmation by a signed link: HTML pages, and one order for one press of the button.

use flashtag::clock::Clock;
use flashtag::domain::id::OfferId;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::words::signed_link::{LinkKey, sign};

use super::client::{Reply, exchange, request};
use super::served::{Served, post};
use crate::crash::{assert_verified, poll};

const HASTY: &str = r#"
[[offer]]
id = "hasty"
kind = "purchase"
title = "Pots & <b>\"Pans\"</b>"
tags = { buy = "BuyHasty", confirm = "ConfirmHasty" }
price = "10.00 USD"
tax = "8.875%"
units = 3
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "1s"
"#;

/// The key that the server created at its first start.
pub(crate) fn key(served: &Served) -> LinkKey {
    std::fs::read_to_string(served.data().join("link-key")).unwrap().trim().parse().unwrap()
}

pub(super) fn in_an_hour() -> Timestamp {
    Clock::start().now().plus(Millis::from_secs(3600))
}

/// The path of a link, made with the server's own key.
pub(crate) fn own_link(served: &Served, offer: &str, ordinal: u32, author: u32) -> String {
    let account = format!("x:{author}").parse().unwrap();
    let token = sign(&key(served), &OfferId::parse(offer).unwrap(), ordinal, &account, in_an_hour());
    format!("/confirm/{token}")
}

/// The path of the link in the only letter, once the letter exists.
fn mailed_link(served: &Served) -> String {
    let read = || {
        let letters = std::fs::read_dir(served.data().join("mail/new")).into_iter().flatten().flatten();
        let texts = letters.filter_map(|letter| std::fs::read_to_string(letter.path()).ok());
        // Long lines are folded, and an equals sign is encoded.
        let mut plain = texts.map(|text| text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
        plain.find_map(|text| {
            let (_, rest) = text.split_once("https://shop.example/confirm/")?;
            let token: String = rest.chars().take_while(|ch| !ch.is_whitespace() && *ch != '"').collect();
            Some(format!("/confirm/{token}"))
        })
    };
    poll(read, Option::is_some).expect("polled for it")
}

fn press(served: &Served, path: &str) -> Reply {
    let headers = ["Content-Type: application/x-www-form-urlencoded", "Origin: null"];
    exchange(served.address, &request("POST", path, &headers, b""))
}

/// Asserts that this is an HTML page with that status and heading.
#[track_caller]
fn assert_page(reply: &Reply, status: u16, heading: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    let table = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    for (name, value) in table {
        assert_eq!(reply.header(name), Some(value), "{reply:?}");
    }
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline';"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    if !reply.body.is_empty() {
        assert!(reply.body.contains(&format!("<h1>{heading}</h1>")), "{reply:?}");
        assert!(!reply.body.contains("<script") && !reply.body.contains("http"), "{reply:?}");
    }
}

#[test]
fn opening_the_page_changes_nothing_and_the_button_orders_once() {
    let mut served = Served::open();
    // An account that opted out of replies is prompted by letter.
    served.post(post("1", 1, "@Shop STOP"));
    assert_eq!(served.post(post("2", 1, "#BuyKindle")).lines()[0]["reservation"], "kindle.1");
    let path = mailed_link(&served);
    let before = served.offers();
    for method in ["GET", "HEAD", "GET"] {
        let reply = exchange(served.address, &request(method, &path, &[], b""));
        assert_page(&reply, 200, "Confirm your order");
        assert_eq!(reply.body.is_empty(), method == "HEAD");
    }
    let shown = served.get(&path).body;
    let facts = [
        "<dd>Kindle</dd>",
        "<dd>1</dd>",
        "<dd>149.99 USD</dd>",
        "<dd>kindle.1</dd>",
        "Confirm before",
        " UTC</dd>",
    ];
    for fact in facts {
        assert!(shown.contains(fact), "{fact} is not in {shown}");
    }
    assert!(shown.contains("<form method=\"post\"><button"), "{shown}");
    assert_eq!(served.offers(), before, "opening a link changes nothing");
    served.get("/v1/orders/kindle.1").assert_problem(404, "not_found");

    let pressed = press(&served, &path);
    assert_page(&pressed, 200, "Your order is placed");
    assert!(!pressed.body.contains("<button"), "the button is gone");
    assert_eq!(served.get("/v1/orders/kindle.1").json()["account"], "x:1");
    // A second press, and a second look, tell the same good news, before a restart and after it.
    for reply in [press(&served, &path), served.get(&path)] {
        assert_page(&reply, 200, "Your order is placed");
        assert!(reply.body.contains("<dd>kindle.1</dd>") && !reply.body.contains("<button"), "{reply:?}");
    }
    served.restart();
    assert_eq!(served.get("/v1/orders/kindle.1").json()["account"], "x:1");
    assert_page(&press(&served, &path), 200, "Your order is placed");
    let offer = served.get("/v1/offers/kindle").json();
    assert_eq!(offer["reserved"].as_u64().unwrap() + offer["sold"].as_u64().unwrap(), 1, "{offer}");
    served.kill();
    assert_verified(&served.data(), false);
}

#[test]
fn an_invalid_link_confirms_nothing() {
    let served = Served::open();
    served.post(
        [post("1", 1, "#BuyKindle"), post("2", 2, "#BuyKindle"), post("3", 2, "#CancelKindle")].join("\n"),
    );
    let before = served.offers();
    let good = own_link(&served, "kindle", 1, 1);
    // Four letters are three bytes; cut between them, the rest is still base64.
    let whole = "/confirm/".len() + (good.len() - "/confirm/".len() - 1) / 4 * 4;
    let letter = if good.as_bytes()[20] == b'A' { "B" } else { "A" };
    let changed = format!("{}{letter}{}", &good[..20], &good[21..]);
    let (kindle, ana) = (OfferId::parse("kindle").unwrap(), "x:1".parse().unwrap());
    let foreign = sign(&LinkKey::new([1; 32]), &kindle, 1, &ana, in_an_hour());
    // One second ago, because the server's clock may be slightly behind.
    let a_second_ago = Timestamp::from_ms(Clock::start().now().ms() - 1000);
    let expired = sign(&key(&served), &kindle, 1, &ana, a_second_ago);
    let table = [
        ("nonsense", "/confirm/nonsense".to_owned(), 404, "There is nothing here"),
        ("not even base64", "/confirm/%3Cscript%3E".to_owned(), 404, "There is nothing here"),
        ("half a token", good[..good.len() / 3].to_owned(), 404, "There is nothing here"),
        ("a token without its end", good[..whole].to_owned(), 403, "This link is not from us"),
        ("one letter changed", changed, 403, "This link is not from us"),
        ("signed with another key", format!("/confirm/{foreign}"), 403, "This link is not from us"),
        ("another account's", own_link(&served, "kindle", 1, 2), 403, "This link is not from us"),
        ("its time is over", format!("/confirm/{expired}"), 410, "Too late"),
        ("passed on", own_link(&served, "kindle", 2, 2), 409, "Nothing left to confirm"),
        ("a reservation that never was", own_link(&served, "kindle", 99, 1), 409, "Nothing left to confirm"),
        ("the one before the first", own_link(&served, "kindle", 0, 1), 409, "Nothing left to confirm"),
        ("an offer that never was", own_link(&served, "nook", 1, 1), 409, "Nothing left to confirm"),
    ];
    for (what, path, status, heading) in table {
        println!("{what}");
        assert_page(&served.get(&path), status, heading);
        assert_page(&press(&served, &path), status, heading);
        assert_eq!(served.offers(), before, "{what}");
    }
    let wrong_method = exchange(served.address, &request("DELETE", &good, &[], b""));
    wrong_method.assert_problem(405, "method_not_allowed");
    assert_eq!(served.offers(), before);
    assert_page(&press(&served, &good), 200, "Your order is placed");
    let metrics = served.get("/metrics").body;
    for line in [
        r#"flashtag_confirm_links_total{result="confirmed"} 1"#,
        r#"flashtag_confirm_links_total{result="forged"} 8"#,
        r#"flashtag_confirm_links_total{result="late"} 2"#,
        r#"flashtag_confirm_links_total{result="malformed"} 6"#,
        r#"flashtag_confirm_links_total{result="used"} 8"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn a_link_obeys_the_deadline_and_titles_are_escaped() {
    let served = Served::selling(HASTY);
    assert_eq!(served.post(post("1", 1, "#BuyHasty")).lines()[0]["outcome"], "reserved");
    let path = own_link(&served, "hasty", 1, 1);
    let first = served.get(&path);
    if first.status == 200 {
        assert!(first.body.contains("<dd>Pots &amp; &lt;b&gt;&quot;Pans&quot;&lt;/b&gt;</dd>"), "{first:?}");
        assert!(first.body.contains("<dd>10.89 USD</dd>"), "{first:?}");
    }
    let late = poll(|| served.get(&path), |reply| reply.status != 200);
    assert_page(&late, 410, "Too late");
    assert_page(&press(&served, &path), 410, "Too late");
    served.get("/v1/orders/hasty.1").assert_problem(404, "not_found");
    let offer = served.get("/v1/offers/hasty").json();
    assert_eq!(
        (&offer["reserved"], &offer["sold"]),
        (&1.into(), &0.into()),
        "a post that is late may be in time"
    );
}

#[test]
fn two_simultaneous_presses_place_one_order() {
    let served = Served::open();
    served.post(post("1", 1, "#BuyKindle"));
    let path = own_link(&served, "kindle", 1, 1);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let presses: Vec<_> = (0..8).map(|_| scope.spawn(|| press(&served, &path).status)).collect();
        presses.into_iter().map(|press| press.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200; 8], "each of them is told of the order");
    let offer = served.get("/v1/offers/kindle").json();
    assert_eq!(offer["reserved"].as_u64().unwrap() + offer["sold"].as_u64().unwrap(), 1, "{offer}");
}

#[test]
fn a_link_needs_no_token_and_works_from_any_origin() {
    let served = Served::with_token();
    let claim = post("1", 1, "#BuyKindle");
    exchange(served.address, &request("POST", "/v1/posts", &[super::served::TOKEN], claim.as_bytes()));
    let path = own_link(&served, "kindle", 1, 1);
    assert_page(&served.get(&path), 200, "Confirm your order");
    let own = exchange(served.address, &request("POST", &path, &["Origin: http://localhost"], b""));
    assert_page(&own, 200, "Your order is placed");
}

#[test]
fn the_link_of_a_reservation_that_a_post_confirmed_shows_its_order() {
    let served = Served::open();
    served.post([post("1", 1, "#BuyKindle"), post("2", 1, "#ConfirmKindle")].join("\n"));
    let path = own_link(&served, "kindle", 1, 1);
    assert_page(&press(&served, &path), 200, "Your order is placed");
    let offer = served.get("/v1/offers/kindle").json();
    assert_eq!(offer["reserved"].as_u64().unwrap() + offer["sold"].as_u64().unwrap(), 1, "{offer}");
}
