//! A random feed of card transactions: purchases, refunds of a whole amount or a part, some before their
//! purchases, and repeated lines.

use flashtag::domain::command::Command;
use flashtag::domain::id::OfferNo;
use flashtag::domain::money::Money;
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};

use super::crowd::{CARDS, Crowd, token};
use super::sale::{CREDITS, PURCHASES};
use crate::test_rng::TestRng;

#[derive(Default)]
pub(super) struct Feed {
    lines: Vec<Transaction>,
    purchases: usize,
    refunds: usize,
}

impl Feed {
    pub(super) fn next(&mut self, rng: &mut TestRng, now: Timestamp) -> Command {
        let transaction = match rng.below(6) {
            0..=2 => self.buy(rng, now),
            5 if !self.lines.is_empty() => rng.pick(&self.lines).clone(),
            _ => self.refund(rng, now),
        };
        self.lines.push(transaction.clone());
        let offer = OfferNo(PURCHASES + rng.below(CREDITS as usize) as u32);
        let holder = (rng.below(2) == 0).then(|| Crowd::random_account(rng));
        Command::Transact { offer, transaction, holder }
    }

    fn buy(&mut self, rng: &mut TestRng, now: Timestamp) -> Transaction {
        self.purchases += 1;
        let id = format!("buy-{}", self.purchases);
        line(rng, now, &id, self.purchases, TransactionKind::Purchase)
    }

    /// Refunds an earlier purchase, or one of the next.
    fn refund(&mut self, rng: &mut TestRng, now: Timestamp) -> Transaction {
        self.refunds += 1;
        let purchase = 1 + rng.below(self.purchases + 2);
        let of = TransactionId::parse(&format!("buy-{purchase}")).expect("visible");
        line(rng, now, &format!("back-{}", self.refunds), purchase, TransactionKind::Refund { of })
    }
}

/// The card follows from the number of the purchase.
fn line(rng: &mut TestRng, now: Timestamp, id: &str, purchase: usize, kind: TransactionKind) -> Transaction {
    let nothing = "0.00 USD".parse::<Money>().expect("an amount");
    Transaction {
        id: TransactionId::parse(id).expect("visible"),
        card: token(purchase % CARDS).into(),
        merchant: rng.pick(&["m-100", "m-100", "m-100", "m-9"])[..].into(),
        amount: Money { minor: 1 + rng.below(9000) as i64, ..nothing },
        at: Timestamp::from_ms(now.ms() - rng.below(600_000) as i64),
        kind,
    }
}
