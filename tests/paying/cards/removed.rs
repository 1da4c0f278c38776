//! Cards and customers that nobody uses any more are removed at Stripe.

use flashtag::linking::{Given, VaultFault};

use super::Fate::{Fails, LostAfter, LostBefore, NotSent};
use super::{Fate, Shop, account};

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
