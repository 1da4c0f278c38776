//! Several card pages of one account, and pages from which nobody comes back.

use flashtag::domain::link::Funding;
use flashtag::linking::{Given, VaultFault};

use super::Fate::{Fails, NotSent};
use super::{Shop, account};

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

/// Ana does not hear that her card is linked, and gives another one on a newer page: that is the one she means.
#[test]
fn the_card_of_the_newest_page_is_linked_whenever_the_others_are_found() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let one = shop.begin(&ana).unwrap();
    shop.give(&one, "visa", "Ana").unwrap();
    shop.wait_minutes(1);
    let two = shop.begin(&ana).unwrap();
    let found = || {
        let found = shop.desk.cards_without_return(shop.now()).unwrap();
        found.into_iter().map(|(_, page, ..)| page).collect::<Vec<_>>()
    };
    // A hint tells of the first card while she is on the second page.
    shop.desk.expect_card(&one).unwrap();
    assert_eq!(found(), [one.as_str()]);
    shop.desk.card_is_linked(&one).unwrap();
    shop.give(&two, "mastercardDebit", "Ana").unwrap();
    shop.desk.expect_card(&two).unwrap();
    assert_eq!(found(), [two.as_str()]);
    shop.desk.card_is_linked(&two).unwrap();
    // The first one is hinted at once more.
    shop.desk.expect_card(&one).unwrap();
    assert_eq!(found(), [] as [&str; 0]);
    // One look finds both, the newer one first.
    let three = shop.begin(&ana).unwrap();
    shop.wait_minutes(1);
    let four = shop.begin(&ana).unwrap();
    shop.desk.card_is_linked(&four).unwrap();
    let may_link = |page| (shop.desk.is_newest(page).unwrap(), shop.desk.is_open(page).unwrap());
    assert_eq!(may_link(&three), (false, true), "its owner may still come back with it");
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
