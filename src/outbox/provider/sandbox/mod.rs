//! The card sandbox: a small gateway that moves no real money, but keeps its keys and its ledger across
//! restarts of the engine as a real one does.

pub mod balance;
pub mod ledger;
pub mod provider;
pub mod script;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;

use compact_str::{CompactString, format_compact};

use self::balance::Balance;
use self::ledger::{LedgerLine, LedgerResult, Operation};
use self::script::{CARD_TIMEOUT, SLOW, Script, Stumble, THROTTLE};
use super::file::line_file::LineFile;
use crate::domain::effect::{Effect, Payment, StatementCredit};
use crate::domain::money::Money;
use crate::domain::provider_ref::{PaymentRef, ProviderRef};
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attempt::{Attempt, AttemptResult};
use crate::outbox::delivery_key::{DeliveryKey, OutsideKey};
use crate::outbox::report::ALREADY_CAPTURED;
use crate::outbox::resend_safety::{LookUp, ResendSafety};

/// What the sandbox promises about keys. It promises no more than a typical card processor, although it never
/// forgets a key.
pub const RESEND_SAFETY: ResendSafety =
    ResendSafety::key_for(Millis::from_secs(24 * 3600)).looked_up(LookUp::Conclusive);

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox's ledger cannot be opened: {0}")]
pub struct Error(#[from] io::Error);

/// A request's answer as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SandboxAnswer {
    /// The money moved.
    Approved,
    /// The card does not pay.
    Declined(CompactString),
    /// The request is invalid: no money moved, and none will.
    Refused(CompactString),
    /// No answer came in time; the request may have taken effect.
    TimedOut,
    /// The sandbox failed; the request may have taken effect.
    ServerError,
    /// Too many requests: nothing was done. Carries the time from which requests are accepted again.
    Throttled(Timestamp),
}

/// An answer and its latency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxResponse {
    /// How long the caller waits for the answer, in real or in virtual time.
    pub latency: Millis,
    /// The answer.
    pub answer: SandboxAnswer,
    /// Whether this repeats the first answer to the key.
    pub replayed: bool,
}

/// The sandbox. It is synchronous: the caller waits for the latencies.
#[derive(Debug, Default)]
pub struct Sandbox {
    ledger: Option<LineFile>,
    /// The decided requests, each with the number of its line in the ledger.
    decided: HashMap<OutsideKey, (u64, LedgerLine), foldhash::fast::FixedState>,
    orders: HashMap<CompactString, Balance, foldhash::fast::FixedState>,
    /// Lines of the ledger.
    lines: u64,
    /// Keys whose scripted failure has happened. Not kept across restarts: the failure may happen once more.
    stumbled: HashSet<OutsideKey, foldhash::fast::FixedState>,
}

impl Sandbox {
    /// Opens the sandbox with its ledger, or without one for a sandbox that lives in memory only. If
    /// `durable`, a line is synced before its request is answered.
    ///
    /// # Errors
    /// When the ledger cannot be opened, or a line of it cannot be read.
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

    /// Returns another handle to the ledger's file, for syncing it; `None` if there is no ledger.
    ///
    /// # Errors
    /// When the operating system cannot duplicate the handle.
    pub fn ledger_handle(&self) -> io::Result<Option<File>> {
        self.ledger.as_ref().map(LineFile::handle).transpose()
    }

    /// Requests a movement of money. Repeating a key always returns its first answer.
    pub fn request(
        &mut self,
        now: Timestamp,
        key: impl Into<OutsideKey>,
        operation: Operation,
        (card, amount): (&CompactString, Money),
        order: &str,
    ) -> SandboxResponse {
        let key = key.into();
        let script = Script::of(card);
        let latency = if script.slow { SLOW } else { Millis::ZERO };
        let asked = LedgerLine {
            at: now,
            key,
            operation,
            order: order.into(),
            card: card.clone(),
            amount,
            result: LedgerResult::Approved,
            reason: None,
        };
        let stumble = script.stumbles.filter(|_| self.stumbled.insert(key));
        match stumble {
            Some(Stumble::TimeoutBefore) => return response(CARD_TIMEOUT, SandboxAnswer::TimedOut),
            Some(Stumble::ErrorBefore) => return response(latency, SandboxAnswer::ServerError),
            Some(Stumble::Throttle) => {
                return response(latency, SandboxAnswer::Throttled(now.plus(THROTTLE)));
            }
            Some(Stumble::TimeoutAfter | Stumble::ErrorAfter) | None => {}
        }
        let (answer, replayed) = self.decide(asked, script);
        match stumble {
            Some(Stumble::TimeoutAfter) => response(CARD_TIMEOUT, SandboxAnswer::TimedOut),
            Some(_) => response(latency, SandboxAnswer::ServerError),
            None => SandboxResponse { latency, answer, replayed },
        }
    }

    /// The answer that the key got; `None` if the sandbox never decided it.
    #[must_use]
    pub fn look_up(&self, key: impl Into<OutsideKey>) -> Option<SandboxAnswer> {
        self.decided.get(&key.into()).map(|(_, line)| answer(line))
    }

    /// The id of the payment that was authorized under the key: the number of the authorization's line in the ledger.
    #[must_use]
    pub fn payment(&self, key: impl Into<OutsideKey>) -> Option<PaymentRef> {
        let (number, line) = self.decided.get(&key.into())?;
        let held = (line.operation, line.result) == (Operation::Authorize, LedgerResult::Approved);
        PaymentRef::parse(&number.to_string()).ok().filter(|_| held)
    }

    /// Whether a request names a payment that was not authorized for its order.
    fn names_another(&self, effect: &Effect, order: &str) -> bool {
        let Some(named) = effect.payment().and_then(|payment| payment.reference.as_ref()) else {
            return false;
        };
        let own = self.orders.get(order).is_some_and(|balance| balance.has_payment(&named.to_string()));
        !own
    }

    /// Serves an attempt of the outbox: returns the latency and the result.
    pub fn serve(&mut self, now: Timestamp, attempt: &Attempt, order: &str) -> (Millis, AttemptResult) {
        let (DeliveryKey::Effect(key), Some((operation, moved))) = (&attempt.key, asked_for(&attempt.effect))
        else {
            return (Millis::ZERO, AttemptResult::impossible("not a payment"));
        };
        let (latency, answer) = if attempt.look_up {
            let Some(answer) = self.look_up(*key) else { return (Millis::ZERO, AttemptResult::NotFound) };
            (Millis::ZERO, answer)
        } else if self.names_another(&attempt.effect, order) {
            (Millis::ZERO, SandboxAnswer::Refused("other_payment".into()))
        } else {
            let SandboxResponse { latency, answer, .. } = self.request(now, *key, operation, moved, order);
            (latency, answer)
        };
        if let (Effect::Void(_), SandboxAnswer::Refused(reason)) = (&attempt.effect, &answer) {
            return match reason.as_str() {
                // The caller refunds it instead.
                ALREADY_CAPTURED => (latency, AttemptResult::Declined { reason: reason.clone() }),
                // Nothing is held, so there is nothing to let go.
                "not_authorized" => (latency, AttemptResult::Done { reference: None, at: now.plus(latency) }),
                _ => (latency, attempt_result(answer, None, now.plus(latency))),
            };
        }
        let payment = self.payment(*key).map(ProviderRef::Payment);
        (latency, attempt_result(answer, payment, now.plus(latency)))
    }

    /// Decides a request, and writes the decision to the ledger before it is answered.
    fn decide(&mut self, asked: LedgerLine, script: Script) -> (SandboxAnswer, bool) {
        if let Some((_, first)) = self.decided.get(&asked.key) {
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

    fn write(&mut self, line: LedgerLine) -> SandboxAnswer {
        if let Some(ledger) = &mut self.ledger
            && ledger.append(&line).is_err()
        {
            return SandboxAnswer::ServerError;
        }
        let answer = answer(&line);
        self.enter(line);
        answer
    }

    /// Counts a line of the ledger, and applies a decided request to the balances.
    fn enter(&mut self, line: LedgerLine) {
        self.lines += 1;
        match line.result {
            LedgerResult::Approved => {
                self.orders.entry(line.order.clone()).or_default().move_money(self.lines, &line);
                self.decided.insert(line.key, (self.lines, line));
            }
            LedgerResult::Declined => {
                self.decided.insert(line.key, (self.lines, line));
            }
            // Nothing moved, and a first answer to the key remains its answer.
            LedgerResult::Invalid | LedgerResult::Mismatch => {}
        }
    }
}

fn same_request(first: &LedgerLine, second: &LedgerLine) -> bool {
    (first.operation, &first.order, &first.card, first.amount)
        == (second.operation, &second.order, &second.card, second.amount)
}

fn response(latency: Millis, answer: SandboxAnswer) -> SandboxResponse {
    SandboxResponse { latency, answer, replayed: false }
}

fn answer(line: &LedgerLine) -> SandboxAnswer {
    let reason = line.reason.clone().unwrap_or_default();
    match line.result {
        LedgerResult::Approved => SandboxAnswer::Approved,
        LedgerResult::Declined => SandboxAnswer::Declined(reason),
        LedgerResult::Invalid | LedgerResult::Mismatch => SandboxAnswer::Refused(reason),
    }
}

/// Translates a sandbox answer into an attempt result of the outbox.
#[must_use]
pub fn attempt_result(answer: SandboxAnswer, reference: Option<ProviderRef>, at: Timestamp) -> AttemptResult {
    match answer {
        SandboxAnswer::Approved => AttemptResult::Done { reference, at },
        SandboxAnswer::Declined(reason) => AttemptResult::Declined { reason },
        SandboxAnswer::Refused(reason) => AttemptResult::impossible(format_compact!("refused: {reason}")),
        SandboxAnswer::TimedOut => AttemptResult::unknown("no answer in time"),
        SandboxAnswer::ServerError => AttemptResult::unknown("server error"),
        SandboxAnswer::Throttled(until) => AttemptResult::Throttled { until },
    }
}

/// The movement of money that an effect asks for: the operation, the card and the amount.
fn asked_for(effect: &Effect) -> Option<(Operation, (&CompactString, Money))> {
    let operation = match effect {
        Effect::Authorize(_) => Operation::Authorize,
        Effect::Capture(_) => Operation::Capture,
        Effect::Void(_) => Operation::Void,
        Effect::Refund(_) => Operation::Refund,
        Effect::Credit(_) => Operation::Credit,
        Effect::ReverseCredit(_) => Operation::ReverseCredit,
        Effect::Reply(_) | Effect::Email { .. } | Effect::Order(_) | Effect::Announce { .. } => return None,
    };
    match effect {
        Effect::Authorize(Payment { card, amount, .. })
        | Effect::Capture(Payment { card, amount, .. })
        | Effect::Void(Payment { card, amount, .. })
        | Effect::Refund(Payment { card, amount, .. })
        | Effect::Credit(StatementCredit { card, amount, .. })
        | Effect::ReverseCredit(StatementCredit { card, amount, .. }) => Some((operation, (card, *amount))),
        Effect::Reply(_) | Effect::Email { .. } | Effect::Order(_) | Effect::Announce { .. } => None,
    }
}
