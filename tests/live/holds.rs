//! Money that Stripe holds and that is not captured: the real binary and a stand-in of Stripe, over real sockets.

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;
use flashtag::ops::{CardHoldRow, OpsDatabase};
use networks::stripe::Account;

use super::stripe::Shop;
use super::till::KEY;
use crate::crash::server::poll;

const HOUR: u32 = 3600;

/// An earlier process knew of a payment that was held and not captured, and Stripe refuses the key since then.
#[test]
fn a_hold_that_ends_within_a_day_is_told_until_stripe_says_that_nothing_is_held() {
    let shop = Shop::new(&[], Account::default());
    shop.open().stop();
    let began_at = Clock::start().now().minus(Millis::from_secs(100 * HOUR));
    let row =
        CardHoldRow { payment: "pi_7".to_owned(), order: "kettle.7".to_owned(), began_at, ends_at: None };
    let open = || OpsDatabase::open(&shop.path("data").join("ops.sqlite")).unwrap();
    open().store_card_holds(&[row], &[]).unwrap();

    shop.stripe.shared.lock().stage.network.revoke_key(KEY);
    let engine = shop.open();
    let is_told = |(_, text): &(u16, String)| text.contains("holds: ");
    let (status, text) = poll(|| engine.http().readiness(), is_told);
    let until = began_at.plus(Millis::from_secs(114 * HOUR));
    assert_eq!(status, 200);
    assert!(text.contains(&format!("holds: 1 payment is not captured, and its hold may end at {until}")));
    assert!(engine.http().metrics().contains("flashtag_card_holds_ending 1"));
    engine.stop();
    assert_eq!(open().card_holds(10).unwrap().len(), 1, "nobody knows better");

    shop.stripe.shared.lock().stage.network.add_key(KEY, Account::default());
    let engine = shop.open();
    // Stripe has no such payment.
    poll(|| engine.http().metrics(), |metrics| metrics.contains("flashtag_card_holds_ending 0"));
    assert!(!is_told(&engine.http().readiness()));
    engine.stop();
    assert_eq!(open().card_holds(10).unwrap(), []);
}
