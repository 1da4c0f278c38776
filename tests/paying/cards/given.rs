//! What comes of a card page: the card, its owner and their address, and whose they are.

use std::sync::Arc;

use flashtag::domain::id::Account;
use flashtag::domain::link::Funding;
use flashtag::linking::{CardVault, Given, VaultFault};
use flashtag::net::Http;
use flashtag::ops::OpsDatabase;
use flashtag::outbox::provider::stripe::{Api, CardToken, StripeCards};
use networks::stripe::World;

use super::{Shop, account};

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
        ("nameless", 0, Err(VaultFault::Unusable)),
        // No rate of tax could be told.
        ("homeless", 0, Err(VaultFault::Unusable)),
        ("garbled", 0, Err(VaultFault::Unusable)),
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
    // Or no.
    let (shop, ana) = (Shop::new(), account("x:1"));
    let session = shop.begin(&ana).unwrap();
    shop.give(&session, "slow", "Ana");
    shop.world(World::refuse_setups);
    assert_eq!(shop.finish(&ana, &session), Err(VaultFault::BankRefused));
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
