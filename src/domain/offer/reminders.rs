//! One reminder before a deadline: whose prompt was delivered and who has not confirmed is reminded once, by e-mail.

use super::decision_builder::DecisionBuilder;
use super::{DUE_PER_DECISION, Offer};
use crate::domain::reservation::{Reminder, Reservation, Stage};
use crate::domain::time::Timestamp;

impl Offer {
    /// When the next reminder is due. While deadlines are frozen, none is.
    pub(super) fn next_reminder(&self) -> Option<Timestamp> {
        self.reminders.first().filter(|_| !self.control.is_frozen()).map(|(due, _)| due)
    }

    /// Reminds whom it is time to remind. A reservation that is due for release ends instead.
    pub(super) fn remind(&self, builder: &mut DecisionBuilder<'_>) {
        if self.reminders.is_empty() || self.control.is_frozen() {
            return;
        }
        let now = builder.now;
        let due =
            self.reminders.due(now).filter_map(|&ordinal| Some((ordinal, self.reservations.get(ordinal)?)));
        let kept = due.filter(|(_, held)| self.terms.released_at(held.deadline) > now);
        for (ordinal, held) in kept.take(DUE_PER_DECISION) {
            builder.remind(ordinal, held);
        }
    }

    /// Whether the delivery of the prompt that was mailed gives the reminder its time.
    pub(super) fn schedules_reminder(&self, held: &Reservation) -> bool {
        let waits = held.stage == Stage::Held && held.mailed && held.reminder == Reminder::Waits;
        waits && self.terms.reminded_at(held.deadline).is_some()
    }

    /// Gives the reminder of a reservation its time, once its prompt is delivered, or another one, when its deadline
    /// moves.
    pub(super) fn schedule_reminder(&mut self, ordinal: u32) {
        let held = self.reservations.get_mut(ordinal).filter(|held| held.stage == Stage::Held);
        let Some(held) = held.filter(|held| held.reminder != Reminder::Over) else { return };
        if !held.claim.email.is_yes() {
            return;
        }
        if let Some(due) = self.terms.reminded_at(held.deadline) {
            held.reminder = Reminder::Scheduled;
            self.reminders.set(&ordinal, Some(due));
        }
    }

    /// Notes that the time of a reminder came.
    pub(super) fn end_reminder(&mut self, ordinal: u32) {
        self.live(ordinal).reminder = Reminder::Over;
        self.forget_reminder(ordinal);
    }

    /// Removes the reminder of a reservation that is not held any more.
    pub(super) fn forget_reminder(&mut self, ordinal: u32) {
        self.reminders.set(&ordinal, None);
    }

    /// Finds the times of the reminders by the reservations.
    pub(super) fn schedule_reminders(&mut self) {
        let waiting = self.reservations.iter().filter(|(_, held)| held.awaits_reminder());
        let waiting: Vec<u32> = waiting.map(|(ordinal, _)| ordinal).collect();
        waiting.into_iter().for_each(|ordinal| self.schedule_reminder(ordinal));
    }
}
