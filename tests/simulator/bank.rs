//! The bank: the card provider of a simulated world, with books of its own. Naive on purpose: it does
//! what it is told, as often as it is told under a new key, so that its books show every mistake.

use std::collections::HashMap;

use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::money::Money;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::verify::LedgerEntry;

/// How long a key is remembered, as real providers promise: after it, the same request is a new one.
const KEY_REMEMBERED: Millis = Millis::from_secs(24 * 3600);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) key: EffectKey,
    pub(super) operation: &'static str,
    pub(super) order: String,
    pub(super) card: String,
    pub(super) amount: Money,
}

/// What the bank says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Approved,
    Declined,
}

/// The bank and its books.
#[derive(Default)]
pub(super) struct Bank {
    /// The last request of each key, and when it was decided first.
    decided: HashMap<EffectKey, (Timestamp, Request, Answer)>,
    /// What moved, or was refused, in the order in which it did.
    pub(super) entries: Vec<LedgerEntry>,
}

impl Request {
    /// What an effect asks of the bank; nothing, if it is no payment.
    pub(super) fn of(key: EffectKey, effect: &Effect, order: String) -> Option<Self> {
        let (card, amount) = match effect {
            Effect::Authorize(payment)
            | Effect::Capture(payment)
            | Effect::Void(payment)
            | Effect::Refund(payment) => (&payment.card, payment.amount),
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => (&grant.card, grant.amount),
            _ => return None,
        };
        Some(Self { key, operation: effect.kind(), order, card: card.to_string(), amount })
    }
}

impl Bank {
    /// Carries a request out, unless its key was used within the day: then the first answer is told again.
    pub(super) fn request(&mut self, now: Timestamp, request: &Request) -> Answer {
        let known = self.decided.get(&request.key);
        if let Some((at, first, answer)) = known.filter(|(at, ..)| now.since(*at) < KEY_REMEMBERED) {
            assert_eq!(first, request, "key {} of {at} is used for something else", request.key);
            return *answer;
        }
        let declines = match request.operation {
            "authorize" => request.card.starts_with("declines_") && !request.card.contains("capture"),
            "capture" => request.card.starts_with("declines_capture"),
            _ => false,
        };
        let answer = if declines { Answer::Declined } else { Answer::Approved };
        self.decided.insert(request.key, (now, request.clone(), answer));
        self.entries.push(LedgerEntry {
            at: now,
            key: request.key.to_string(),
            operation: request.operation.to_owned(),
            order: request.order.clone(),
            card: request.card.clone(),
            amount: request.amount,
            taken: !declines,
        });
        answer
    }

    /// What became of a key: payments can be found for ever.
    pub(super) fn look_up(&self, key: EffectKey) -> Option<Answer> {
        self.decided.get(&key).map(|(_, _, answer)| *answer)
    }
}
