//! One partition: the models of its offers, its outbox and its accounts, side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::account_rules::AccountRules;
use super::announcements::check_announcements;
use super::attestation::check_attestations;
use super::checks::RecordChecks;
use super::consequences::check_consequences;
use super::credit::CreditModel;
use super::credit::grants::check_grants;
use super::entries::Stage;
use super::offer_model::OfferModel;
use super::outbox::{Outbox, asked};
use super::posts::Posts;
use super::promise::Promise;
use super::reminders::{Unwanted, check_reminders};
use crate::domain::decision::{Decision, Record};
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferId, OfferNo, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::provider_ref::PaymentRef;
use crate::domain::time::Timestamp;

/// One partition as its records describe it.
#[derive(Debug, Default)]
pub(super) struct Partition {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) models: BTreeMap<OfferNo, OfferModel>,
    pub(super) credits: BTreeMap<OfferNo, CreditModel>,
    pub(super) outbox: Outbox,
    /// The forms of keys at providers, each with the first record that has it.
    pub(super) forms: Vec<(u64, KeyForm)>,
    account_rules: AccountRules,
    unwanted: Unwanted,
}

/// An offer that was just added.
pub(super) struct Added {
    pub(super) no: OfferNo,
    pub(super) is_new: bool,
}

impl Partition {
    /// The form of the keys of a record's effects at providers; `None` if the line does not have it.
    pub(super) fn form_at(&self, sequence: u64) -> Option<KeyForm> {
        let forms = self.forms.iter().rev();
        forms.map(|(first, form)| (*first, *form)).find(|(first, _)| *first <= sequence).map(|(_, form)| form)
    }

    /// Adds the offer of an `OfferAdded` event. Returns its number, whether the offer is new, and its id.
    pub(super) fn add(&mut self, event: &Event) -> Option<(Added, OfferId)> {
        let (no, name) = match event {
            Event::OfferAdded { offer, terms } => (*offer, terms.id.clone()),
            Event::CreditOfferAdded { offer, terms } => (*offer, terms.id.clone()),
            _ => return None,
        };
        let is_new = !self.models.contains_key(&no) && !self.credits.contains_key(&no);
        match event {
            Event::OfferAdded { terms, .. } => {
                drop(self.models.insert(no, OfferModel::new((**terms).clone())))
            }
            Event::CreditOfferAdded { terms, .. } => {
                self.credits.insert(no, CreditModel::new((**terms).clone()));
            }
            _ => {}
        }
        Some((Added { no, is_new }, name))
    }

    /// Checks one event against the model of its offer, then applies it.
    pub(super) fn read(&mut self, checks: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        let models = &self.models;
        let live = |id: ReservationId| models.get(&id.offer)?.live.get(&id.ordinal);
        let is_held = |id| live(id).is_some_and(|live| live.stage == Stage::Held);
        let answered = self.outbox.settle(checks, event, is_held);
        self.note_answers(checks, answered);
        if let Event::DeadLetterSettled { key, .. } = event {
            self.note_settled(*key);
        }
        posts.check_status(checks, event);
        self.unwanted.read(checks, event);
        self.account_rules.check(checks, &self.models, event);
        self.check_offer(checks, posts, event);
        self.account_rules.apply(checks.at, &self.models, event);
    }

    fn check_offer(&mut self, checks: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        let Some(offer) = event.offer() else { return };
        if let Event::OfferCorrected { .. } | Event::CreditOfferCorrected { .. } = event {
            return self.correct(checks, offer, event);
        }
        if let Some(credit) = self.credits.get_mut(&offer) {
            credit.check(checks, posts, event);
            credit.apply(checks.at, event);
            return;
        }
        let model = self.models.get_mut(&offer);
        checks.check(Promise::OffersKnown, model.is_some(), || format!("offer {} was not added", offer.0));
        let Some(model) = model else { return };
        model.check_stock(checks, event);
        model.check_limits(checks, event);
        model.check_draw(checks, event);
        model.check_offer_life(checks, event);
        model.operated.check(checks, model.closed, event);
        model.check_lifecycle(checks, event);
        model.check_take_back(checks, event);
        model.check_authorship(checks, posts, event);
        model.check_amount(checks, event);
        model.apply(checks.sequence, checks.at, event);
    }

    /// Replaces the terms of an offer that has not opened.
    fn correct(&mut self, checks: &mut RecordChecks<'_>, offer: OfferNo, event: &Event) {
        let fits = match event {
            Event::OfferCorrected { terms, .. } => self
                .models
                .get_mut(&offer)
                .is_some_and(|model| model.correct(checks.sequence, checks.at, terms)),
            Event::CreditOfferCorrected { terms, .. } => {
                self.credits.get_mut(&offer).is_some_and(|credit| credit.correct(checks.at, terms))
            }
            _ => false,
        };
        checks.check(Promise::OfferLife, fits, || {
            format!("the terms of offer {} were changed after it opened, or into another offer's", offer.0)
        });
    }

    /// Notes that an operator settled a payment.
    fn note_settled(&mut self, key: EffectKey) {
        let asked = self.outbox.undone().find(|(open, ..)| *open == key);
        let Some(id) = asked.and_then(|(_, _, id)| id) else { return };
        let model = self.models.get_mut(&id.offer);
        if let Some(order) = model.and_then(|model| model.orders.get_mut(&id.ordinal)) {
            order.by_operator = true;
        }
    }

    /// Notes card providers' answers that came when their orders no longer waited for them.
    fn note_answers(
        &mut self,
        checks: &RecordChecks<'_>,
        answered: Vec<(ReservationId, Option<PaymentRef>)>,
    ) {
        for (id, payment) in answered {
            let model = self.models.get_mut(&id.offer);
            if let Some(order) = model.and_then(|model| model.orders.get_mut(&id.ordinal)) {
                (order.answered_in, order.payment) = (Some(checks.sequence), payment);
            }
        }
    }

    /// Checks the effects of a record against the models, and notes their keys.
    pub(super) fn ask(&mut self, checks: &mut RecordChecks<'_>, effects: &[Effect]) {
        for (index, effect) in (0_u32..).zip(effects) {
            let key = EffectKey { partition: checks.partition, sequence: checks.sequence, index };
            let offer = effect.offer();
            let known = self.models.contains_key(&offer) || self.credits.contains_key(&offer);
            checks.check(Promise::OffersKnown, known, || format!("effect {key} is of no offer"));
            if let Some(model) = self.models.get_mut(&offer) {
                model.check_payment(checks, effect, key);
            }
            if let Some(credit) = self.credits.get_mut(&offer) {
                credit.note_grant(effect, key);
            }
            self.outbox.queue(key, effect);
            self.unwanted.ask(key, effect);
            if asked(effect).0.must_end() {
                checks.check(Promise::NothingEndsUndone, true, String::new);
            }
        }
    }

    /// Checks what must hold after the whole record is applied.
    pub(super) fn balance(&self, checks: &mut RecordChecks<'_>, record: &Record) {
        let Decision { events, effects } = &record.decision;
        check_consequences(checks, &self.models, events, effects);
        check_attestations(checks, &self.models, events, effects);
        check_reminders(checks, &self.models, events, effects);
        check_announcements(checks, &self.models, &self.credits, events, effects);
        check_grants(checks, &self.credits, events, effects);
        let touched: BTreeSet<_> = events.iter().filter_map(Event::offer).collect();
        for model in touched.iter().filter_map(|offer| self.models.get(offer)) {
            model.check_balance(checks, events);
        }
        for event in events {
            if let Some(credit) = event.offer().and_then(|offer| self.credits.get(&offer)) {
                credit.check_settled(checks, event);
            }
            if let Some(model) = event.offer().and_then(|offer| self.models.get(&offer)) {
                model.check_applied(checks, event);
            }
        }
    }
}
