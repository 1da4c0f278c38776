//! A payment that the operator settled as declined, and that was made in spite of that.

use flashtag::domain::time::Millis;

use super::fate::Fate;
use super::line::Cut;
use super::order::Stage;
use super::shop::Shop;
use super::trial::judge_all;

/// How far a clock is set ahead.
const AHEAD: Millis = Millis::from_secs(20 * 86_400);

/// A shop whose only payment is on its way, and was not found by a start that takes its key for a forgotten one.
fn settled_as_declined() -> Shop {
    let mut shop = Shop::new(7);
    (shop.line.is_calm, shop.line.cut) = (true, Some(Cut { at: 0, fate: Fate::Late, outage_hours: 0 }));
    shop.place("cus_1/pm_ok".to_owned());
    shop.work();
    shop.clock.set_ahead(AHEAD);
    shop.restart();
    (0..3).for_each(|_| shop.work());
    shop.commit();
    assert_eq!(shop.books.orders[0].given_up_in, Some(Stage::Authorizing));
    shop.settle_as_declined();
    shop
}

#[test]
fn a_payment_that_arrives_after_it_was_settled_as_declined_is_let_go() {
    judge_settled();
}

/// Each row: how far the clock is set ahead at a start that follows, and how the order ends. A void that may have been sent, and
/// whose key counts as forgotten, is for an operator like every other effect.
pub(crate) fn judge_settled() {
    let table = [(None, Stage::Voided), (Some(Millis::ZERO), Stage::Voided), (Some(AHEAD), Stage::GivenUp)];
    for (after, end) in table {
        let mut shop = settled_as_declined();
        if let Some(ahead) = after {
            shop.clock.set_ahead(ahead);
            shop.restart();
        }
        assert!(shop.line.has_late() && shop.line.stripe.intents().is_empty(), "it is on its way");
        shop.run_out();
        assert_eq!(shop.line.stripe.intents().len(), 1, "it arrived");
        assert_eq!(shop.books.orders[0].stage, end, "the clock is set ahead by {after:?}");
        judge_all(&mut shop);
    }
}

/// What looks for a payment reads five pages. Behind them nobody knows whether something is held.
#[test]
fn a_payment_behind_more_payments_than_are_read_is_for_an_operator() {
    let mut shop = settled_as_declined();
    shop.pass(600_000);
    (0..501).for_each(|_| shop.line.pay_elsewhere("cus_1", shop.clock.real));
    shop.run_out();
    assert_eq!(shop.books.orders[0].given_up_in, Some(Stage::Voiding));
    judge_all(&mut shop);
}
