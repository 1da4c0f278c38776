//! Effects that were pending when the process died are carried out after the restart: every prompt leaves,
//! and every confirmed order is captured once or declined, however its card behaves.

use std::collections::HashSet;

use super::client::{Kind, assert_conserved, clients, lost, random_ms};
use super::history::{assert_history_holds, captures};
use super::server::{Server, assert_verified};
use super::shop::{Sale, Shop};
use crate::test_rng::TestRng;

/// The scripts of the card sandbox, and whether a card with that script pays in the end.
const SCRIPTS: [(&str, bool); 8] = [
    ("", true),
    ("slow_", true),
    ("timeout_before_", true),
    ("timeout_after_", true),
    ("error_", true),
    ("error_after_", true),
    ("decline_", false),
    ("capture_decline_", false),
];
const ACCOUNTS: u32 = 64;

#[test]
fn effects_pending_at_a_crash_are_carried_out_after_the_restart() {
    // One account in eight has a scripted card: where many cards in a row get no answer, their lane pauses.
    let script = |author: u32| match author % 8 {
        0 => SCRIPTS[(author / 8) as usize % SCRIPTS.len()],
        _ => SCRIPTS[0],
    };
    let cards = (1..=ACCOUNTS).map(|author| format!("tok_{}{author}", script(author).0));
    let shop = Shop::open(&[Sale::new("plenty", 100, 900)], 1, cards);
    let mut rng = TestRng::new(6);
    let mut clients = clients(1, ACCOUNTS, &mut rng, &shop.sales);
    let client = &mut clients[0];
    let claims: Vec<usize> = (1..=ACCOUNTS).map(|author| client.write(Kind::Claim, author, 0)).collect();
    let confirms: Vec<usize> = (1..=ACCOUNTS).map(|author| client.write(Kind::Confirm, author, 0)).collect();
    // Kills between an answer and its effects: first the prompts, then the card requests.
    for posts in [claims, confirms] {
        let server = Server::start(&shop.config());
        client.post(&server.http(), &posts).expect("answered");
        server.kill();
    }
    // Kills at arbitrary moments during the card requests.
    for _ in 0..6 {
        let server = Server::start(&shop.config());
        std::thread::sleep(random_ms(&mut rng, 400));
        server.kill();
    }
    let server = Server::start(&shop.config());
    let http = server.http();
    let offers = http.wait_for(|offers| offers[0]["reserved"] == 0);
    let paying = (1..=ACCOUNTS).filter(|author| script(*author).1).count();
    assert_eq!(offers[0]["sold"], paying, "{offers:?}");
    assert_eq!(offers[0]["outcomes"]["declined"], ACCOUNTS as usize - paying, "{offers:?}");
    assert_conserved(&offers, &shop.sales);
    clients[0].compare(&http, true);
    assert_eq!(lost(&clients), Vec::<&String>::new());
    http.wait_until_all_is_done();
    server.stop();
    assert_verified(&shop.data(), true);
    assert_history_holds(&shop, &clients);
    let captures = captures(&shop);
    assert_eq!(captures.len(), paying, "one capture for each order that a card pays: {captures:?}");
    let keys = |name: &str| shop.lines(name).iter().map(|line| line["key"].to_string()).collect::<Vec<_>>();
    let orders = keys("orders.ndjson");
    assert_eq!(orders.len(), paying, "one order for each that is paid");
    for key in [keys("orders.ndjson"), keys("replies.ndjson")] {
        let distinct: HashSet<&String> = key.iter().collect();
        assert_eq!(distinct.len(), key.len(), "nothing is passed on twice");
    }
}
