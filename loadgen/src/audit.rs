//! The audit: the server's books against each other and against the generator's ledger. Pure.

use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, OfferLedger};
use crate::target::OfferState;

/// A promise, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The promise in words.
    pub promise: String,
    /// Whether it held.
    pub held: bool,
    /// What it was held against, or what broke it.
    pub detail: String,
}

/// All that an audit looks at. The offers stand in the order of the ledger's.
#[derive(Debug)]
pub struct Books<'a> {
    /// How the offers stood before the first post.
    pub before: &'a [OfferState],
    /// How they stand after the last.
    pub after: &'a [OfferState],
    /// What was answered.
    pub ledger: &'a Ledger,
    /// Who was told of more reservations than an account may have, and what they hold by now.
    pub holders: &'a [Holder],
}

/// An account, and what it holds of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The account, as `x:42`.
    pub account: String,
    /// The offer's id.
    pub offer: String,
    /// Units held and bought.
    pub held: u64,
    /// Units that it may have.
    pub limit: u32,
}

/// Outcomes by which units come back.
const COME_BACK: [&str; 4] = ["expired", "released", "declined", "refunded"];

/// Units sold beyond an allotment, over all offers.
#[must_use]
pub fn oversold(offers: &[OfferState]) -> u64 {
    offers.iter().map(|offer| offer.sold.saturating_sub(offer.allotment)).sum()
}

/// Holds the books against every promise that the wire can show.
#[must_use]
pub fn audit(books: &Books<'_>) -> Vec<Check> {
    vec![
        conserved(books),
        not_oversold(books),
        told(books),
        confirmed(books),
        limited(books),
        answered(books),
    ]
}

/// A check of every offer by a formula, which gives what it compared and whether it held.
fn of_each(promise: &str, books: &Books<'_>, formula: impl Fn(&Row<'_>) -> (bool, String)) -> Check {
    let rows = books.before.iter().zip(books.after).zip(&books.ledger.offers);
    let judged = rows.map(|((before, after), ledger)| {
        let (held, words) = formula(&Row { before, after, ledger });
        (held, format!("{}: {words}", after.id))
    });
    let (good, bad): (Vec<_>, Vec<_>) = judged.partition(|(held, _)| *held);
    let complete = good.len() + bad.len() == books.ledger.offers.len();
    let held = complete && bad.is_empty();
    let shown = if bad.is_empty() { good } else { bad };
    let words: Vec<String> = shown.into_iter().map(|(_, words)| words).collect();
    let detail = if complete { words.join("; ") } else { "the server does not show every offer".to_owned() };
    Check { promise: promise.to_owned(), held, detail }
}

struct Row<'a> {
    before: &'a OfferState,
    after: &'a OfferState,
    ledger: &'a OfferLedger,
}

impl Row<'_> {
    /// How often that was answered during the run.
    fn during(&self, outcome: &str) -> u64 {
        let count = |offer: &OfferState| offer.outcomes.get(outcome).copied().unwrap_or(0);
        count(self.after).saturating_sub(count(self.before))
    }
}

fn conserved(books: &Books<'_>) -> Check {
    of_each("available + reserved + sold = allotment", books, |row| {
        let OfferState { allotment, available, reserved, sold, .. } = row.after;
        (
            available + reserved + sold == *allotment,
            format!("{available} + {reserved} + {sold} = {allotment}"),
        )
    })
}

fn not_oversold(books: &Books<'_>) -> Check {
    of_each("no offer sold more than its allotment", books, |row| {
        let OfferState { allotment, sold, .. } = row.after;
        (sold <= allotment, format!("{sold} of {allotment}"))
    })
}

fn told(books: &Books<'_>) -> Check {
    of_each("reservations told <= allotment + units that came back", books, |row| {
        let told = row.ledger.reserved.len() as u64;
        let back: u64 = COME_BACK.iter().map(|outcome| row.during(outcome)).sum();
        let allotment = row.after.allotment;
        (told <= allotment + back, format!("{told} <= {allotment} + {back}"))
    })
}

fn confirmed(books: &Books<'_>) -> Check {
    of_each("sold only after a confirmation", books, |row| {
        let sold = row.after.sold.saturating_sub(row.before.sold);
        let (confirmed, confirming) = (row.ledger.confirmed.len() as u64, row.ledger.confirming);
        let words = format!("{sold} <= {confirmed} confirmed + {confirming} confirmed ahead of their turn");
        (sold <= confirmed + confirming, words)
    })
}

fn limited(books: &Books<'_>) -> Check {
    let above = books.holders.iter().filter(|holder| holder.held > u64::from(holder.limit));
    let above: Vec<String> = above
        .map(|holder| {
            let Holder { account, offer, held, limit } = holder;
            format!("{account} has {held} of {offer}, and may have {limit}")
        })
        .collect();
    let held = above.is_empty();
    let asked = books.holders.len();
    let detail = if held {
        format!("{asked} accounts were told of more reservations than they may hold; none holds more")
    } else {
        above.join("; ")
    };
    Check { promise: "no account has more than its limit".to_owned(), held, detail }
}

fn answered(books: &Books<'_>) -> Check {
    let Ledger { sent, answered, unanswered, wrong, wrongs, .. } = books.ledger;
    let held = *wrong == 0 && answered + unanswered == *sent;
    let detail = if *wrong == 0 {
        format!("{sent} sent = {answered} answered + {unanswered} in failed requests")
    } else {
        format!("{wrong} wrong answers, such as: {}", wrongs.join("; "))
    };
    Check { promise: "every post got one outcome of its own".to_owned(), held, detail }
}
