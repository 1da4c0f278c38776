//! The real binary killed at random moments while people link their cards, pay and get letters, some of them leave, and its
//! mail server hangs up: who was told that the card is linked has it linked, everybody pays once, gets each letter once, and
//! who was erased stays erased.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_LINK_KILLS` sets its length.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;

use flashtag::clock::Clock;
use networks::Fault;
use networks::server::{Clock as NetworkClock, Server as StandIn, Settings};
use networks::stripe::{Account, Status, World};
use tempfile::TempDir;

use super::mail_relay::MailRelay;
use crate::command::flashtag;
use crate::crash::client::random_ms;
use crate::crash::server::{Http, Server, Starting, assert_verified, poll, serve};
use crate::http::browser::{Browser, unless_broken};
use crate::http::linking::{BOXES, CARD, heading, sign_in};
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
const KEY: &str = "rk_test_51Secret";

const OFFERS: &str = r#"
[shop]
name = "The Shop"
accounts = { x = "9001" }

[[offer]]
id = "kettle"
kind = "purchase"
title = "Kettle"
tags = { buy = "BuyKettle", cancel = "CancelKettle" }
price = "20.00 USD"
units = 100000
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "0s"
"#;

/// Who takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cards {
    Sandbox,
    Stripe,
}

struct Shop {
    cards: Cards,
    stripe: StandIn<World>,
    relay: MailRelay,
    place: TempDir,
}

impl Shop {
    fn new(cards: Cards, rng: &mut TestRng) -> Self {
        let clock = NetworkClock::new(|| Clock::start().now().ms());
        let mut world = World::new();
        world.add_key(KEY, Account::default());
        let faults =
            ["cut-after=0.05@POST", "lost-answer=0.05@POST"].map(|fault| Fault::parse(fault).unwrap());
        let settings = Settings { port: 0, faults: faults.into(), seed: 7, clock };
        let stripe = StandIn::start(world, settings).unwrap();
        let relay = MailRelay::start(rng.split());
        let shop = Self { cards, stripe, relay, place: tempfile::tempdir().unwrap() };
        let (base, peer, mail) = (shop.stripe.base_url(), shop.stripe.address, shop.relay.address);
        let paid_by = match cards {
            Cards::Sandbox => String::new(),
            Cards::Stripe => format!("[stripe]\nkey_file = \"stripe-key\"\napi_base = \"{base}\"\n"),
        };
        let name = if cards == Cards::Stripe { "stripe" } else { "sandbox" };
        shop.write(
            "flashtag.toml",
            &format!(
                "data = \"data\"\noffers = \"offers.toml\"\negress_allow = [\"{peer}\", \"{mail}\"]\n\
                 [http]\nlisten = \"127.0.0.1:0\"\nauth = \"off\"\npublic_url = \"https://shop.example\"\n\
                 [providers]\ncards = \"{name}\"\nemail = \"smtp://{mail}?tls=none\"\n\
                 email_from = \"sales@shop.example\"\n{paid_by}"
            ),
        );
        shop.write("offers.toml", OFFERS);
        shop.write("stripe-key", KEY);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.path("flashtag.toml")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The token of a card that the shop's processor takes.
    fn token(&self, author: u32) -> String {
        match self.cards {
            Cards::Sandbox => format!("tok_{author}"),
            Cards::Stripe => format!("cus_{author}/pm_ok{author}"),
        }
    }
}

/// What somebody was told of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    No,
    /// It was asked for, and no answer came.
    Doubtful,
    Told,
    /// The erasure was asked for, and no answer came.
    Leaving,
    Erased,
}

/// Somebody who links a card and buys.
struct Buyer {
    author: u32,
    /// The browser of one who links on the page; the others are linked by the shop's own software.
    browser: Option<Browser>,
    link: Link,
    /// The order that the buyer was told of.
    order: Option<String>,
    leaves: bool,
}

impl Buyer {
    /// Does the next thing. `None` if the server was killed meanwhile.
    fn go_on(&mut self, shop: &Shop, http: &Http) -> Option<()> {
        match self.link {
            Link::No | Link::Doubtful => {
                self.link = Link::Doubtful;
                self.link(shop, http)?;
                self.link = Link::Told;
            }
            Link::Told if self.order.is_none() => self.buy(http)?,
            Link::Told | Link::Leaving => {
                self.link = Link::Leaving;
                self.leave()?;
                self.link = Link::Erased;
            }
            Link::Erased => {}
        }
        Some(())
    }

    fn is_done(&self) -> bool {
        match self.link {
            Link::Told => self.order.is_some() && !self.leaves,
            link => link == Link::Erased,
        }
    }

    fn link(&mut self, shop: &Shop, http: &Http) -> Option<()> {
        let author = self.author;
        let Some(browser) = &mut self.browser else {
            return http.link_card(author, &shop.token(author)).then_some(());
        };
        unless_broken(|| {
            let page = sign_in(browser, "x", &author.to_string());
            // An earlier try came through, and nobody was told.
            if heading(&page) == "Your account" {
                return;
            }
            assert_eq!(heading(&page), "What you agree to", "{page:?}");
            let card = browser.submit(&page, "/link/card", &BOXES);
            let done = browser.submit(&card, "/link/sandbox-card", &CARD);
            assert_eq!(heading(&done), "Your card is linked", "{done:?}");
        })
    }

    fn buy(&mut self, http: &Http) -> Option<()> {
        let (author, now) = (self.author, Clock::start().now());
        // The same post each time: whoever posts does not know what became of it.
        let line = format!(
            "{{\"network\":\"x\",\"id\":\"{}\",\"author\":{{\"id\":\"{author}\",\"handle\":\"buyer{author}\"}},\
             \"posted_at\":\"{now}\",\"text\":\"#BuyKettle\"}}\n",
            5_000_000 + u64::from(author)
        );
        let answers = http.post(&line).ok()?;
        let answer = &answers[0];
        assert_eq!(answer["outcome"], "confirmed", "{answer}");
        self.order = answer["reservation"].as_str().map(str::to_owned);
        Some(())
    }

    fn leave(&mut self) -> Option<()> {
        let author = self.author.to_string();
        let browser = self.browser.as_mut().expect("who links on the page leaves there");
        unless_broken(|| {
            let page = sign_in(browser, "x", &author);
            if heading(&page) == "Your account" {
                let erased = browser.press(&page, "/me/erase", &[("sure", "yes")]);
                assert_eq!(heading(&erased), "You are erased", "{erased:?}");
            }
        })
    }

    /// Asserts what this buyer was told.
    fn check(&self, http: &Http) {
        let author = self.author;
        let account = http.get(&format!("/v1/accounts/x/{author}"));
        let person = http.get(&format!("/v1/accounts/x/{author}/personal-data"));
        match self.link {
            Link::Told => {
                assert!(account.is_some(), "{author} was told that the card is linked");
                let person = person.unwrap_or_else(|| panic!("nothing is held of {author}, who is linked"));
                let agreed = person["consents"].as_array().map_or(0, Vec::len);
                assert!(self.browser.is_none() || agreed == BOXES.len(), "{author} agreed: {person}");
            }
            Link::Erased => assert_eq!((account, person), (None, None), "{author} was told: erased"),
            Link::No => assert_eq!((account, person), (None, None), "{author} did not come yet"),
            // The person is durable before the card is linked, and is no more before it is unlinked.
            Link::Doubtful => assert!(account.is_none() || person.is_some(), "half of {author}"),
            Link::Leaving => {}
        }
        if let Some(order) = &self.order {
            assert!(http.get(&format!("/v1/orders/{order}")).is_some(), "order {order} of {author} is lost");
        }
    }
}

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
