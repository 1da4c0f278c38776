//! The promise about reminders: one at most, at its time, by e-mail.

use std::collections::{BTreeMap, HashSet};

use super::checks::RecordChecks;
use super::entries::{Live, Stage};
use super::offer_model::OfferModel;
use super::outbox::{Asked, asked};
use super::promise::Promise;
use crate::domain::effect::Effect;
use crate::domain::event::{Delivered, Event};
use crate::domain::id::{Account, EffectKey, OfferNo, ReservationId};
use crate::domain::time::Timestamp;

/// The shortest time between a reminder and the deadline.
const SHORTEST_LEAD_MS: i64 = 180_000;

impl OfferModel {
    /// Checks that a reservation is reminded of for the first time, after its prompt, at the right time.
    pub(super) fn check_reminder_due(&self, checks: &mut RecordChecks<'_>, id: ReservationId, live: &Live) {
        let lead = (self.terms.confirm_within.ms() / 3).max(SHORTEST_LEAD_MS);
        let due = Timestamp::from_ms(live.deadline.ms() - lead);
        let at = self.operated.sale_time(checks.at);
        let is_turn = self.terms.rules.reminder && live.delivered && !live.reminded;
        checks.check(Promise::RemindersFit, is_turn && at >= due, || {
            let (again, delivered) = (live.reminded, live.delivered);
            let name = self.public(id);
            format!(
                "{name} was reminded at {at}, due at {due}; prompt delivered: {delivered}, again: {again}"
            )
        });
    }
}

/// Checks the reminders of a record against its events. Must run after the events are applied.
pub(super) fn check_reminders(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    events: &[Event],
    effects: &[Effect],
) {
    let is_due =
        |id: ReservationId| events.iter().filter(|event| **event == Event::ReminderDue { id }).count();
    let mut sent = HashSet::new();
    for effect in effects {
        let (Asked::Reminder, id) = asked(effect) else { continue };
        let live = id.and_then(|id| Some((id, models.get(&id.offer)?.live.get(&id.ordinal)?)));
        let fits = live.is_some_and(|(id, live)| {
            let in_time = live.stage == Stage::Held && checks.at < live.deadline;
            in_time && is_due(id) == 1 && goes_to_holder(effect, live) && sent.insert(id)
        });
        checks.check(Promise::RemindersFit, fits, || {
            let account = effect.account().map(Account::to_string).unwrap_or_default();
            format!("{account} is sent a reminder out of turn, or by another way than by e-mail")
        });
    }
    for event in events {
        let Event::ReminderDue { id } = event else { continue };
        let live = models.get(&id.offer).and_then(|model| model.live.get(&id.ordinal));
        let wanted = live.is_some_and(|live| checks.at < live.deadline);
        checks.check(Promise::RemindersFit, sent.contains(id) == wanted, || {
            format!(
                "reservation {} of offer {} lacks its reminder, or has one too late",
                id.ordinal, id.offer.0
            )
        });
    }
}

fn goes_to_holder(effect: &Effect, live: &Live) -> bool {
    let Effect::Email { to, request } = effect else { return false };
    *to == live.claim.email && request.account == live.claim.account
}

/// The reminders to accounts that had opted out before: they must not be sent.
#[derive(Debug, Default)]
pub(super) struct Unwanted {
    silent: HashSet<Account>,
    keys: HashSet<EffectKey>,
}

impl Unwanted {
    /// Takes in an event, and checks that it delivers no such reminder.
    pub(super) fn read(&mut self, checks: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::AccountSilenced { account, .. } => {
                self.silent.insert(account.clone());
            }
            Event::AccountOptedIn { account, .. } => {
                self.silent.remove(account);
            }
            Event::Delivered(Delivered { keys, .. }) if !self.keys.is_empty() => {
                let sent = keys.iter().find(|key| self.keys.contains(*key));
                checks.check(Promise::RemindersFit, sent.is_none(), || {
                    format!("{sent:?} reminds an account that had opted out")
                });
            }
            Event::Dropped { keys } | Event::MailBounced { keys } => {
                self.keys.retain(|key| !keys.contains(key))
            }
            _ => {}
        }
    }

    /// Notes an effect that its record asks for.
    pub(super) fn ask(&mut self, key: EffectKey, effect: &Effect) {
        let unwanted = effect.account().is_some_and(|account| self.silent.contains(account));
        if unwanted && asked(effect).0 == Asked::Reminder {
            self.keys.insert(key);
        }
    }
}
