//! Cards that are given on Stripe's hosted page: the desk and the vault in front of a stand-in of Stripe, in virtual time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use flashtag::domain::id::Account;
use flashtag::domain::link::Funding;
use flashtag::domain::time::Timestamp;
use flashtag::linking::{
    CardPageReturns, CardVault, Consents, Desk, DeskBounds, Given, LinkedCard, Purpose, Ticket, VaultFault,
};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::ops::OpsDatabase;
use flashtag::outbox::provider::stripe::{Api, CardToken, StripeCards};
use networks::Network;
use networks::stripe::{Account as Rights, World};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::line::answer_of;

const KEY: &str = "rk_test_shop";
const START_MS: i64 = 1_796_050_800_000;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
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

#[test]
fn a_card_of_the_hosted_page_becomes_a_token_with_its_owner() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let session = shop.begin(&ana).unwrap();
    let back = shop.give(&session, "visa", "Ana").expect("it is taken");
    assert_eq!(back, format!("https://shop.example/link/done?cs={session}"));
    let Ok(Given::Card(given, _)) = shop.finish(&ana, &session) else { panic!() };
    assert_eq!(given.card.token, "cus_C1/pm_1visa#FpvisaAna");
    let token = CardToken::parse(&given.card.token).unwrap();
    assert_eq!((token.customer, token.payment_method), ("cus_C1", "pm_1visa"));
    let card = (given.card.brand.as_str(), given.card.funding, given.card.last4.as_str());
    assert_eq!(card, ("visa", Funding::Credit, "4242"));
    assert_eq!(given.region, "US-NY");
    assert_eq!((given.name.as_deref(), given.email.as_deref()), (Some("Ana"), Some("ana@example.com")));
    let parcels = given.ship_to.clone().unwrap();
    assert_eq!((parcels.name.as_str(), parcels.city.as_str()), ("Ana", "Springfield"));
    assert_eq!(parcels.lines, ["5 Main St"]);
    assert_eq!(format!("{given:?}"), "LinkedCard(***)", "a log does not say whose card it is");
}

/// Each row: what its owner does on the page, and what the engine finds.
#[test]
fn every_end_of_a_page_is_told() {
    let none = Err(VaultFault::NotComplete);
    let funded = |funding| Ok(funding);
    let table = [
        ("visa", 0, funded(Funding::Credit)),
        ("mastercardDebit", 0, funded(Funding::Debit)),
        ("visaPrepaid", 0, funded(Funding::Prepaid)),
        // What nobody knows is refused where prepaid cards are.
        ("visaUnknown", 0, funded(Funding::Prepaid)),
        ("visa", 34, funded(Funding::Credit)),
        // Its bank says no, and the page asks for another card.
        ("declined", 0, none.clone()),
        // Its bank has not decided.
        ("slow", 0, none.clone()),
        // Limits per card could not count it.
        ("nameless", 0, Err(VaultFault::Nameless)),
        // Nothing was given.
        ("", 0, none),
        // The page closed before.
        ("visa", 35, Err(VaultFault::Unknown)),
        ("", 36, Err(VaultFault::Unknown)),
    ];
    for (card, minutes, expected) in table {
        let (shop, ana) = (Shop::new(), account("x:1"));
        let session = shop.begin(&ana).unwrap();
        shop.wait_minutes(minutes);
        shop.give(&session, card, "Ana");
        let found = shop.finish(&ana, &session).map(|given| match given {
            Given::Card(given, _) => given.card.funding,
            Given::Before => panic!("{card}"),
        });
        assert_eq!(found, expected, "{card} after {minutes} minutes");
    }
    // A bank that takes its time says yes in the end.
    let (shop, ana) = (Shop::new(), account("x:1"));
    let session = shop.begin(&ana).unwrap();
    shop.give(&session, "slow", "Ana");
    shop.world(World::settle_setups);
    assert!(matches!(shop.finish(&ana, &session), Ok(Given::Card(..))));
}

/// Ana gave a card. Each row is one attack on it; after all of them hers is linked, once.
#[test]
fn a_card_is_given_to_the_account_whose_page_it_was_and_once() {
    let (shop, ana, eve) = (Shop::new(), account("x:1"), account("x:2"));
    let own = shop.begin(&ana).unwrap();
    shop.give(&own, "visa", "Ana").unwrap();
    let eves = shop.begin(&eve).unwrap();
    // Eve knows a page that somebody opened at Stripe by hand, with her account's name on it.
    let forged = "mode=setup&payment_method_types[]=card&billing_address_collection=required&customer=cus_C2\
                  &expires_at=1796054400&success_url=https://evil.example&cancel_url=https://evil.example\
                  &metadata[account]=x:2&metadata[instance]=shop-7";
    let kind =
        [("content-type", "application/x-www-form-urlencoded"), ("authorization", "Bearer rk_test_shop")];
    let made = shop.stripe.arrive("POST", "/v1/checkout/sessions", &kind, forged.as_bytes());
    assert_eq!(made.status, 200);
    shop.give("cs_test_3", "visa", "Eve").unwrap();
    let table = [
        ("Ana's page", own.as_str(), VaultFault::OtherAccount),
        ("her own, without a card", &eves, VaultFault::NotComplete),
        ("a page that was not opened here", "cs_test_3", VaultFault::Unknown),
        ("a page that never was", "cs_test_99", VaultFault::Unknown),
        ("a way to another address", "cs_test_1/../../refunds", VaultFault::Unknown),
        ("nothing", "", VaultFault::Unknown),
    ];
    for (what, session, fault) in &table {
        assert_eq!(shop.finish(&eve, session), Err(fault.clone()), "{what}");
    }
    // The vault judges what Stripe says also by itself.
    let at_vault = |of: &Account, session: &str| shop.vault.finish(of, session, shop.now()).map(drop);
    assert_eq!(at_vault(&eve, &own), Err(VaultFault::OtherAccount), "another customer's");
    assert_eq!(at_vault(&account("x:3"), &own), Err(VaultFault::OtherAccount), "nobody's");
    assert_eq!(at_vault(&ana, "cs_test_1/../../refunds"), Err(VaultFault::Unknown));
    let elsewhere = {
        let database = OpsDatabase::open(&tempfile::tempdir().unwrap().path().join("ops.sqlite")).unwrap();
        database.add_card_customer(&[9; 32], "x:1", shop.now()).unwrap();
        database.fill_card_customer(&[9; 32], "cus_C1").unwrap();
        let http: Arc<dyn Http> = Arc::clone(&shop.stripe) as _;
        StripeCards::new(Api::new("https://stripe.example"), http, database, "shop-8".to_owned())
    };
    let found = elsewhere.finish(&ana, &own, shop.now()).map(drop);
    assert_eq!(found, Err(VaultFault::OtherAccount), "another shop with the same key");

    // Until the link is noted she may come back; afterwards the page gives nothing new.
    for _ in 0..2 {
        assert!(matches!(shop.finish(&ana, &own), Ok(Given::Card(..))));
    }
    shop.desk.card_is_linked(&own).unwrap();
    assert_eq!(shop.finish(&ana, &own), Ok(Given::Before), "replayed");
}

#[test]
fn two_tabs_link_two_cards_of_one_customer() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let (one, two) = (shop.begin(&ana).unwrap(), shop.begin(&ana).unwrap());
    assert_ne!(one, two);
    shop.give(&two, "visa", "Ana").unwrap();
    shop.give(&one, "mastercardDebit", "Ana").unwrap();
    for (session, funding) in [(&two, Funding::Credit), (&one, Funding::Debit)] {
        let Ok(Given::Card(given, _)) = shop.finish(&ana, session) else { panic!("{session}") };
        assert_eq!(given.card.funding, funding);
        shop.desk.card_is_linked(session).unwrap();
    }
    assert_eq!(shop.world(|world| world.customers_made()), 1, "an account is one customer");
}

/// Ana has two pages open. Whatever she does in the other tab, the card of which she was told pays.
#[test]
fn a_card_that_comes_late_by_itself_does_not_take_the_place_of_one_that_is_linked() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let (one, two) = (shop.begin(&ana).unwrap(), shop.begin(&ana).unwrap());
    // She gives a card in one tab and closes it, and is told in the other that the second card is linked.
    shop.give(&one, "visa", "Ana").unwrap();
    shop.give(&two, "mastercardDebit", "Ana").unwrap();
    assert!(matches!(shop.finish(&ana, &two), Ok(Given::Card(..))));
    shop.desk.card_is_linked(&two).unwrap();
    let cards = || {
        let pages = shop.desk.given_cards("", shop.now()).unwrap();
        pages.into_iter().map(|page| page.session).collect::<Vec<_>>()
    };
    for minutes in [5, 30, 5] {
        assert_eq!(cards(), [two.as_str()], "nothing of her other page is removed while she may come back");
        shop.wait_minutes(minutes);
        assert_eq!(shop.desk.cards_without_return(shop.now()).unwrap(), [], "{minutes} minutes more");
    }
    assert_eq!(cards(), [one.as_str(), two.as_str()], "the first page's card is known, and can be removed");
    assert_eq!(shop.finish(&ana, &one), Err(VaultFault::Unknown), "her first page is over");
    // Who comes back with the other page in time asks for its card.
    let (shop, ana) = (Shop::new(), account("x:1"));
    let one = shop.begin(&ana).unwrap();
    shop.link(&ana, "mastercardDebit", "Ana");
    shop.give(&one, "visa", "Ana").unwrap();
    assert!(shop.desk.is_open(&one).unwrap());
    assert!(matches!(shop.finish(&ana, &one), Ok(Given::Card(..))));
    shop.desk.card_is_linked(&one).unwrap();
    assert_eq!(shop.finish(&ana, &one), Ok(Given::Before));
}

/// Unlinking closes the pages that are open; Stripe goes on to take a card there.
#[test]
fn a_card_that_is_given_after_an_unlinking_is_removed() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let (open, left) = (shop.begin(&ana).unwrap(), shop.begin(&ana).unwrap());
    shop.desk.close_card_pages(&ana).unwrap();
    let look = || {
        assert_eq!(shop.desk.cards_without_return(shop.now()).unwrap(), []);
        for page in shop.desk.given_cards("", shop.now()).unwrap() {
            shop.desk.remove_card(&page, shop.now()).unwrap();
        }
    };
    look();
    shop.give(&open, "visa", "Ana").unwrap();
    assert_eq!(shop.attached(), ["pm_1visa"]);
    // Others open pages meanwhile, which forgets nothing of hers.
    shop.wait_minutes(36);
    shop.begin(&account("x:2")).unwrap();
    look();
    assert_eq!(shop.attached(), [""; 0]);
    shop.wait_minutes(10);
    look();
    for session in [&open, &left] {
        assert!(!shop.desk.is_open(session).unwrap());
        assert_eq!(shop.finish(&ana, session), Err(VaultFault::Unknown));
    }
}

/// Each row: the address that is given at Stripe, and the one that is kept.
#[test]
fn an_address_of_the_card_page_is_kept_in_the_form_in_which_mail_takes_it() {
    let table = [
        ("Ana%40EXAMPLE.com", Some("Ana@example.com")),
        ("ana%40m%C3%BCnchen.example", Some("ana@xn--mnchen-3ya.example")),
        ("ana%40example.com%0D%0ABcc%3A+eve%40example.com", None),
        ("%22ana%22%40example.com", None),
        ("ana%40example.com%2C+eve%40example.com", None),
        ("@", None),
    ];
    for (typed, kept) in table {
        let (shop, ana) = (Shop::new(), account("x:1"));
        let session = shop.begin(&ana).unwrap();
        let form = format!("card=visa&name=Ana&email={typed}&country=US&state=NY");
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        shop.stripe.arrive(
            "POST",
            &format!("https://stripe.example/c/pay/{session}"),
            &kind,
            form.as_bytes(),
        );
        let Ok(Given::Card(given, _)) = shop.finish(&ana, &session) else { panic!("{typed}") };
        assert_eq!(given.email.as_deref(), kept, "{typed}");
    }
}

/// Each row: what becomes of the requests of the first try, whether it opens a page, and the customers in the end, after
/// a second try that goes well.
#[test]
fn whatever_is_lost_makes_no_second_customer() {
    let rows: [(&[Fate], bool); 9] = [
        (&[], true),
        (&[LostBefore], true),
        (&[LostAfter], true),
        (&[LostAfter, LostBefore], false),
        (&[LostAfter, LostAfter], false),
        (&[NotSent], false),
        (&[Fails], false),
        (&[Arrives, LostAfter], true),
        (&[Arrives, LostAfter, Fails], false),
    ];
    for (row, (fates, opens)) in rows.into_iter().enumerate() {
        let (shop, ana) = (Shop::new(), account("x:1"));
        shop.fates(fates);
        assert_eq!(shop.begin(&ana).is_ok(), opens, "row {row}");
        shop.fates(&[]);
        shop.begin(&ana).unwrap();
        assert_eq!(shop.world(|world| world.customers_made()), 1, "row {row}");
        assert_eq!(shop.world(|world| world.mismatches()), 0, "row {row}: a key has one body");
    }
    // A customer that a person removed in the dashboard is made anew.
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.begin(&ana).unwrap();
    shop.vault.remove_customer("cus_C1").unwrap();
    shop.begin(&ana).unwrap();
    let left: Vec<_> = shop.world(|world| world.customers().iter().map(|of| of.id.clone()).collect());
    assert_eq!(left, ["cus_C2"]);
    // Past the time for which Stripe remembers a key, the same request would make another customer under it.
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.fates(&[LostBefore, LostBefore]);
    assert!(shop.begin(&ana).is_err());
    shop.wait_minutes(24 * 60);
    shop.begin(&ana).unwrap();
    let asked = shop.desk.card_customers(&[]).unwrap();
    assert_eq!(asked.iter().filter(|row| !row.is_forgotten).count(), 1);
}

#[test]
fn a_reading_that_is_lost_is_told_and_read_again() {
    for fates in [&[LostBefore, LostBefore][..], &[NotSent], &[Fails]] {
        let (shop, ana) = (Shop::new(), account("x:1"));
        let session = shop.begin(&ana).unwrap();
        shop.give(&session, "visa", "Ana").unwrap();
        shop.fates(fates);
        assert!(matches!(shop.finish(&ana, &session), Err(VaultFault::Unanswered(_))));
        assert!(matches!(shop.finish(&ana, &session), Ok(Given::Card(..))));
    }
}

#[test]
fn the_open_pages_of_an_account_are_bounded() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let begun: Vec<_> = (0..7).map(|_| shop.begin(&ana).map(drop)).collect();
    let too_many = || Err(VaultFault::TooMany);
    assert_eq!(begun, [Ok(()), Ok(()), Ok(()), Ok(()), Ok(()), too_many(), too_many()]);
    assert_eq!(shop.world(|world| world.checkout_sessions().len()), 5, "Stripe is not asked any more");
    assert!(shop.begin(&account("x:2")).is_ok(), "another account");
    // Pages that never opened count as well.
    let bea = account("x:3");
    shop.fates(&[NotSent; 5]);
    (0..5).for_each(|_| assert!(matches!(shop.begin(&bea), Err(VaultFault::Unanswered(_)))));
    assert_eq!(shop.begin(&bea), Err(VaultFault::TooMany));
    shop.wait_minutes(40);
    assert!(shop.begin(&ana).is_ok() && shop.begin(&bea).is_ok(), "what is over makes room");
}

#[test]
fn the_card_of_somebody_who_does_not_come_back_is_found() {
    let (shop, ana, bea, cleo) = (Shop::new(), account("x:1"), account("x:2"), account("x:3"));
    let [own, beas, cleos] = [&ana, &bea, &cleo].map(|account| shop.begin(account).unwrap());
    shop.give(&own, "visa", "Ana").unwrap();
    shop.give(&cleos, "visa", "Cleo").unwrap();
    let found = || {
        let found = shop.desk.cards_without_return(shop.now()).unwrap();
        found.into_iter().map(|(account, page, ..)| (account, page)).collect::<Vec<_>>()
    };
    assert_eq!(found(), [], "she may still be on her way back");
    // Cleo unlinks meanwhile: what comes of her page is nobody's.
    shop.desk.close_card_pages(&cleo).unwrap();
    shop.wait_minutes(5);
    assert_eq!(found(), [(ana.clone(), own.clone())]);
    assert_eq!(found(), [], "asked again later, and not at once");
    shop.wait_minutes(5);
    assert_eq!(found(), [(ana, own.clone())], "it was not linked yet");
    shop.desk.card_is_linked(&own).unwrap();
    shop.wait_minutes(31);
    assert_eq!(found(), []);
    assert_eq!(shop.finish(&bea, &beas), Err(VaultFault::Unknown), "her page is over");
    assert_eq!(shop.finish(&cleo, &cleos), Err(VaultFault::Unknown));
    // A way that is closed closes no page.
    let (shop, ana) = (Shop::new(), account("x:1"));
    let own = shop.begin(&ana).unwrap();
    shop.give(&own, "visa", "Ana").unwrap();
    shop.wait_minutes(50);
    shop.fates(&[Fails]);
    assert!(shop.desk.cards_without_return(shop.now()).unwrap().is_empty());
    assert!(matches!(shop.finish(&ana, &own), Ok(Given::Card(..))));
}

#[test]
fn a_card_that_nobody_uses_is_detached_whatever_is_lost() {
    let rows: [&[Fate]; 6] =
        [&[], &[LostBefore], &[LostAfter], &[LostAfter, LostBefore], &[NotSent], &[Fails]];
    for (row, fates) in rows.into_iter().enumerate() {
        let (shop, ana) = (Shop::new(), account("x:1"));
        shop.link(&ana, "visa", "Ana");
        shop.link(&ana, "mastercardDebit", "Ana");
        assert_eq!(shop.attached(), ["pm_1visa", "pm_2mastercardDebit"]);
        shop.fates(fates);
        for _ in 0..3 {
            let given = shop.desk.given_cards("", shop.now()).unwrap();
            for page in given.iter().filter(|page| page.card.as_ref().unwrap().contains("pm_1visa")) {
                shop.desk.remove_card(page, shop.now()).unwrap();
            }
            shop.wait_minutes(1);
        }
        assert_eq!(shop.attached(), ["pm_2mastercardDebit"], "row {row}");
        assert_eq!(shop.desk.given_cards("", shop.now()).unwrap().len(), 1, "row {row}: it is forgotten");
    }
}

#[test]
fn an_erased_account_leaves_no_customer_and_comes_back_as_another_one() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.link(&ana, "visa", "Ana");
    let open = shop.begin(&ana).unwrap();
    shop.give(&open, "visa", "Ana").unwrap();
    shop.desk.forget(&ana).unwrap();
    assert_eq!(shop.finish(&ana, &open), Err(VaultFault::Unknown), "a page that was open links nobody");
    let again = shop.begin(&ana).unwrap();
    let gone: Vec<_> =
        shop.desk.card_customers(&[]).unwrap().into_iter().filter(|row| row.is_forgotten).collect();
    assert_eq!(gone.len(), 1);
    shop.fates(&[Fails, LostAfter]);
    assert!(!shop.desk.remove_card_customer(&gone[0]).unwrap(), "Stripe did not do it");
    assert!(shop.desk.remove_card_customer(&gone[0]).unwrap());
    let left: Vec<_> = shop.world(|world| world.customers().iter().map(|of| of.id.clone()).collect());
    assert_eq!(left, ["cus_C2"]);
    assert!(shop.attached().is_empty());
    assert!(shop.desk.given_cards("", shop.now()).unwrap().is_empty(), "its cards are forgotten with it");
    shop.give(&again, "visa", "Ana").unwrap();
    let Ok(Given::Card(given, _)) = shop.finish(&ana, &again) else { panic!() };
    assert!(given.card.token.starts_with("cus_C2/"), "{}", given.card.token);
}

/// Stripe is told the account, and nothing of its owner; and nothing of a card is in a key.
#[test]
fn what_stripe_is_told_is_the_account_alone() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.link(&ana, "visa", "Ana");
    shop.vault.remove_card("cus_C1/pm_1visa#FpvisaAna").unwrap();
    shop.vault.remove_customer("cus_C1").unwrap();
    // A card that was linked in another way is nobody's to remove.
    shop.vault.remove_card("tok_visa").unwrap();
    let asked = shop.stripe.asked.lock().unwrap().clone();
    let expected = [
        "POST customers metadata%5Baccount%5D=x%3A1&metadata%5Binstance%5D=shop-7",
        "POST checkout/sessions mode=setup&customer=cus_C1&payment_method_types%5B%5D=card\
         &billing_address_collection=required\
         &success_url=https%3A%2F%2Fshop.example%2Flink%2Fdone%3Fcs%3D%7BCHECKOUT_SESSION_ID%7D\
         &cancel_url=https%3A%2F%2Fshop.example%2Flink%2Fleft&expires_at=1796052900\
         &metadata%5Baccount%5D=x%3A1&metadata%5Binstance%5D=shop-7\
         &setup_intent_data%5Bmetadata%5D%5Baccount%5D=x%3A1&setup_intent_data%5Bmetadata%5D%5Binstance%5D=shop-7",
        "GET checkout/sessions/cs_test_1?expand%5B%5D=setup_intent.payment_method",
        "POST payment_methods/pm_1visa/detach",
        "DELETE customers/cus_C1",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn a_key_that_lacks_a_right_is_told_apart_from_a_card_that_is_not_there() {
    for (resource, writes) in [("customers", true), ("checkout", true), ("checkout", false)] {
        let (shop, ana) = (Shop::new(), account("x:1"));
        let session = shop.begin(&ana).unwrap();
        shop.give(&session, "visa", "Ana").unwrap();
        shop.world(|world| world.add_key(KEY, Rights::default().without(resource, writes)));
        let told = if writes {
            shop.begin(&account("x:2")).map(drop)
        } else {
            shop.finish(&ana, &session).map(drop)
        };
        let why = "Stripe answers 403 more_permissions_required".to_owned();
        assert_eq!(told, Err(VaultFault::Unanswered(why)), "{resource}");
    }
}

/// A ticket of another flow makes other keys.
#[test]
fn each_flow_has_keys_of_its_own() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let open = |id: u8| {
        let ticket = Ticket::new(&[id; 32]);
        shop.vault.start(&ana, &returns(), &ticket, shop.now()).unwrap().id
    };
    let (first, again, other) = (open(201), open(201), open(202));
    assert_eq!(first, again, "the same request has the same answer");
    assert_ne!(first, other);
}
