//! What Stripe has in the end, against what the shop believes, and what `flashtag reconcile` says of the two.

use std::collections::BTreeSet;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::engine::reconcile;
use networks::stripe::{Intent, RefundStatus, Status, World};

use super::order::{Order, Stage};
use super::shop::{START_MS, Shop};

/// The money of an order at Stripe.
#[derive(Debug, PartialEq, Eq)]
struct Money {
    taken: i64,
    returned: i64,
    is_held: bool,
}

/// Compares all orders with Stripe.
///
/// # Panics
/// Panics where they differ.
pub(super) fn judge(shop: &Shop) {
    let stripe = &shop.line.stripe;
    assert_eq!(stripe.mismatches(), 0, "a key came with another body");
    assert_eq!(stripe.searches(), 0, "the search is behind");
    assert!(shop.faults.is_empty(), "{:#?}", shop.faults);
    for order in &shop.books.orders {
        of_order(shop, order);
    }
    let known: BTreeSet<&String> =
        shop.books.orders.iter().map(|order| &order.paid_under).chain(&shop.forgotten).collect();
    for intent in stripe.intents() {
        let key = intent.metadata.get("key");
        assert!(key.is_none_or(|key| known.contains(key)), "nobody recorded what {key:?} paid for");
    }
    let given_up = given_up(shop);
    assert_eq!(shop.outbox.dead_letters().len(), given_up, "what was given up waits for an operator");
}

fn given_up(shop: &Shop) -> usize {
    shop.books.orders.iter().filter(|order| order.stage == Stage::GivenUp).count()
}

fn of_order(shop: &Shop, order: &Order) {
    let (name, stripe) = (order.name(), &shop.line.stripe);
    // Orders that a restored copy does not know may have had the name before.
    let is_own = |intent: &&Intent| {
        intent.metadata.get("reservation") == Some(&name)
            && intent.metadata.get("key").is_none_or(|key| !shop.forgotten.contains(key))
    };
    let charges = stripe.intents().iter().filter(is_own).filter(|intent| intent.was_held).count();
    assert!(charges <= 1, "{name} was charged {charges} times");
    let money = money_of(stripe, order);
    assert!(money.returned <= money.taken, "{name}: {money:?}");
    // What happened to it after the copy was made is for the reconciliation.
    if order.is_torn {
        return;
    }
    let watched = order.reference.as_ref().and_then(|payment| shop.holds.until(&payment.to_string()));
    let is_over = order.stage.end().is_some() && order.stage != Stage::GivenUp;
    assert!(!is_over || watched.is_none(), "{name} is {:?}, and counts as held", order.stage);
    match (order.stage, expected(order)) {
        (Stage::GivenUp, _) => {}
        (stage, None) => panic!("{name} is {stage:?} in the end"),
        (stage, Some(expected)) => assert_eq!(money, expected, "{name} is {stage:?}"),
    }
}

/// What Stripe must have of an order at its end.
fn expected(order: &Order) -> Option<Money> {
    let (taken, returned) = match order.stage {
        Stage::Sold => (order.minor, 0),
        Stage::Refunded => (order.minor, order.minor),
        Stage::Declined | Stage::Voided => (0, 0),
        _ => return None,
    };
    Some(Money { taken, returned, is_held: false })
}

fn money_of(stripe: &World, order: &Order) -> Money {
    let intents: Vec<&Intent> = stripe
        .intents()
        .iter()
        .filter(|found| found.metadata.get("key") == Some(&order.paid_under))
        .collect();
    let is_own = |id: &str| intents.iter().any(|intent| intent.id == id);
    let refunds = stripe.refunds().iter().filter(|refund| is_own(&refund.intent));
    Money {
        taken: intents.iter().map(|intent| intent.amount_received).sum(),
        returned: refunds
            .filter(|refund| refund.status != RefundStatus::Failed)
            .map(|refund| refund.amount)
            .sum(),
        is_held: intents.iter().any(|intent| intent.status == Status::RequiresCapture),
    }
}

/// Lets somebody return money by hand, and asserts that the reconciliation tells every difference and nothing else.
///
/// # Panics
/// Panics where it does not.
pub(super) fn reconcile(shop: &mut Shop) {
    if shop.rng.below(3) == 0 {
        let customer = format!("cus_{}", shop.rng.below(4));
        shop.line.stripe.refund_by_hand(&customer, shop.clock.real.ms());
    }
    let booked = shop.line.books(shop.clock.real);
    let day = Millis::from_secs(86_400);
    let time = (Timestamp::from_ms(START_MS), shop.clock.shown().plus(day));
    let found = reconcile::compare(&shop.books.reconciled(), &booked, shop.instance.id, time);
    for order in &shop.books.orders {
        let name = order.name();
        let starts = [format!("{name}:"), format!("reservation {} of offer 0:", order.id.ordinal)];
        let is_told = found.differences.iter().any(|line| starts.iter().any(|start| line.starts_with(start)));
        let money = money_of(&shop.line.stripe, order);
        // An order of which something was given up is told to operators as such.
        let differs = order.stage != Stage::GivenUp && expected(order) != Some(money);
        assert_eq!(is_told, differs, "{name} is {:?}: {:#?}", order.stage, found.differences);
    }
    let forgotten = shop.line.stripe.intents().iter();
    let forgotten =
        forgotten.filter(|found| found.metadata.get("key").is_some_and(|key| shop.forgotten.contains(key)));
    let mut told: BTreeSet<String> = found
        .differences
        .iter()
        .filter(|line| line.ends_with("the journal has no such order"))
        .cloned()
        .collect();
    for intent in forgotten {
        let order = &intent.metadata["reservation"];
        let line = format!("payment {} of {order}: the journal has no such order", intent.id);
        assert!(told.remove(&line), "{line} is not told: {:#?}", found.differences);
    }
    assert_eq!(told, BTreeSet::new(), "these orders are known");
    assert_eq!((found.under_way, found.given_up), (0, given_up(shop) as u64));
}
