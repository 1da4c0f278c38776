//! The feed of card transactions: purchases, refunds of all and of parts, some before their purchases,
//! and repeated lines.

use flashtag::domain::command::Command;
use flashtag::domain::id::OfferNo;
use flashtag::domain::money::Money;
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};

use super::crowd::{CARDS, token};
use super::sale::{CREDITS, PURCHASES};
use crate::dice::Dice;

#[derive(Default)]
pub(super) struct Feed {
    lines: Vec<Transaction>,
    purchases: usize,
    refunds: usize,
}

impl Feed {
    pub(super) fn next(&mut self, dice: &mut Dice, now: Timestamp) -> Command {
        let transaction = match dice.roll(6) {
            0..=2 => self.buy(dice, now),
            5 if !self.lines.is_empty() => dice.pick(&self.lines).clone(),
            _ => self.refund(dice, now),
        };
        self.lines.push(transaction.clone());
        let offer = OfferNo(PURCHASES + dice.roll(CREDITS as usize) as u32);
        Command::Transact { offer, transaction }
    }

    fn buy(&mut self, dice: &mut Dice, now: Timestamp) -> Transaction {
        self.purchases += 1;
        let id = format!("buy-{}", self.purchases);
        line(dice, now, &id, self.purchases, TransactionKind::Purchase)
    }

    /// Of a purchase that was heard of, or of one of the next.
    fn refund(&mut self, dice: &mut Dice, now: Timestamp) -> Transaction {
        self.refunds += 1;
        let purchase = 1 + dice.roll(self.purchases + 2);
        let of = TransactionId::parse(&format!("buy-{purchase}")).expect("visible");
        line(dice, now, &format!("back-{}", self.refunds), purchase, TransactionKind::Refund { of })
    }
}

/// The number of a purchase tells its card.
fn line(dice: &mut Dice, now: Timestamp, id: &str, purchase: usize, kind: TransactionKind) -> Transaction {
    let nothing = "0.00 USD".parse::<Money>().expect("an amount");
    Transaction {
        id: TransactionId::parse(id).expect("visible"),
        card: token(purchase % CARDS).into(),
        merchant: dice.pick(&["m-100", "m-100", "m-100", "m-9"])[..].into(),
        amount: Money { minor: 1 + dice.roll(9000) as i64, ..nothing },
        at: Timestamp::from_ms(now.ms() - dice.roll(600_000) as i64),
        kind,
    }
}
