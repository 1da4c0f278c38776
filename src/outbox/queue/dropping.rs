//! Dropping effects: stale, withdrawn and unwanted replies, and effects that must not leave.

use super::Outbox;
use super::drop_reason::DropReason;
use super::entry::Stage;
use super::lane::Lane;
use crate::collections::stable_map::SlotId;
use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::id::{Account, EffectKey, ReservationId};
use crate::domain::time::Timestamp;

/// Why an effect without a text is given up. The text is in the dead letters of earlier releases, so it does
/// not change.
const NO_TEXT: &str = "there are no words for it";

/// Why an effect is given up whose money may have moved.
pub(super) const UNRESOLVED: &str =
    "unresolved: it may have taken effect, and the provider would take it for a new one";

/// Why the reversal of a credit is given up that was not made.
const UNCREDITED: &str = "its credit was given up: settle or retry that first";

/// Why an e-mail is given up.
const NO_DELIVERY: &str = "it could not be delivered for 5 days";

impl Outbox {
    /// Stops replies and reminders to the account, and drops those that wait.
    pub fn opt_out(&mut self, account: Account) {
        for key in self.replies_to(&account) {
            self.drop_waiting(key, DropReason::OptedOut);
        }
        self.opted_out.insert(account);
    }

    /// Allows replies to the account again.
    pub fn opt_in(&mut self, account: &Account) {
        self.opted_out.remove(account);
    }

    /// Returns the next report that no result of an attempt brings: on a lane, or on a dropped effect.
    pub fn take_report(&mut self, now: Timestamp) -> Option<(u32, Report)> {
        self.drop_stale(now);
        if let Some(report) = self.take_lane_report(now) {
            return Some(report);
        }
        while let Some((key, slot)) = self.dropped.pop_front() {
            // The journal may have reported the effect done in the meantime, and its slot may be another's. By slot,
            // because each sale drops a prompt, and a search by key reads memory that nothing else needs.
            let kept = self.entries.at(slot).filter(|(kept, _)| **kept == key);
            let Some(Stage::Dropped(reason)) = kept.map(|(_, entry)| entry.stage) else { continue };
            let report = match reason {
                DropReason::NoText => self.give_up(key, NO_TEXT.into()),
                DropReason::Uncredited => self.give_up(key, UNCREDITED.into()),
                DropReason::Doubtful => self.give_up(key, UNRESOLVED.into()),
                DropReason::Expired => self.give_up(key, NO_DELIVERY.into()),
                DropReason::Stale
                | DropReason::Withdrawn
                | DropReason::Lapsed
                | DropReason::OptedOut
                | DropReason::Gone
                | DropReason::Erased
                | DropReason::Unaddressed => self.drop_reply(key, slot, reason),
            };
            return Some((key.partition, report));
        }
        None
    }

    /// Drops a waiting effect; one that is under way cannot be called back.
    pub(super) fn drop_waiting(&mut self, key: EffectKey, reason: DropReason) {
        if let Some(slot) = self.entries.slot(&key) {
            self.drop_waiting_at(slot, reason);
        }
    }

    fn drop_waiting_at(&mut self, slot: SlotId, reason: DropReason) {
        self.leave_lane(slot);
        let Some((key, entry)) = self.entries.entry_mut(slot) else { return };
        if entry.position().is_some() {
            entry.stage = Stage::Dropped(reason);
            self.dropped.push_back((*key, slot));
        }
    }

    /// Drops every reply that has become too old.
    pub(super) fn drop_stale(&mut self, now: Timestamp) {
        while let Some(key) = self.index.stale(now) {
            self.drop_waiting(key, DropReason::Stale);
        }
        self.refusals.drop_stale(now, &mut self.drops);
    }

    /// Drops the prompts of a reservation that is over, by reply and by e-mail, and its reminder.
    pub(super) fn lapse(&mut self, partition: u32, id: ReservationId, account: &Account) {
        if self.lane(Lane::Replies(account.network)).has_prompts() {
            self.withdraw(partition, id, account, DropReason::Lapsed);
        }
        let letters = self.letters.get(&(partition, id)).cloned().unwrap_or_default();
        for key in letters {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.needless = Some(DropReason::Lapsed);
            }
            self.drop_waiting(key, DropReason::Lapsed);
        }
    }

    /// Withdraws the reply that prompts for what a letter prompts for, and notes if it never left. A buyer without an address
    /// may still get a direct message; until then the reply keeps its place.
    pub(super) fn withdraw_for(&mut self, key: EffectKey, effect: &Effect) {
        let Effect::Email { to, request } = effect else { return };
        let Some(id) = effect.prompts_by_email().filter(|_| to.is_yes()) else { return };
        if self.withdraw(key.partition, id, &request.account, DropReason::Withdrawn) {
            self.unreplied.insert((key.partition, id));
        }
    }

    /// Withdraws the reply that prompts for what a direct message prompted for.
    pub(super) fn withdraw_after(&mut self, key: EffectKey, effect: &Effect) {
        let Effect::Email { to, request } = effect else { return };
        if let Some(id) = effect.prompts_by_email().filter(|_| !to.is_yes()) {
            self.withdraw(key.partition, id, &request.account, DropReason::Withdrawn);
        }
    }

    /// The reservation that a letter prompts for, if its prompt certainly never left as a reply.
    pub(super) fn unreplied_of(&self, key: EffectKey) -> Option<ReservationId> {
        let id = self.entries.get(&key)?.effect.prompts_by_email()?;
        self.unreplied.contains(&(key.partition, id)).then_some(id)
    }

    /// Drops the prompt of a reservation: its buyer is asked by e-mail instead, or it is over. Returns whether there was one
    /// that certainly never left.
    pub(super) fn withdraw(
        &mut self,
        partition: u32,
        id: ReservationId,
        account: &Account,
        why: DropReason,
    ) -> bool {
        let asks = |slot: SlotId| {
            let (key, entry) = self.entries.at(slot)?;
            let own = key.partition == partition && entry.recipient() == Some(account);
            (own && entry.effect.prompts() == Some(id)).then_some((*key, slot))
        };
        // Every buyer who confirms has a prompt, so this runs once for each sale: by slot, without another search by key.
        let newest = self.index.replies_to(account).filter_map(asks).max_by_key(|(key, _)| *key);
        let Some((_, slot)) = newest else { return false };
        let mut never_left = false;
        if let Some(entry) = self.entries.at_mut(slot) {
            never_left = entry.position().is_some() && entry.attempts == 0 && !entry.doubtful;
            entry.needless = Some(why);
        }
        self.drop_waiting_at(slot, why);
        never_left
    }

    /// Removes a reply that is not needed, or cannot be posted. The buyer of a prompt must still be asked another way if the
    /// account opted out, or deleted the claim.
    pub(super) fn drop_reply(&mut self, key: EffectKey, slot: SlotId, reason: DropReason) -> Report {
        self.drops.count(reason);
        let prompted = self.remove_at(slot).and_then(|entry| entry.effect.prompts());
        match prompted.filter(|_| matches!(reason, DropReason::OptedOut | DropReason::Gone)) {
            Some(id) => Report::Undeliverable { id, key },
            None => Report::Dropped(vec![key]),
        }
    }

    /// The replies and reminders to an account, in the order of their keys.
    fn replies_to(&self, account: &Account) -> Vec<EffectKey> {
        let found = self.index.replies_to(account).filter_map(|slot| self.entries.at(slot));
        let own = found.filter(|(_, entry)| entry.recipient() == Some(account));
        let mut keys: Vec<_> = own.map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }
}
