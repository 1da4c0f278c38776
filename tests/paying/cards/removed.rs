//! What is removed at Stripe: cards that are not taken or not used any more, and customers that nobody is.

use flashtag::domain::id::Account;
use flashtag::linking::{Given, VaultFault};
use networks::stripe::World;

use super::Fate::{Arrives, Fails, LostAfter, LostBefore, NotSent};
use super::{Fate, Shop, account};

/// Each row: a card that Stripe keeps and that is linked to nobody, and whether its owner comes back. Nothing of it stays,
/// whatever is lost; then the customer is unused, and goes as well.
#[test]
fn a_card_that_is_not_taken_is_detached_and_its_customer_deleted() {
    let lost: [&[Fate]; 5] = [&[], &[LostBefore], &[LostAfter, LostBefore], &[NotSent], &[Fails]];
    for (card, comes_back) in
        [("nameless", true), ("homeless", true), ("garbled", true), ("homeless", false), ("slow", false)]
    {
        for (row, fates) in lost.into_iter().enumerate() {
            let (shop, ana) = (Shop::new(), account("x:1"));
            let session = shop.begin(&ana).unwrap();
            shop.give(&session, card, "Ana").expect("Stripe takes it");
            if comes_back {
                assert_eq!(shop.finish(&ana, &session), Err(VaultFault::Unusable));
            }
            if card == "slow" {
                // The bank agrees when nobody waits for it any more.
                shop.wait_minutes(50);
                shop.look();
                shop.desk.close_card_pages(&ana).unwrap();
                shop.world(World::settle_setups);
            }
            assert_eq!(shop.attached().len(), 1, "{card}: Stripe keeps it");
            shop.fates(fates);
            for _ in 0..9 {
                shop.wait_minutes(6);
                shop.look();
            }
            assert_eq!(shop.attached(), [""; 0], "{card}, row {row}");
            assert_eq!(shop.world(|world| world.customers().len()), 0, "{card}, row {row}");
            assert_eq!(shop.desk.card_customers(&[]).unwrap(), [], "{card}, row {row}");
        }
    }
}

/// The answer to an owner who comes back late is the same, whether or not the card is detached already.
#[test]
fn who_comes_back_is_told_why_a_card_is_not_taken() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let session = shop.begin(&ana).unwrap();
    shop.give(&session, "homeless", "Ana").unwrap();
    // A webhook tells of it before her browser comes.
    shop.desk.expect_card(&session).unwrap();
    shop.look();
    assert_eq!(shop.attached(), [""; 0], "at once");
    for minutes in [0, 10, 20] {
        shop.wait_minutes(minutes);
        shop.look();
        assert_eq!(shop.finish(&ana, &session), Err(VaultFault::Unusable));
    }
    assert_eq!(shop.world(|world| world.customers().len()), 1, "she may choose another card");
    let (_, linked) = shop.link(&ana, "visa", "Ana");
    assert!(linked.card.token.starts_with("cus_C1/"), "{}", linked.card.token);
}

/// Nobody is that customer any more once the account has no link, no card, and no page that may give one.
#[test]
fn a_customer_is_unused_once_no_page_can_give_it_a_card() {
    let is_unused = |shop: &Shop| {
        let rows = shop.desk.card_customers(&[]).unwrap();
        let is_unused = |row| shop.desk.forget_unused_customer(row, shop.now()).unwrap();
        rows.iter().any(is_unused)
    };
    // Her page is open, then over, and its end is read.
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.begin(&ana).unwrap();
    for minutes in [0, 30, 11] {
        shop.wait_minutes(minutes);
        assert!(!is_unused(&shop), "after {minutes} minutes more: its end is not read");
    }
    for _ in 0..2 {
        shop.desk.cards_without_return(shop.now()).unwrap();
        shop.wait_minutes(5);
    }
    assert!(is_unused(&shop));
    // Who comes back is another customer, whatever became of the first one.
    shop.begin(&ana).unwrap();
    assert_eq!(shop.world(|world| world.customers_made()), 2);
    assert!(!is_unused(&shop));
    // A page that never opened is none.
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.fates(&[Arrives, NotSent]);
    assert!(shop.begin(&ana).is_err());
    assert!(!is_unused(&shop), "she tries again");
    shop.wait_minutes(41);
    assert!(is_unused(&shop));
    // A card is one, until it is removed.
    let (shop, ana) = (Shop::new(), account("x:1"));
    shop.link(&ana, "visa", "Ana");
    shop.wait_minutes(60);
    assert!(!is_unused(&shop), "the card may be linked");
    let page = shop.desk.given_cards("", shop.now()).unwrap().remove(0);
    shop.desk.remove_card(&page, shop.now()).unwrap();
    assert!(is_unused(&shop));
}

/// Unlinking closes the pages that are open; Stripe goes on to take a card there.
#[test]
fn a_card_that_is_given_after_an_unlinking_is_removed() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let (open, left) = (shop.begin(&ana).unwrap(), shop.begin(&ana).unwrap());
    shop.desk.close_card_pages(&ana).unwrap();
    shop.look();
    shop.give(&open, "visa", "Ana").unwrap();
    assert_eq!(shop.attached(), ["pm_1visa"]);
    // Others open pages meanwhile, which forgets nothing of hers.
    shop.wait_minutes(36);
    shop.begin(&account("x:2")).unwrap();
    shop.look();
    assert_eq!(shop.attached(), [""; 0]);
    shop.wait_minutes(10);
    shop.look();
    for session in [&open, &left] {
        assert!(!shop.desk.is_open(session).unwrap());
        assert_eq!(shop.finish(&ana, session), Err(VaultFault::Unknown));
    }
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
    assert!(!shop.desk.remove_card_customer(&gone[0], shop.now()).unwrap(), "Stripe did not do it");
    assert!(shop.desk.remove_card_customer(&gone[0], shop.now()).unwrap());
    let left: Vec<_> = shop.world(|world| world.customers().iter().map(|of| of.id.clone()).collect());
    assert_eq!(left, ["cus_C2"]);
    assert!(shop.attached().is_empty());
    assert!(shop.desk.given_cards("", shop.now()).unwrap().is_empty(), "its cards are forgotten with it");
    shop.give(&again, "visa", "Ana").unwrap();
    let Ok(Given::Card(given, _)) = shop.finish(&ana, &again) else { panic!() };
    assert!(given.card.token.starts_with("cus_C2/"), "{}", given.card.token);
}

/// Ana's customer was asked for, and no answer came. She is erased. Each row: what became of the request, how long Stripe is
/// away then, and what becomes of the requests that look for the customer. Nothing of her stays at Stripe.
#[test]
fn a_customer_whose_making_was_never_answered_is_found_and_deleted() {
    let lost: [&[Fate]; 4] =
        [&[LostAfter, LostAfter], &[LostAfter, LostBefore], &[LostBefore, LostBefore], &[NotSent]];
    let faults: [&[Fate]; 5] =
        [&[], &[LostAfter], &[Fails], &[LostBefore, LostBefore], &[Arrives, LostAfter, LostAfter]];
    for (row, begins) in lost.into_iter().enumerate() {
        for minutes in [1, 22 * 60, 23 * 60, 60 * 24 * 40] {
            for fates in faults {
                let (shop, ana, bea) = (Shop::new(), account("x:1"), account("x:2"));
                shop.link(&bea, "visa", "Bea");
                shop.fates(begins);
                assert!(shop.begin(&ana).is_err());
                shop.desk.forget(&ana).unwrap();
                shop.wait_minutes(minutes);
                shop.fates(fates);
                for _ in 0..3 {
                    shop.remove_forgotten();
                }
                let left: Vec<_> =
                    shop.world(|world| world.customers().iter().map(|of| of.id.clone()).collect());
                assert_eq!(left, ["cus_C1"], "row {row}, {minutes} minutes, {fates:?}");
                let noted = shop.desk.card_customers(&[]).unwrap();
                assert_eq!(noted.iter().map(|of| of.account.as_str()).collect::<Vec<_>>(), ["x:2"]);
                assert_eq!(shop.world(|world| world.mismatches()), 0, "a key has one body");
            }
        }
    }
}

/// Many people become customers in that time, some of them hers: what the list has of others is left alone.
#[test]
fn a_lost_customer_is_told_from_all_others() {
    let (shop, ana) = (Shop::new(), account("x:1"));
    let others: Vec<Account> = (10..260).map(|no| account(&format!("x:{no}"))).collect();
    let (before, behind) = others.split_at(120);
    before.iter().for_each(|other| drop(shop.begin(other).unwrap()));
    shop.fates(&[LostAfter, LostAfter]);
    assert!(shop.begin(&ana).is_err());
    // Another shop at the same account of Stripe has a customer of hers, and people make some by hand.
    let kind =
        [("content-type", "application/x-www-form-urlencoded"), ("authorization", "Bearer rk_test_shop")];
    for fields in ["metadata[account]=x:1&metadata[instance]=shop-8", "metadata[account]=x:1", ""] {
        let made = shop.stripe.arrive("POST", "/v1/customers", &kind, fields.as_bytes());
        assert_eq!(made.status, 200);
    }
    shop.desk.forget(&ana).unwrap();
    // She comes back as another customer.
    shop.wait_minutes(60);
    shop.begin(&ana).unwrap();
    behind.iter().for_each(|other| drop(shop.begin(other).unwrap()));
    let all = shop.world(|world| world.customers_made());
    shop.wait_minutes(24 * 60);
    shop.remove_forgotten();
    let left: Vec<_> = shop.world(|world| world.customers().iter().map(|of| of.id.clone()).collect());
    assert_eq!(left.len() as u64, all - 1);
    assert!(!left.contains(&"cus_C121".to_owned()), "hers is gone");
    assert!(shop.begin(&ana).is_ok(), "and her second one is not");
    assert_eq!(shop.world(|world| world.customers_made()), all);
}
