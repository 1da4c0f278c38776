//! The card sandbox: a small gateway that moves no real money, but keeps its keys and its books as a
//! real one does, across restarts of the engine.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;

use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

use super::ledger::{LedgerLine, LedgerResult, Operation};
use super::line_file::LineFile;
use super::sandbox_script::{CARD_TIMEOUT, SLOW, Script, Stumble};
use crate::domain::effect::{Effect, Payment, StatementCredit};
use crate::domain::id::EffectKey;
use crate::domain::money::{Currency, Money};
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attempt::{Attempt, Attempted};
use crate::outbox::delivery_key::DeliveryKey;

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox's ledger cannot be opened: {0}")]
pub struct Error(#[from] io::Error);

/// What the caller sees of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The money moved.
    Approved,
    /// The card does not pay.
    Declined(CompactString),
    /// The request makes no sense to the provider: nothing moved, and nothing will.
    Refused(CompactString),
    /// No answer came in time; it may have taken effect.
    TimedOut,
    /// The provider failed; it may have taken effect.
    ServerError,
}

/// An answer and how long it is in coming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// How long the caller waits for it, in whatever time it lives.
    pub latency: Millis,
    /// What it says.
    pub answer: Answered,
    /// Whether it is the first answer to this key once more.
    pub replayed: bool,
}

/// The sandbox. Synchronous: the caller waits the latencies.
#[derive(Debug, Default)]
pub struct Sandbox {
    ledger: Option<LineFile>,
    decided: HashMap<EffectKey, LedgerLine, foldhash::fast::FixedState>,
    orders: HashMap<CompactString, Balance, foldhash::fast::FixedState>,
    /// Keys whose scripted mishap is behind them. Not kept across restarts: it may happen once more.
    stumbled: HashSet<EffectKey, foldhash::fast::FixedState>,
}

/// What an order has come to. Sums rather than a stage: like a real gateway, the sandbox would
/// authorize an order twice under two keys, and the books must show it.
#[derive(Debug, Clone, Default)]
struct Balance {
    currency: Option<Currency>,
    /// The amounts authorized, and neither captured nor voided.
    held: SmallVec<[i64; 1]>,
    captured: i64,
    refunded: i64,
    /// Of a purchase that earned a statement credit.
    credited: i64,
    reversed: i64,
}

impl Sandbox {
    /// Opens the sandbox with its ledger, or without one, for as long as it lives. If `durable`, a line
    /// is on the disk before its request is answered.
    ///
    /// # Errors
    /// When the ledger cannot be opened, or holds a line that is none.
    pub fn open(path: Option<&Path>, durable: bool) -> Result<Self, Error> {
        let mut sandbox = Self::default();
        if let Some(path) = path {
            let ledger = LineFile::open(path, durable, |number, text| {
                let line: LedgerLine = serde_json::from_str(text)
                    .map_err(|fault| io::Error::other(format!("line {number}: {fault}")))?;
                sandbox.enter(line);
                Ok(())
            })?;
            sandbox.ledger = Some(ledger);
        }
        Ok(sandbox)
    }

    /// Another handle to the ledger's file, for syncing it; none if there is no ledger.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn ledger_handle(&self) -> io::Result<Option<File>> {
        self.ledger.as_ref().map(LineFile::handle).transpose()
    }

    /// Asks for a movement of money. The same key has the same answer for ever.
    pub fn request(
        &mut self,
        now: Timestamp,
        key: EffectKey,
        operation: Operation,
        (card, amount): (&CompactString, Money),
        order: &str,
    ) -> Reaction {
        let script = Script::of(card);
        let latency = if script.slow { SLOW } else { Millis::ZERO };
        let (order, card) = (order.into(), card.clone());
        let (result, reason) = (LedgerResult::Approved, None);
        let asked = LedgerLine { at: now, key, operation, order, card, amount, result, reason };
        let stumble = script.stumbles.filter(|_| self.stumbled.insert(key));
        match stumble {
            Some(Stumble::TimeoutBefore) => return reaction(CARD_TIMEOUT, Answered::TimedOut),
            Some(Stumble::ErrorBefore) => return reaction(latency, Answered::ServerError),
            Some(Stumble::TimeoutAfter | Stumble::ErrorAfter) | None => {}
        }
        let (answer, replayed) = self.decide(asked, script);
        match stumble {
            Some(Stumble::TimeoutAfter) => reaction(CARD_TIMEOUT, Answered::TimedOut),
            Some(_) => reaction(latency, Answered::ServerError),
            None => Reaction { latency, answer, replayed },
        }
    }

    /// What was decided under the key; nothing, if the sandbox never saw it.
    #[must_use]
    pub fn look_up(&self, key: EffectKey) -> Option<Answered> {
        self.decided.get(&key).map(answer)
    }

    /// Serves an attempt of the outbox: how long the caller must wait, and what it then knows.
    pub fn serve(&mut self, now: Timestamp, attempt: &Attempt, order: &str) -> (Millis, Attempted) {
        let (DeliveryKey::Effect(key), Some((operation, moved))) = (&attempt.key, asked_for(&attempt.effect))
        else {
            return (Millis::ZERO, Attempted::impossible("not a payment"));
        };
        if attempt.look_up {
            let found = self.look_up(*key).map(|answer| attempted(answer, now));
            return (Millis::ZERO, found.unwrap_or(Attempted::NotFound));
        }
        let Reaction { latency, answer, .. } = self.request(now, *key, operation, moved, order);
        (latency, attempted(answer, now.plus(latency)))
    }

    /// Decides a request and writes it down before anybody hears of it.
    fn decide(&mut self, asked: LedgerLine, script: Script) -> (Answered, bool) {
        if let Some(first) = self.decided.get(&asked.key) {
            if same_request(first, &asked) {
                return (answer(first), true);
            }
            let reason = Some("the key was used for something else".into());
            let line = LedgerLine { result: LedgerResult::Mismatch, reason, ..asked };
            return (self.write(line), false);
        }
        let unknown = Balance::default();
        let fault = self.orders.get(&asked.order).unwrap_or(&unknown).fault(&asked);
        let declined = match asked.operation {
            Operation::Authorize => script.declines,
            Operation::Capture => script.declines_capture,
            Operation::Void | Operation::Refund | Operation::Credit | Operation::ReverseCredit => false,
        };
        let (result, reason) = match fault {
            Some(fault) => (LedgerResult::Invalid, Some(fault)),
            None if declined => (LedgerResult::Declined, Some("card_declined")),
            None => (LedgerResult::Approved, None),
        };
        (self.write(LedgerLine { result, reason: reason.map(Into::into), ..asked }), false)
    }

    fn write(&mut self, line: LedgerLine) -> Answered {
        if let Some(ledger) = &mut self.ledger
            && ledger.append(&line).is_err()
        {
            return Answered::ServerError;
        }
        let answer = answer(&line);
        self.enter(line);
        answer
    }

    /// Takes a decided request into the books.
    fn enter(&mut self, line: LedgerLine) {
        match line.result {
            LedgerResult::Approved => {
                self.orders.entry(line.order.clone()).or_default().move_money(&line);
                self.decided.insert(line.key, line);
            }
            LedgerResult::Declined => {
                self.decided.insert(line.key, line);
            }
            // Nothing took effect, and the first answer to the key, if there is one, stays the answer.
            LedgerResult::Invalid | LedgerResult::Mismatch => {}
        }
    }
}

impl Balance {
    /// Why the order cannot take this.
    fn fault(&self, asked: &LedgerLine) -> Option<&'static str> {
        let Money { minor, currency } = asked.amount;
        if minor < 0 {
            return Some("negative_amount");
        }
        if self.currency.is_some_and(|first| first != currency) {
            return Some("other_currency");
        }
        match asked.operation {
            Operation::Authorize | Operation::Credit => None,
            Operation::ReverseCredit if self.credited - self.reversed < minor => Some("more_than_credited"),
            Operation::ReverseCredit => None,
            Operation::Refund if self.captured - self.refunded < minor => Some("more_than_captured"),
            Operation::Refund => None,
            Operation::Capture | Operation::Void if self.held.contains(&minor) => None,
            Operation::Capture | Operation::Void if !self.held.is_empty() => Some("other_amount"),
            Operation::Capture | Operation::Void if self.captured > 0 => Some("already_captured"),
            Operation::Capture | Operation::Void => Some("not_authorized"),
        }
    }

    fn move_money(&mut self, line: &LedgerLine) {
        let Money { minor, currency } = line.amount;
        self.currency = Some(currency);
        match line.operation {
            Operation::Authorize => self.held.push(minor),
            Operation::Capture => {
                self.let_go(minor);
                self.captured = self.captured.saturating_add(minor);
            }
            Operation::Void => self.let_go(minor),
            Operation::Refund => self.refunded = self.refunded.saturating_add(minor),
            Operation::Credit => self.credited = self.credited.saturating_add(minor),
            Operation::ReverseCredit => self.reversed = self.reversed.saturating_add(minor),
        }
    }

    fn let_go(&mut self, minor: i64) {
        if let Some(place) = self.held.iter().position(|held| *held == minor) {
            self.held.swap_remove(place);
        }
    }
}

fn same_request(first: &LedgerLine, second: &LedgerLine) -> bool {
    (first.operation, &first.order, &first.card, first.amount)
        == (second.operation, &second.order, &second.card, second.amount)
}

fn reaction(latency: Millis, answer: Answered) -> Reaction {
    Reaction { latency, answer, replayed: false }
}

fn answer(line: &LedgerLine) -> Answered {
    let reason = line.reason.clone().unwrap_or_default();
    match line.result {
        LedgerResult::Approved => Answered::Approved,
        LedgerResult::Declined => Answered::Declined(reason),
        LedgerResult::Invalid | LedgerResult::Mismatch => Answered::Refused(reason),
    }
}

/// What the answer says to the outbox.
#[must_use]
pub fn attempted(answer: Answered, at: Timestamp) -> Attempted {
    match answer {
        Answered::Approved => Attempted::Done { reference: None, at },
        Answered::Declined(reason) => Attempted::Declined { reason },
        Answered::Refused(reason) => Attempted::impossible(format_compact!("refused: {reason}")),
        Answered::TimedOut => Attempted::Unknown { error: "no answer in time".into() },
        Answered::ServerError => Attempted::Unknown { error: "server error".into() },
    }
}

/// What is asked for, of which card, and how much.
fn asked_for(effect: &Effect) -> Option<(Operation, (&CompactString, Money))> {
    fn of(operation: Operation, payment: &Payment) -> Option<(Operation, (&CompactString, Money))> {
        Some((operation, (&payment.card, payment.amount)))
    }
    fn granted(
        operation: Operation,
        grant: &StatementCredit,
    ) -> Option<(Operation, (&CompactString, Money))> {
        Some((operation, (&grant.card, grant.amount)))
    }
    match effect {
        Effect::Authorize(payment) => of(Operation::Authorize, payment),
        Effect::Capture(payment) => of(Operation::Capture, payment),
        Effect::Void(payment) => of(Operation::Void, payment),
        Effect::Refund(payment) => of(Operation::Refund, payment),
        Effect::Credit(grant) => granted(Operation::Credit, grant),
        Effect::ReverseCredit(grant) => granted(Operation::ReverseCredit, grant),
        Effect::Reply(_) | Effect::Email { .. } | Effect::Order(_) | Effect::Announce { .. } => None,
    }
}
