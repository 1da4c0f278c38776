//! The real binary killed at random moments while people link their cards, pay and get letters, some of them leave, and its
//! mail server hangs up: who was told that the card is linked has it linked, everybody pays once, gets each letter once, and
//! who was erased stays erased.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_LINK_KILLS` sets its length.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::thread;

use networks::stripe::Status;

use super::link_buyer::{Buyer, Link};
use super::link_shop::{Cards, Shop};
use crate::command::flashtag;
use crate::crash::client::random_ms;
use crate::crash::server::{Http, Server, Starting, assert_verified, poll, serve};
use crate::http::browser::Browser;
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

/// Upper bound on the time before a server is killed.
const LIFE_MS_MAX: usize = 350;
/// Upper bound on the time before a start is killed.
const START_MS_MAX: usize = 60;
/// Kills of one shop: no more people come than X lets the shop answer in 15 minutes.
const KILLS_OF_A_SHOP: u64 = 14;
/// Buyers who come after each kill, in each of two rows.
const COMERS: u32 = 3;
/// The address of a server.
fn address(http: &Http) -> SocketAddr {
    http.base().trim_start_matches("http://").parse().unwrap()
}

/// Some come who link and buy, in two rows.
fn come(rows: &mut [Vec<Buyer>; 2], cards: Cards, http: &Http, rng: &mut TestRng) {
    for (row, buyers) in rows.iter_mut().enumerate() {
        for _ in 0..COMERS {
            let author = 1000 + 2 * buyers.len() as u32 + row as u32;
            // The page takes the sandbox's cards.
            let by_page = cards == Cards::Sandbox && rng.below(2) == 0;
            let browser = by_page.then(|| {
                let mut browser = Browser::new(address(http));
                let (high, low) = (author / 200, author % 200);
                browser.headers = vec![format!("X-Forwarded-For: 10.{high}.{low}.7")];
                browser.may_break = true;
                browser
            });
            let leaves = browser.is_some() && rng.below(3) == 0;
            buyers.push(Buyer { author, browser, link: Link::No, order: None, leaves });
        }
    }
}

/// Everybody goes on until the server is down or nothing is to be done.
fn go_on(buyers: &mut [Buyer], shop: &Shop, http: &Http) {
    while let Some(buyer) = buyers.iter_mut().find(|buyer| !buyer.is_done()) {
        if buyer.go_on(shop, http).is_none() {
            return;
        }
    }
}

/// A shop that is killed that often. Returns its orders, and its letters.
fn killed_shop(cards: Cards, kills: u64, rng: &mut TestRng) -> (usize, usize) {
    let shop = Shop::new(cards, rng);
    let mut server = Server::start(&shop.config());
    let mut rows = [Vec::new(), Vec::new()];
    let mut killed = 0;
    while killed < kills {
        let http = server.http();
        come(&mut rows, cards, &http, rng);
        let life = random_ms(rng, LIFE_MS_MAX);
        thread::scope(|scope| {
            for row in &mut rows {
                scope.spawn(|| go_on(row, &shop, &http));
            }
            thread::sleep(life);
            server.kill();
        });
        killed += 1;
        while killed < kills && rng.below(4) == 0 {
            let starting = Starting::spawn(serve(&shop.config()));
            thread::sleep(random_ms(rng, START_MS_MAX));
            starting.kill();
            killed += 1;
        }
        server = Server::start(&shop.config());
        let http = server.http();
        for buyer in rows.iter_mut().flatten() {
            buyer.check(&http);
            buyer.browser = buyer.browser.take().map(|browser| browser.moved(address(&http)));
        }
    }
    let http = server.http();
    rows.iter_mut().for_each(|row| go_on(row, &shop, &http));
    let buyers: Vec<Buyer> = rows.into_iter().flatten().collect();
    assert!(buyers.iter().all(Buyer::is_done), "the server went down by itself");
    http.wait_until_all_is_done();
    buyers.iter().for_each(|buyer| buyer.check(&http));
    assert_eq!(http.get("/v1/offers/kettle").unwrap()["sold"], buyers.len());
    let letters = check_letters(&shop, &buyers);
    server.stop();
    check_money(&shop, &buyers);
    (buyers.len(), letters)
}

/// Asserts that everybody with an address got one letter of each kind, which may have come several times. Returns how many
/// different ones there were.
fn check_letters(shop: &Shop, buyers: &[Buyer]) -> usize {
    let letters = shop.relay.letters();
    let mut by_id = BTreeMap::new();
    for letter in letters.iter() {
        let first = by_id.entry(&letter.message_id).or_insert(letter);
        assert_eq!(*first, letter, "two letters have one id");
    }
    let mut kinds = BTreeSet::new();
    for letter in by_id.values() {
        assert!(kinds.insert((&letter.to, &letter.subject)), "told twice: {letter:?}");
    }
    for buyer in buyers.iter().filter(|buyer| buyer.browser.is_none()) {
        let address = format!("{}@example.com", buyer.author);
        assert!(kinds.iter().any(|(to, _)| to.contains(&address)), "{address} got no letter");
    }
    by_id.len()
}

/// Asserts that each order was paid once.
fn check_money(shop: &Shop, buyers: &[Buyer]) {
    let data = shop.path("data");
    match shop.cards {
        Cards::Sandbox => assert_verified(&data, false),
        Cards::Stripe => {
            let data = data.display().to_string();
            flashtag(["verify", "--data", &data]).must(0, &[]);
            let mut paid = BTreeMap::<String, Vec<(Status, i64)>>::new();
            for intent in shop.stripe.shared.lock().stage.network.intents() {
                paid.entry(intent.customer.clone())
                    .or_default()
                    .push((intent.status, intent.amount_received));
            }
            assert_eq!(paid.len(), buyers.len());
            for (customer, payments) in &paid {
                assert_eq!(payments, &[(Status::Succeeded, 2000)], "{customer}");
            }
            let config = shop.config().display().to_string();
            let reconcile =
                ["reconcile", "--config", &config, "--since", "2020-01-01T00:00:00Z", "--recent", "0s"];
            let told = format!("payments compared: {}\n", buyers.len());
            let found = poll(|| flashtag(reconcile), |found| found.out.contains(&told));
            found.must(0, &["not done yet: 0", "differences: 0"]);
        }
    }
}

#[test]
fn a_kill_at_any_moment_of_linking_paying_and_mailing_loses_and_repeats_nothing() {
    let mut budget = RunBudget::of("link kills", 4, 1_000);
    let (seed, wanted) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_LINK_KILLS={wanted}");
    let mut rng = TestRng::new(seed);
    let of_a_shop = wanted.div_ceil(2).min(KILLS_OF_A_SHOP);
    let (mut left, mut shops, mut orders, mut letters) = (wanted, 0_u64, 0, 0);
    for cards in [Cards::Sandbox, Cards::Stripe].into_iter().cycle() {
        let kills = of_a_shop.min(left);
        let (sold, told) = killed_shop(cards, kills, &mut rng);
        (orders, letters) = (orders + sold, letters + told);
        (0..kills).for_each(|_| budget.step());
        (left, shops) = (left - kills, shops + 1);
        if left == 0 {
            break;
        }
    }
    budget.report(&format!("{shops} shops, {orders} orders paid once, {letters} letters told once"));
}
