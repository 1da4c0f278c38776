//! The requests at Stripe: what they tell, under which keys, and what comes of it when they are lost or refused.

use flashtag::linking::{CardVault, Given, Ticket, VaultFault};
use networks::stripe::Account as Rights;

use super::Fate::{Arrives, Fails, LostAfter, LostBefore, NotSent};
use super::{Fate, KEY, Shop, account, returns};

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
