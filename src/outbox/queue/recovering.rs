//! What a start finds pending.

use super::Outbox;
use super::drop_reason::DropReason;
use super::lane::Lane;
use crate::domain::key_form::KeyForm;
use crate::domain::time::Timestamp;
use crate::partition::pending_effects::{Departure, PendingEffect, PendingEffects};

impl Outbox {
    /// Accepts what the journal left pending. All of it may have been sent before the restart, and the clock
    /// may have changed since.
    pub fn recover(&mut self, now: Timestamp, pending: PendingEffects) {
        for (network, at) in pending.departures() {
            // The clock may have been set back since, and a lane must not stay closed until the old time.
            self.lane_mut(Lane::Replies(network)).count_departure(at.min(now));
        }
        for account in pending.silent() {
            self.opt_out(account.clone());
        }
        for (key, letter) in pending.dead_letters() {
            self.list_dead(*key, letter.clone());
        }
        let paused: Vec<_> = pending.paused().collect();
        self.recover_pauses(now, &paused);
        for (key, mut pending) in pending.into_pending() {
            if pending.departure == Departure::NotYet && self.is_of_a_copy(&pending) {
                pending.departure = Departure::Possible;
            }
            let lapsed = pending.departure == Departure::Over;
            self.accept(now, key, pending);
            if lapsed {
                self.drop_waiting(key, DropReason::Lapsed);
            }
        }
    }

    /// Whether an effect was recorded before the directory was restored. Then its lane may have gone on after the copy was
    /// made, and what the copy shows as kept back may have left.
    fn is_of_a_copy(&self, pending: &PendingEffect) -> bool {
        self.instance.is_some_and(|instance| pending.form < KeyForm::Epoch(instance.epoch))
    }
}
