//! The audit: the server's unit counts against each other and against the generator's ledger. Pure.

use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, OfferLedger};
use crate::target::OfferState;

/// The verdict on one promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The promise, in words.
    pub promise: String,
    /// Whether the promise held.
    pub held: bool,
    /// The compared figures, or the violation.
    pub detail: String,
}

/// The input of an audit. The offers are in the order of the ledger's.
#[derive(Debug)]
pub struct AuditInput<'a> {
    /// Offers before the first post.
    pub before: &'a [OfferState],
    /// Offers after the last post.
    pub after: &'a [OfferState],
    /// Answers that the generator received.
    pub ledger: &'a Ledger,
    /// Units of each offer that the plan sells for certain.
    pub demanded: &'a [u64],
    /// Accounts that were answered with more reservations than they may hold.
    pub holders: &'a [Holder],
}

/// An account, and its units of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The account, as `x:42`.
    pub account: String,
    /// The offer's id.
    pub offer: String,
    /// Units reserved and bought.
    pub held: u64,
    /// Upper bound on its units.
    pub limit: u32,
}

/// Outcomes that return units.
const RETURNING: [&str; 4] = ["expired", "released", "declined", "refunded"];

/// Counts units sold beyond an allotment, over all offers.
#[must_use]
pub fn oversold(offers: &[OfferState]) -> u64 {
    offers.iter().map(|offer| offer.sold.saturating_sub(offer.allotment)).sum()
}

/// Checks every promise that the interfaces can show.
#[must_use]
pub fn audit(input: &AuditInput<'_>) -> Vec<Check> {
    vec![
        conserved(input),
        not_oversold(input),
        reserved_within_supply(input),
        confirmed(input),
        demand_met(input),
        limited(input),
        answered(input),
    ]
}

/// Checks each offer by a formula, which returns whether it held and the compared figures.
fn check_each(
    promise: &str,
    input: &AuditInput<'_>,
    mut formula: impl FnMut(&AuditedOffer<'_>) -> (bool, String),
) -> Check {
    let rows = input.before.iter().zip(input.after).zip(&input.ledger.offers);
    let judged = rows.map(|((before, after), ledger)| {
        let (held, words) = formula(&AuditedOffer { before, after, ledger });
        (held, format!("{}: {words}", after.id))
    });
    let (good, bad): (Vec<_>, Vec<_>) = judged.partition(|(held, _)| *held);
    let complete = good.len() + bad.len() == input.ledger.offers.len();
    let held = complete && bad.is_empty();
    let shown = if bad.is_empty() { good } else { bad };
    let words: Vec<String> = shown.into_iter().map(|(_, words)| words).collect();
    let detail = if complete { words.join("; ") } else { "the server does not show every offer".to_owned() };
    Check { promise: promise.to_owned(), held, detail }
}

struct AuditedOffer<'a> {
    before: &'a OfferState,
    after: &'a OfferState,
    ledger: &'a OfferLedger,
}

impl AuditedOffer<'_> {
    /// Counts answers with that outcome during the run.
    fn during(&self, outcome: &str) -> u64 {
        let count = |offer: &OfferState| offer.outcomes.get(outcome).copied().unwrap_or(0);
        count(self.after).saturating_sub(count(self.before))
    }
}

fn conserved(input: &AuditInput<'_>) -> Check {
    check_each("available + reserved + sold = allotment", input, |offer| {
        let OfferState { allotment, available, reserved, sold, .. } = offer.after;
        (
            available + reserved + sold == *allotment,
            format!("{available} + {reserved} + {sold} = {allotment}"),
        )
    })
}

fn not_oversold(input: &AuditInput<'_>) -> Check {
    check_each("no offer sold more than its allotment", input, |offer| {
        let OfferState { allotment, sold, .. } = offer.after;
        (sold <= allotment, format!("{sold} of {allotment}"))
    })
}

fn reserved_within_supply(input: &AuditInput<'_>) -> Check {
    check_each("reservations <= allotment + units that came back", input, |offer| {
        let reserved = offer.ledger.reserved.len() as u64;
        let back: u64 = RETURNING.iter().map(|outcome| offer.during(outcome)).sum();
        let allotment = offer.after.allotment;
        (reserved <= allotment + back, format!("{reserved} <= {allotment} + {back}"))
    })
}

fn confirmed(input: &AuditInput<'_>) -> Check {
    check_each("sold only after a confirmation", input, |offer| {
        let sold = offer.after.sold.saturating_sub(offer.before.sold);
        let (confirmed, confirming) = (offer.ledger.confirmed.len() as u64, offer.ledger.confirming);
        let words = format!("{sold} <= {confirmed} confirmed + {confirming} confirmed ahead of their turn");
        (sold <= confirmed + confirming, words)
    })
}

/// A unit that is still reserved when the run ends may be sold later, but a sale in which nothing was sold at all
/// sells nothing later either.
fn demand_met(input: &AuditInput<'_>) -> Check {
    let mut demanded = input.demanded.iter();
    check_each("what was claimed and could be paid for was sold", input, |offer| {
        let demanded = demanded.next().copied().unwrap_or(0);
        let sold = offer.after.sold.saturating_sub(offer.before.sold);
        let reserved = offer.after.reserved;
        let held = sold + reserved >= demanded && (sold > 0 || demanded == 0);
        (held, format!("{sold} sold and {reserved} reserved of {demanded} demanded for certain"))
    })
}

fn limited(input: &AuditInput<'_>) -> Check {
    let above = input.holders.iter().filter(|holder| holder.held > u64::from(holder.limit));
    let above: Vec<String> = above
        .map(|holder| {
            let Holder { account, offer, held, limit } = holder;
            format!("{account} has {held} of {offer}, and may have {limit}")
        })
        .collect();
    let held = above.is_empty();
    let asked = input.holders.len();
    let detail = if held {
        format!("{asked} accounts got more reservations than they may hold; none holds more")
    } else {
        above.join("; ")
    };
    Check { promise: "no account has more than its limit".to_owned(), held, detail }
}

fn answered(input: &AuditInput<'_>) -> Check {
    let Ledger { sent, answered, unanswered, invalid, invalid_answers, .. } = input.ledger;
    let held = *invalid == 0 && answered + unanswered == *sent;
    let detail = if *invalid == 0 {
        format!("{sent} sent = {answered} answered + {unanswered} in failed requests")
    } else {
        format!("{invalid} wrong answers, such as: {}", invalid_answers.join("; "))
    };
    Check { promise: "every post got one outcome of its own".to_owned(), held, detail }
}
