//! The real binary killed at random moments while people link their cards, pay and get letters, some of them leave, banks
//! object, Stripe tells of it, and its mail server hangs up: who was told that the card is linked has that card linked, everybody
//! pays once, gets each letter once, each objection stands once beside its order, who was erased stays erased, and Stripe keeps
//! no card that nobody uses.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_LINK_KILLS` sets its length.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use networks::stripe::Status;

use super::bank::{Bank, Settled};
use super::checkout::{Checkout, attached};
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

/// What a shop came to.
#[derive(Debug, Default)]
struct Sold {
    orders: usize,
    letters: usize,
    /// Cards that were given on Stripe's page and are linked.
    checkouts: usize,
    bank: Settled,
}

/// A browser that is on its way from another machine than all others.
fn browser_of(author: u32, http: &Http) -> Browser {
    let mut browser = Browser::new(http.address());
    let (high, low) = (author / 200, author % 200);
    browser.headers = vec![format!("X-Forwarded-For: 10.{high}.{low}.7")];
    browser.may_break = true;
    browser
}

/// Some come who link and buy, in two rows.
fn come(rows: &mut [Vec<Buyer>; 2], http: &Http, rng: &mut TestRng) {
    for (row, buyers) in rows.iter_mut().enumerate() {
        for _ in 0..COMERS {
            let author = 1000 + 2 * buyers.len() as u32 + row as u32;
            let browser = (rng.below(2) == 0).then(|| browser_of(author, http));
            let leaves = browser.is_some() && rng.below(3) == 0;
            let checkout = Checkout::new(rng.split());
            buyers.push(Buyer {
                author,
                browser,
                link: Link::No,
                order: None,
                leaves,
                checkout,
                knows_card: false,
            });
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

/// Starts the server again. Everybody finds what they were told, and goes to its new port.
fn restart(shop: &Shop, rows: &mut [Vec<Buyer>; 2]) -> Server {
    let server = Server::start(&shop.config());
    let http = server.http();
    for buyer in rows.iter_mut().flatten() {
        buyer.check(&http);
        buyer.browser = buyer.browser.take().map(|browser| browser.moved(http.address()));
    }
    server
}

/// Everybody comes to an end at a server that nobody kills, but for those whose cards are linked without them: these wait for
/// an hour, and buy then. Nobody comes back from a card page after that time.
fn finish(mut server: Server, shop: &Shop, rows: &mut [Vec<Buyer>; 2]) -> Server {
    for _ in 0..2 {
        let http = server.http();
        rows.iter_mut().for_each(|row| go_on(row, shop, &http));
        let everybody = || rows.iter().flatten();
        assert!(everybody().all(Buyer::is_done), "the server went down by itself");
        http.wait_until_all_is_done();
        if shop.cards == Cards::Sandbox {
            rows.iter_mut().flatten().for_each(|buyer| buyer.check(&http));
            return server;
        }
        server.kill();
        shop.let_an_hour_pass();
        server = restart(shop, rows);
        let http = server.http();
        for buyer in rows.iter_mut().flatten() {
            let link = || {
                buyer.check(&http);
                buyer.link
            };
            poll(link, |link| *link != Link::Left);
        }
    }
    server
}

/// A shop that is killed that often.
fn killed_shop(cards: Cards, kills: u64, rng: &mut TestRng) -> Sold {
    let shop = Shop::new(cards, rng);
    let mut bank = Bank::new(rng.split());
    let mut server = Server::start(&shop.config());
    let mut rows = [Vec::new(), Vec::new()];
    let mut killed = 0;
    while killed < kills {
        let http = server.http();
        come(&mut rows, &http, rng);
        let (life, is_down) = (random_ms(rng, LIFE_MS_MAX), AtomicBool::new(false));
        thread::scope(|scope| {
            for row in &mut rows {
                scope.spawn(|| go_on(row, &shop, &http));
            }
            if cards == Cards::Stripe {
                scope.spawn(|| bank.act_until(&is_down, &shop.stripe, http.address()));
            }
            thread::sleep(life);
            server.kill();
            is_down.store(true, Ordering::Release);
        });
        killed += 1;
        while killed < kills && rng.below(4) == 0 {
            let starting = Starting::spawn(serve(&shop.config()));
            thread::sleep(random_ms(rng, START_MS_MAX));
            starting.kill();
            killed += 1;
        }
        if rng.below(3) == 0 {
            shop.let_minutes_pass();
        }
        server = restart(&shop, &mut rows);
    }
    server = finish(server, &shop, &mut rows);
    let http = server.http();
    let bank = bank.settle(&shop.stripe, &http);
    let buyers: Vec<Buyer> = rows.into_iter().flatten().collect();
    assert_eq!(http.get("/v1/offers/kettle").unwrap()["sold"], buyers.len());
    let (checkouts, letters) = (check_cards(&shop, &buyers), check_letters(&shop, &buyers));
    server.stop();
    check_money(&shop, &buyers);
    Sold { orders: buyers.len(), letters, checkouts, bank }
}

/// Waits until Stripe keeps of everybody who stays the card that was given last, and of nobody else anything. Returns how many
/// cards that are.
fn check_cards(shop: &Shop, buyers: &[Buyer]) -> usize {
    if shop.cards == Cards::Sandbox {
        return 0;
    }
    let by_page = buyers.iter().filter(|buyer| buyer.browser.is_some());
    let stay = by_page.clone().filter(|buyer| buyer.link == Link::Told);
    let card = |buyer: &Buyer| (format!("x:{}", buyer.author), buyer.checkout.digits().to_owned());
    let expected: BTreeSet<(String, String)> = stay.map(card).collect();
    let astray = || {
        let guard = shop.stripe.shared.lock();
        let world = &guard.stage.network;
        let kept = attached(world);
        let missing: Vec<_> = expected.iter().filter(|card| !kept.contains(card)).cloned().collect();
        let left_over: Vec<_> = kept.iter().filter(|card| !expected.contains(card)).cloned().collect();
        (missing, left_over, [kept.len(), world.customers().len()])
    };
    let all = [expected.len(); 2];
    poll(astray, |(missing, left_over, counts)| missing.is_empty() && left_over.is_empty() && *counts == all);
    let made = shop.stripe.shared.lock().stage.network.customers_made();
    assert_eq!(made, by_page.count() as u64, "an account is one customer");
    expected.len()
}

/// Asserts that everybody with an address got one letter of each kind, which may have come several times. Returns how many
/// different ones there were.
fn check_letters(shop: &Shop, buyers: &[Buyer]) -> usize {
    let linked_by_shop = buyers.iter().filter(|buyer| buyer.browser.is_none());
    let addresses: Vec<_> = linked_by_shop.map(|buyer| format!("{}@example.com", buyer.author)).collect();
    let without_letter = || {
        let letters = shop.relay.letters();
        let has_one = |address: &&String| letters.iter().any(|letter| letter.to.contains(*address));
        addresses.iter().filter(|address| !has_one(address)).collect::<Vec<_>>()
    };
    poll(without_letter, Vec::is_empty);
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
    let (mut left, mut shops, mut sum) = (wanted, 0_u64, Sold::default());
    for cards in [Cards::Sandbox, Cards::Stripe].into_iter().cycle() {
        let kills = of_a_shop.min(left);
        let sold = killed_shop(cards, kills, &mut rng);
        sum.orders += sold.orders;
        sum.letters += sold.letters;
        sum.checkouts += sold.checkouts;
        sum.bank.add(&sold.bank);
        (0..kills).for_each(|_| budget.step());
        (left, shops) = (left - kills, shops + 1);
        if left == 0 {
            break;
        }
    }
    let Sold { orders, letters, checkouts, bank } = &sum;
    let told = bank.words();
    budget.report(&format!(
        "{shops} shops, {orders} orders paid once, {letters} letters told once, {checkouts} cards of Stripe's page kept, {told}"
    ));
}
