//! Banks that ask for the buyer: every fault at every request of a payment that waits, and buyers who agree between any two.

use flashtag::domain::time::Millis;

use super::buyers::Buyer;
use super::fate::Fate;
use super::line::Cut;
use super::shop::Shop;
use super::trial::{caught, judge_all};

/// How long the payment waits.
const PATIENCE: Millis = Millis::from_secs(60);

/// A buyer, and how the order ends.
const ORDERS: [(Buyer, &str); 6] = [
    (Buyer::Agrees, "sold"),
    (Buyer::Refuses, "declined"),
    (Buyer::Never, "declined"),
    (Buyer::Leaves, "declined"),
    // What was authenticated before it was closed counts.
    (Buyer::Late, "sold"),
    (Buyer::Unreachable, "declined"),
];

/// Runs an order with a cut, whose buyer agrees before a request. Returns the requests that it took, and how it ended.
fn run(buyer: Buyer, cut: Option<Cut>, agreed_before: Option<usize>) -> (usize, &'static str) {
    let mut shop = Shop::new(7);
    (shop.line.is_calm, shop.line.cut, shop.line.agreed_before) = (true, cut, agreed_before);
    shop.patience = Some(PATIENCE);
    shop.place_for(buyer, "cus_1/pm_authenticationRequired".to_owned());
    shop.run_out();
    let made = shop.line.made;
    judge_all(&mut shop);
    (made, shop.books.orders[0].stage.end().expect("it came to its end"))
}

#[test]
fn a_payment_that_waits_ends_as_its_buyer_wants_whatever_befalls_one_of_its_requests() {
    judge_waiting();
}

/// Every fault at every request of a payment that waits.
pub(crate) fn judge_waiting() {
    let mut runs = 0;
    for (buyer, end) in ORDERS {
        let (requests, undisturbed) = run(buyer, None, None);
        assert_eq!(undisturbed, end, "{buyer:?}");
        for at in 0..requests {
            for fate in Fate::ALL {
                for outage_hours in [0, 2, 30] {
                    let cut = Cut { at, fate, outage_hours };
                    let words = || format!("{buyer:?}, {cut:?}");
                    let (_, found) = caught(|| run(buyer, Some(cut), None))
                        .unwrap_or_else(|fault| panic!("{}: {fault}", words()));
                    let is_certain = matches!(fate, Fate::NotSent | Fate::RateLimited | Fate::Locked);
                    let may_be_given_up = outage_hours > 23 && !is_certain
                        || matches!(fate, Fate::FailsBefore | Fate::FailsAfter);
                    // The time may be over after an outage, and where Stripe is at a request for minutes or repeats a
                    // failure to whoever begins.
                    let may_be_too_late =
                        outage_hours > 0 || matches!(fate, Fate::Busy | Fate::Overlaps | Fate::FailsBefore);
                    let is_well = found == end
                        || may_be_given_up && found == "given up"
                        || may_be_too_late && found == "declined";
                    assert!(is_well, "{}: {found} and not {end}", words());
                    runs += 1;
                }
            }
        }
    }
    assert!(runs > 1000, "{runs} runs");
}

#[test]
fn a_buyer_who_agrees_while_the_payment_is_being_closed_is_charged_once_or_not_at_all() {
    judge_closing();
}

/// The buyer is at the bank when the time is over, and agrees before any of the requests by which the payment is closed.
pub(crate) fn judge_closing() {
    let (requests, _) = run(Buyer::Leaves, None, None);
    let mut ends = Vec::new();
    for at in 0..requests {
        let (_, end) = caught(|| run(Buyer::Leaves, None, Some(at)))
            .unwrap_or_else(|fault| panic!("the buyer agrees before request {at}: {fault}"));
        ends.push(end);
        for fate in Fate::ALL {
            for cut_at in at..requests {
                let cut = Cut { at: cut_at, fate, outage_hours: 0 };
                caught(|| run(Buyer::Leaves, Some(cut), Some(at)))
                    .unwrap_or_else(|fault| panic!("the buyer agrees before request {at}, {cut:?}: {fault}"));
            }
        }
    }
    assert!(ends.contains(&"sold") && ends.contains(&"declined"), "{ends:?}");
}

/// A buyer is at the bank when the shop is started with payments that wait no more. Nobody asks for that buyer again, who agrees
/// in the end all the same.
#[test]
fn a_payment_that_waits_no_more_is_closed_before_its_order_is_declined() {
    let run = |cut: Option<(usize, Fate)>| {
        let mut shop = Shop::new(7);
        (shop.line.is_calm, shop.patience) = (true, Some(PATIENCE));
        shop.place_for(Buyer::Leaves, "cus_1/pm_authenticationRequired".to_owned());
        while !shop.is_buyer_at_bank() {
            shop.work();
            shop.buyers_act();
        }
        shop.patience = None;
        shop.restart();
        let made = shop.line.made;
        shop.line.cut = cut.map(|(after, fate)| Cut { at: made + after, fate, outage_hours: 0 });
        shop.run_out();
        let requests = shop.line.made - made;
        judge_all(&mut shop);
        (requests, shop.books.orders[0].stage.end())
    };
    let (requests, end) = run(None);
    assert_eq!(end, Some("declined"));
    for after in 0..requests {
        for fate in Fate::ALL {
            let (_, end) = caught(|| run(Some((after, fate))))
                .unwrap_or_else(|fault| panic!("{fate:?} at request {after}: {fault}"));
            assert_eq!(end, Some("declined"), "{fate:?} at request {after}");
        }
    }
}
