//! What a shop has on its disk, and what a copy of that holds.

use std::collections::BTreeMap;

use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::time::Timestamp;
use flashtag::engine::reconcile;
use flashtag::partition::pending_effects::PendingEffects;

use super::order::Order;

/// The journal, and what follows from it.
#[derive(Clone, Default)]
pub(super) struct Books {
    pub(super) orders: Vec<Order>,
    pub(super) journal: PendingEffects,
    pub(super) sequence: u64,
    /// The order of each effect.
    pub(super) asked: BTreeMap<EffectKey, usize>,
    pub(super) dead: Vec<EffectKey>,
    records: Vec<(u64, KeyForm, Record)>,
}

impl Books {
    /// Adds a record. Returns it with its number.
    pub(super) fn record(
        &mut self,
        at: Timestamp,
        form: KeyForm,
        events: Vec<Event>,
        effects: Vec<(usize, Effect)>,
    ) -> (u64, Record) {
        self.sequence += 1;
        let (partition, sequence) = (0, self.sequence);
        for (index, (order, _)) in effects.iter().enumerate() {
            let key = EffectKey { partition, sequence, index: index as _ };
            self.asked.insert(key, *order);
        }
        let effects: Vec<Effect> = effects.into_iter().map(|(_, effect)| effect).collect();
        let record = Record { at, decision: Decision { events: events.into(), effects: effects.into() } };
        self.journal.read(partition, sequence, form, record.clone());
        self.records.push((sequence, form, record.clone()));
        (sequence, record)
    }

    /// The journal as `flashtag reconcile` reads it.
    pub(super) fn reconciled(&self) -> reconcile::Journal {
        let mut journal = reconcile::Journal::default();
        for (sequence, form, record) in &self.records {
            journal.read(0, *sequence, *form, record);
        }
        journal
    }
}
