//! Payments under faults, in virtual time: the outbox and the provider of Stripe against a stand-in of Stripe, with orders
//! that are placed, taken back and refunded. On the way goes wrong what can: requests and answers are lost, late, damaged
//! or there twice, the process is killed between them, Stripe fails and remembers that, keys grow old in outages of days,
//! clocks differ and are set, people capture by hand, and an older copy of the shop is restored. A share of the runs is mostly
//! about requests that arrive late, or about restored copies. In the end every order has paid once or not at all, what was
//! given up waits for an operator, and the reconciliation tells every difference.
//!
//! `FLASHTAG_PAYMENTS` sets the number of runs, `FLASHTAG_FIRST_SEED` the first seed.

pub(crate) mod asking;
mod books;
mod buyers;
mod cards;
mod clock;
mod conversation;
pub(crate) mod cuts;
mod fate;
mod holds;
mod judge;
pub(crate) mod late;
mod line;
mod objecting;
mod objections;
mod order;
mod people;
mod shop;
mod theme;
pub(crate) mod trial;

use flashtag::domain::id::{Network, OfferId};
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use self::fate::Fate;
use self::trial::{Outcome, judge};
use crate::run_budget::{RunBudget, from_env};

#[test]
fn no_fault_takes_money_twice_or_without_a_sale() {
    let mut budget = RunBudget::of("payments", 400, 10_000);
    let first = from_env("FLASHTAG_FIRST_SEED").unwrap_or(1);
    let mut sum = Outcome::default();
    for seed in first..first + budget.wanted {
        match judge(seed) {
            Ok(outcome) => sum.add(outcome),
            Err(words) => panic!("seed {seed}: {words}"),
        }
        budget.step();
    }
    let Outcome { fates, ends, restarts, retried, restored } = &sum;
    let enough = budget.wanted >= 400;
    for fate in Fate::ALL {
        assert!(!enough || fates.contains_key(&fate), "{fate:?} never came");
    }
    for end in ["sold", "declined", "voided", "refunded", "given up"] {
        assert!(!enough || ends.contains_key(end), "no order was {end}");
    }
    assert!(!enough || (*restarts > 0 && *retried > 0 && *restored > 0));
    budget.report(&format!("{ends:?}, {restarts} restarts, {restored} restored copies"));
}

/// An offer of one step.
pub(crate) fn terms(title: &str) -> Terms {
    let opens = Timestamp::from_ms(1_796_050_800_000);
    Terms {
        id: OfferId::parse("kettle").unwrap(),
        campaign: "kettles".into(),
        title: title.into(),
        tags: Tags { buy: "BuyKettle".into(), confirm: None, cancel: None },
        price: "20.00 USD".parse().unwrap(),
        tax: Tax::Flat("0%".parse().unwrap()),
        units: 1000,
        opens,
        closes: opens.plus(Millis::from_secs(365 * 86_400)).into(),
        confirm_within: Millis::ZERO,
        late_grace: Millis::ZERO,
        prompt_patience: Millis::ZERO,
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 2,
        waitlist: false,
        waitlist_max: 0,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: None,
        rules: Rules::default(),
    }
}
