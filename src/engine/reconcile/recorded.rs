//! What the journal says of the payments of orders.

use std::collections::BTreeMap;

use crate::domain::dead_letter::Settlement;
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::money::Money;
use crate::domain::objection::Dispute;
use crate::domain::time::Timestamp;

/// What became of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing yet.
    Open,
    Done,
    Declined,
    /// An operator has to act.
    GivenUp,
}

/// A payment as it was recorded.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// The key of the authorization.
    pub(super) authorize: EffectKey,
    /// The form of that key at the processor: a restored copy uses the numbers of what it lost again.
    pub(super) form: KeyForm,
    pub(super) recorded_at: Timestamp,
    pub(super) amount: Money,
    /// The last time that something was recorded of it.
    pub(super) touched_at: Timestamp,
    /// The effects besides, in order: what each is, and its amount.
    pub(super) asked: Vec<(EffectKey, Asked, Money)>,
}

/// What an effect asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Capture,
    Void,
    Refund,
}

/// All payments of the journals.
#[derive(Debug, Default)]
pub struct Journal {
    pub(super) payments: BTreeMap<(u32, ReservationId), Recorded>,
    pub(super) endings: BTreeMap<EffectKey, Ending>,
    /// The last that was recorded of each dispute, by its id.
    pub(super) disputes: BTreeMap<(u32, ReservationId), BTreeMap<String, Dispute>>,
    of: BTreeMap<EffectKey, (u32, ReservationId)>,
}

impl Journal {
    /// Takes a record in, with the form of its effects' keys.
    pub fn read(&mut self, partition: u32, sequence: u64, form: KeyForm, record: &Record) {
        for (index, effect) in record.decision.effects.iter().enumerate() {
            let Ok(index) = index.try_into() else { continue };
            self.note_effect((EffectKey { partition, sequence, index }, form), record.at, effect);
        }
        for event in record.decision.events.iter() {
            match event {
                Event::Disputed { id, dispute } => self.note_dispute((partition, *id), dispute, record.at),
                Event::DeadLetterRetried { key } => self.end(*key, Ending::Open, record.at),
                Event::DeadLetterSettled { key, settlement } => {
                    let ending = match settlement {
                        Settlement::Done { .. } => Ending::Done,
                        Settlement::Declined { .. } => Ending::Declined,
                    };
                    self.end(*key, ending, record.at);
                }
                event => {
                    let ending = match event {
                        Event::Declined { .. } => Ending::Declined,
                        Event::DeadLettered { .. } => Ending::GivenUp,
                        _ => Ending::Done,
                    };
                    event.settles().iter().for_each(|key| self.end(*key, ending, record.at));
                }
            }
        }
    }

    fn note_dispute(&mut self, order: (u32, ReservationId), dispute: &Dispute, at: Timestamp) {
        let of_order = self.disputes.entry(order).or_default();
        of_order.insert(dispute.reference.to_string(), dispute.clone());
        if let Some(found) = self.payments.get_mut(&order) {
            found.touched_at = found.touched_at.max(at);
        }
    }

    fn note_effect(&mut self, (key, form): (EffectKey, KeyForm), at: Timestamp, effect: &Effect) {
        let Some(payment) = effect.payment() else { return };
        let order = (key.partition, payment.id);
        let asked = match effect {
            Effect::Authorize(_) => {
                let first = Recorded {
                    authorize: key,
                    form,
                    recorded_at: at,
                    amount: payment.amount,
                    touched_at: at,
                    asked: Vec::new(),
                };
                self.payments.insert(order, first);
                self.of.insert(key, order);
                self.endings.insert(key, Ending::Open);
                return;
            }
            Effect::Capture(_) => Asked::Capture,
            Effect::Void(_) => Asked::Void,
            Effect::Refund(_) => Asked::Refund,
            _ => return,
        };
        if let Some(found) = self.payments.get_mut(&order) {
            found.asked.push((key, asked, payment.amount));
            found.touched_at = at;
            self.of.insert(key, order);
            self.endings.insert(key, Ending::Open);
        }
    }

    fn end(&mut self, key: EffectKey, ending: Ending, at: Timestamp) {
        let Some(order) = self.of.get(&key) else { return };
        self.endings.insert(key, ending);
        if let Some(found) = self.payments.get_mut(order) {
            found.touched_at = found.touched_at.max(at);
        }
    }

    pub(super) fn ending(&self, key: EffectKey) -> Ending {
        self.endings.get(&key).copied().unwrap_or(Ending::Open)
    }
}
