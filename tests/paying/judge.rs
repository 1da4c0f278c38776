//! What Stripe has in the end, against what the shop believes.

use networks::stripe::{Intent, RefundStatus, Status, World};

use super::order::{Order, Stage};
use super::shop::Shop;

/// Compares all orders with Stripe.
///
/// # Panics
/// Panics where they differ.
pub(super) fn judge(shop: &Shop) {
    let stripe = &shop.line.stripe;
    assert_eq!(stripe.mismatches(), 0, "a key came with another body");
    assert_eq!(stripe.searches(), 0, "the search is behind");
    assert!(
        shop.wrongly_given_up.is_empty(),
        "a payment that is there was not found: {:?}",
        shop.wrongly_given_up
    );
    for order in &shop.orders {
        of_order(stripe, order);
    }
    let given_up = shop.orders.iter().filter(|order| order.stage == Stage::GivenUp).count();
    assert_eq!(shop.outbox.dead_letters().len(), given_up, "what was given up waits for an operator");
}

fn of_order(stripe: &World, order: &Order) {
    let name = order.name();
    let intents: Vec<&Intent> =
        stripe.intents().iter().filter(|intent| intent.metadata.get("reservation") == Some(&name)).collect();
    let charges = intents.iter().filter(|intent| intent.was_held).count();
    assert!(charges <= 1, "{name} was charged {charges} times");
    let taken: i64 = intents.iter().map(|intent| intent.amount_received).sum();
    let stands = |status| matches!(status, RefundStatus::Succeeded);
    let refunds = stripe.refunds().iter().filter(|refund| refund.metadata.get("reservation") == Some(&name));
    let returned: i64 = refunds.filter(|refund| stands(refund.status)).map(|refund| refund.amount).sum();
    assert!(returned <= taken, "{name} got {returned} of {taken} back");
    let held = intents.iter().any(|intent| intent.status == Status::RequiresCapture);
    match order.stage {
        Stage::Sold => assert_eq!((taken, returned), (order.minor, 0), "{name} is sold"),
        Stage::Refunded => assert_eq!((taken, returned), (order.minor, order.minor), "{name} is refunded"),
        Stage::Declined | Stage::Voided => {
            assert_eq!((taken, held), (0, false), "{name} is {:?}: nothing is taken or held", order.stage);
        }
        Stage::GivenUp => {}
        stage => panic!("{name} is {stage:?} in the end"),
    }
}
