//! Forged links, and links that are not valid any more.

use flashtag::domain::id::{Account, OfferId};
use flashtag::domain::time::Timestamp;
use flashtag::words::signed_link::{LinkKey, sign};

use super::snapshot::Scene;
use crate::http::client::{exchange, request};
use crate::http::confirming::{in_an_hour, key};
use crate::http::served::{Served, post};

/// A token for a reservation of the first account.
fn token(key: &LinkKey, offer: &str, ordinal: u32, author: u32, until: Timestamp) -> String {
    let account: Account = format!("x:{author}").parse().unwrap();
    sign(key, &OfferId::parse(offer).unwrap(), ordinal, &account, until)
}

#[test]
fn only_a_complete_signed_and_unused_link_confirms() {
    let served = Served::open();
    assert_eq!(served.post(post("1", 1, "#BuyKindle")).lines()[0]["outcome"], "reserved");
    let key = key(&served);
    let good = token(&key, "kindle", 1, 1, in_an_hour());
    let last = if good.ends_with('A') { "B" } else { "A" };
    let turned = |at: usize| format!("{}{last}{}", &good[..at], &good[at + 1..]);
    let mut scene = Scene::of(served);
    let table = [
        ("nothing", "-".to_owned(), 404, "malformed"),
        ("a word", "kindle.1".to_owned(), 404, "malformed"),
        ("bytes that are no text", "%ff%fe".to_owned(), 404, "malformed"),
        ("two kilobytes", "A".repeat(2048), 404, "malformed"),
        ("its first half", good[..good.len() / 8 * 4].to_owned(), 404, "malformed"),
        ("all but its end", good[..good.len() / 4 * 4 - 4].to_owned(), 403, "forged"),
        ("another statement", turned(8), 403, "forged"),
        ("another signature", turned(good.len() - 8), 403, "forged"),
        ("of another key", token(&LinkKey::new([7; 32]), "kindle", 1, 1, in_an_hour()), 403, "forged"),
        ("of another account", token(&key, "kindle", 1, 2, in_an_hour()), 403, "forged"),
        ("of yesterday", token(&key, "kindle", 1, 1, Timestamp::from_ms(1_000)), 410, "late"),
        ("of another reservation", token(&key, "kindle", 2, 1, in_an_hour()), 409, "used"),
        (
            "of the last reservation that there can be",
            token(&key, "kindle", u32::MAX, 1, in_an_hour()),
            409,
            "used",
        ),
        ("of another offer", token(&key, "nook", 1, 1, in_an_hour()), 409, "used"),
    ];
    for (name, token, status, result) in table {
        for method in ["GET", "POST"] {
            let bytes = request(method, &format!("/confirm/{token}"), &[], b"");
            let reply = exchange(scene.served.address, &bytes);
            assert_eq!(reply.status, status, "{method} {name}: {reply:?}");
            let counter = format!("flashtag_confirm_links_total{{result=\"{result}\"}}");
            scene.must_have_counted(name, &[&counter]);
        }
    }
    // The positive control: the valid one confirms.
    let reply = exchange(scene.served.address, &request("POST", &format!("/confirm/{good}"), &[], b""));
    assert_eq!(reply.status, 200, "{reply:?}");
}
