//! SIGTERM ends the server cleanly under load and quickly when repeated, and a restart changes nothing.

use std::time::Duration;

use flashtag::clock::Clock;
use serde_json::Value;

use super::client::{Kind, assert_conserved, clients, lost, random_ms, under_load};
use super::history::assert_history_holds;
use super::kill::sales;
use super::server::{Server, assert_verified, poll};
use super::shop::{Sale, Shop};
use crate::test_rng::TestRng;

/// Upper bound on a stop: slow providers are waited for 5 seconds.
const STOP_MAX: Duration = Duration::from_secs(10);

fn paying(count: u32) -> impl Iterator<Item = String> {
    (1..=count).map(|author| format!("tok_{author}"))
}

#[test]
fn sigterm_under_load_keeps_every_acknowledged_answer() {
    let mut rng = TestRng::new(3);
    let shop = Shop::open(&sales(), 2, paying(1500));
    let mut clients = clients(3, 1500, &mut rng, &shop.sales);
    let mut longest = Duration::ZERO;
    for round in 0..8 {
        let server = Server::start(&shop.config());
        let http = server.http();
        clients.iter_mut().for_each(|client| client.compare(&http, false));
        assert_eq!(lost(&clients), Vec::<&String>::new(), "round {round}");
        let moment = random_ms(&mut rng, 150);
        let (ended, took) = under_load(&mut clients, &http, || {
            std::thread::sleep(moment);
            let clock = Clock::start();
            server.ask_to_stop();
            (server.wait(), Duration::from_micros(clock.elapsed_us()))
        });
        assert_eq!(ended.status.code(), Some(0), "round {round}: a clean end: {ended:?}");
        assert!(took < STOP_MAX, "round {round}: it took {took:?} to end");
        longest = longest.max(took);
    }
    eprintln!("the longest of 8 stops under load took {longest:?}");
    let server = Server::start(&shop.config());
    let http = server.http();
    clients.iter_mut().for_each(|client| client.compare(&http, true));
    assert_eq!(lost(&clients), Vec::<&String>::new(), "at the end");
    assert_conserved(&http.offers(), &shop.sales);
    server.stop();
    assert_verified(&shop.data(), false);
    assert_history_holds(&shop, &clients);
}

#[test]
fn sigterm_twice_ends_at_once() {
    // The provider answers after 10 seconds, so a clean end takes its full patience.
    let cards = (1..=20).map(|author| format!("tok_timeout_after_{author}"));
    let shop = Shop::open(&[Sale::new("flash", 100, 0)], 1, cards);
    let mut clients = clients(1, 20, &mut TestRng::new(4), &shop.sales);
    let server = Server::start(&shop.config());
    let client = &mut clients[0];
    let claims: Vec<usize> = (1..=20).map(|author| client.write(Kind::Claim, author, 0)).collect();
    client.post(&server.http(), &claims).expect("answered");
    poll(|| shop.lines("cards.ndjson").len(), |asked| *asked == 20);
    server.ask_to_stop();
    server.wait_for_line("stopping");
    server.ask_to_stop();
    // A clean end has another code, and one after the providers' time another line.
    assert_eq!(server.wait().status.code(), Some(130), "it ends at once, and says that it did not finish");
    let server = Server::start(&shop.config());
    clients[0].compare(&server.http(), true);
    assert_eq!(lost(&clients), Vec::<&String>::new());
    server.kill();
}

/// The fields that a restart must not change. Refusals are not journaled: they count from the start.
fn lasting_fields(offers: &[Value]) -> Vec<Vec<Value>> {
    const KEYS: [&str; 8] =
        ["id", "allotment", "available", "reserved", "sold", "waiting", "captured", "price"];
    offers.iter().map(|offer| KEYS.iter().map(|key| offer[*key].clone()).collect()).collect()
}

#[test]
fn a_restart_changes_nothing_that_is_shown() {
    let sales = [Sale::new("plenty", 120, 900), Sale::new("few", 10, 900), Sale::new("flash", 25, 0)];
    let script = |author| if author % 7 == 0 { "decline_" } else { "" };
    let cards = (1..=100).map(|author| format!("tok_{}{author}", script(author)));
    let shop = Shop::open(&sales, 2, cards);
    let mut clients = clients(1, 100, &mut TestRng::new(5), &shop.sales);
    let server = Server::start(&shop.config());
    let http = server.http();
    let client = &mut clients[0];
    let claims: Vec<usize> = (1..=100)
        .flat_map(|author| (0..3).map(move |sale| (author, sale)))
        .map(|(author, sale)| client.write(Kind::Claim, author, sale))
        .collect();
    client.post(&http, &claims).expect("answered");
    let confirms: Vec<usize> = (1..=40).map(|author| client.write(Kind::Confirm, author, 0)).collect();
    let cancels: Vec<usize> = (41..=50).map(|author| client.write(Kind::Cancel, author, 0)).collect();
    client.post(&http, &[confirms, cancels].concat()).expect("answered");
    // 40 orders of the first offer, of which 5 are declined; 10 accounts cancel. The last offer sells out.
    let before = http.wait_for(|offers| {
        let offer = |id: &str| offers.iter().find(|offer| offer["id"] == id).expect("on sale");
        let count = |id: &str, outcome: &str| offer(id)["outcomes"][outcome].as_u64().unwrap_or(0);
        count("plenty", "sold") + count("plenty", "declined") == 40 && offer("flash")["sold"] == 25
    });
    let plenty = before.iter().find(|offer| offer["id"] == "plenty").expect("on sale");
    assert_eq!((&plenty["sold"], &plenty["reserved"]), (&Value::from(35), &Value::from(50)), "{plenty}");
    server.stop();
    let server = Server::start(&shop.config());
    let after = server.http().offers();
    assert_eq!(lasting_fields(&before), lasting_fields(&after));
    assert_conserved(&after, &shop.sales);
    clients[0].compare(&server.http(), true);
    assert_eq!(lost(&clients), Vec::<&String>::new());
    assert_eq!(lasting_fields(&after), lasting_fields(&server.http().offers()), "nor do repeated posts");
    server.stop();
    assert_verified(&shop.data(), false);
    assert_history_holds(&shop, &clients);
}
