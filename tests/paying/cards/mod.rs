//! Cards that are given on Stripe's hosted page: the desk and the vault in front of a stand-in of Stripe, in virtual time.

mod given;
mod open_pages;
mod removed;
mod requests;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use flashtag::domain::id::Account;
use flashtag::domain::time::Timestamp;
use flashtag::linking::{
    CardPageReturns, CardVault, Consents, Desk, DeskBounds, Given, LinkedCard, Purpose, VaultFault,
};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::ops::OpsDatabase;
use flashtag::outbox::provider::stripe::{Api, StripeCards};
use networks::Network;
use networks::stripe::{Account as Rights, World};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::line::answer_of;

const KEY: &str = "rk_test_shop";
const START_MS: i64 = 1_796_050_800_000;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    LostBefore,
    LostAfter,
    NotSent,
    Fails,
}

use Fate::{Arrives, Fails, LostAfter, LostBefore, NotSent};

/// Stripe, the way to it, and the clock.
struct Stripe {
    world: Mutex<World>,
    now: Mutex<Timestamp>,
    fates: Mutex<VecDeque<Fate>>,
    asked: Mutex<Vec<String>>,
}

impl Stripe {
    fn arrive(&self, method: &str, address: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut made = networks::Request::new(body.to_vec());
        *made.method_mut() = method.parse().unwrap();
        *made.uri_mut() = address.parse().unwrap();
        for (name, value) in headers {
            let name: ureq::http::HeaderName = name.parse().unwrap();
            made.headers_mut().insert(name, value.parse().unwrap());
        }
        let now = self.now.lock().unwrap().ms();
        answer_of(&self.world.lock().unwrap().handle(&made, now, &mut StdRng::seed_from_u64(7)))
    }

    fn of_shop(&self, request: &Request) -> Answer {
        let bearer = format!("Bearer {KEY}");
        let own = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = own.chain([("authorization", bearer.as_str())]).collect();
        self.arrive(request.method.name(), &request.url, &headers, &request.body)
    }
}

impl Http for Stripe {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        assert!(request.signed, "every request is the shop's");
        let path = request.url.strip_prefix("https://stripe.example/v1/").unwrap();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let line = format!("{} {path} {body}", request.method.name()).trim_end().to_owned();
        self.asked.lock().unwrap().push(line);
        let lost = || Err(Unanswered::Unknown("no answer in time".into()));
        let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Arrives);
        match fate {
            Arrives => Ok(self.of_shop(request)),
            LostBefore => lost(),
            LostAfter => {
                self.of_shop(request);
                lost()
            }
            NotSent => Err(Unanswered::NotSent("no route".into())),
            Fails => Ok(Answer { status: 503, headers: Vec::new(), body: b"<html>".to_vec() }),
        }
    }
}

struct Shop {
    stripe: Arc<Stripe>,
    desk: Desk,
    vault: Arc<StripeCards>,
    _place: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let mut world = World::new();
        world.add_key(KEY, Rights::default());
        world.set_base_url("https://stripe.example");
        let stripe = Arc::new(Stripe {
            world: Mutex::new(world),
            now: Mutex::new(Timestamp::from_ms(START_MS)),
            fates: Mutex::default(),
            asked: Mutex::default(),
        });
        let place = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&place.path().join("ops.sqlite")).unwrap();
        let http: Arc<dyn Http> = Arc::clone(&stripe) as _;
        let api = Api::new("https://stripe.example");
        let vault = Arc::new(StripeCards::new(api, http, database.clone(), "shop-7".to_owned()));
        let count = AtomicU8::new(0);
        let random = Box::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
        let taker = Some(Arc::clone(&vault) as Arc<dyn CardVault>);
        let desk = Desk::new(database, random, Vec::new(), taker, DeskBounds::default());
        Self { stripe, desk, vault, _place: place }
    }

    fn now(&self) -> Timestamp {
        *self.stripe.now.lock().unwrap()
    }

    fn wait_minutes(&self, minutes: i64) {
        let mut now = self.stripe.now.lock().unwrap();
        *now = Timestamp::from_ms(now.ms() + minutes * 60_000);
    }

    fn fates(&self, fates: &[Fate]) {
        *self.stripe.fates.lock().unwrap() = fates.iter().copied().collect();
    }

    fn world<T>(&self, read: impl FnOnce(&mut World) -> T) -> T {
        read(&mut self.stripe.world.lock().unwrap())
    }

    /// Opens a page. Returns the id of its session.
    fn begin(&self, account: &Account) -> Result<String, VaultFault> {
        let consents = Consents::given(|_| true, self.now()).unwrap();
        let begun = self.desk.begin_card(account, &consents, &returns(), self.now()).unwrap()?;
        Ok(begun.strip_prefix("https://stripe.example/c/pay/").expect("Stripe's page").to_owned())
    }

    /// Fills in a page in a browser. Returns where the browser goes.
    fn give(&self, session: &str, card: &str, name: &str) -> Option<String> {
        let form = format!("card={card}&name={name}&email=ana%40example.com&country=US&state=NY");
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let page = format!("https://stripe.example/c/pay/{session}");
        let answer = self.stripe.arrive("POST", &page, &kind, form.as_bytes());
        answer.header("location").map(str::to_owned)
    }

    fn finish(&self, account: &Account, session: &str) -> Result<Given, VaultFault> {
        self.desk.finish_card(account, session, self.now()).unwrap()
    }

    /// Opens a page, gives the card, and links it. Returns session and card.
    fn link(&self, account: &Account, card: &str, name: &str) -> (String, LinkedCard) {
        let session = self.begin(account).unwrap();
        self.give(&session, card, name).expect("the page takes it");
        let Ok(Given::Card(given, consents)) = self.finish(account, &session) else { panic!("{card}") };
        assert!(consents.has(Purpose::Letters), "what was agreed to comes with the card");
        self.desk.card_is_linked(&session).unwrap();
        (session, *given)
    }

    /// Looks after the cards of accounts that nothing is linked to, as the upkeep does.
    fn look(&self) {
        assert_eq!(self.desk.cards_without_return(self.now()).unwrap(), []);
        for page in self.desk.given_cards("", self.now()).unwrap() {
            self.desk.remove_card(&page, self.now()).unwrap();
        }
        for row in self.desk.card_customers(&[]).unwrap() {
            if row.is_forgotten || self.desk.forget_unused_customer(&row, self.now()).unwrap() {
                self.desk.remove_card_customer(&row, self.now()).unwrap();
            }
        }
    }

    /// Removes the customers that are forgotten.
    fn remove_forgotten(&self) {
        let rows = self.desk.card_customers(&[]).unwrap();
        for row in rows.iter().filter(|row| row.is_forgotten) {
            self.desk.remove_card_customer(row, self.now()).unwrap();
        }
    }

    /// The payment methods that may be charged.
    fn attached(&self) -> Vec<String> {
        self.world(|world| {
            let methods = world.payment_methods().iter().filter(|method| method.customer.is_some());
            methods.map(|method| method.id.clone()).collect()
        })
    }
}

fn returns() -> CardPageReturns {
    let at = |page: &str| format!("https://shop.example/link/{page}");
    CardPageReturns { done: at("done"), left: at("left") }
}

fn account(author: &str) -> Account {
    author.parse().unwrap()
}
