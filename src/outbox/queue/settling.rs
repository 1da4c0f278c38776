//! The end of an attempt: what the answer means for the effect, and what the campaign hears of it.

use compact_str::{CompactString, format_compact};

use super::super::attempt::{Attempted, DeadLetter, report_declined, report_done};
use super::Outbox;
use super::drop_reason::DropReason;
use super::entry::Stage;
use super::lane::Lane;
use crate::domain::command::Report;
use crate::domain::id::EffectKey;
use crate::domain::time::Timestamp;
use crate::outbox::delivery_key::DeliveryKey;

impl Outbox {
    /// Takes the answer to an attempt, and tells what the campaign must hear, if that was the last
    /// word. An answer to nothing that is under way changes nothing.
    pub fn settle(&mut self, now: Timestamp, key: &DeliveryKey, attempted: Attempted) -> Option<Report> {
        let DeliveryKey::Effect(key) = *key else {
            self.settle_refusal(key);
            return None;
        };
        let entry = self.entries.get_mut(&key).filter(|entry| entry.stage == Stage::UnderWay)?;
        let effect = &entry.effect;
        let verdict = match attempted.bounded() {
            Attempted::Done { reference, at } => Verdict::Over(report_done(key, effect, reference, at)),
            Attempted::Declined { reason } => match report_declined(key, effect, &reason) {
                Some(report) => Verdict::Over(report),
                None => Verdict::Hopeless(format_compact!("declined: {reason}")),
            },
            Attempted::Failed { error, permanent: true } => Verdict::Hopeless(error),
            Attempted::Failed { error, permanent: false } => Verdict::Retry(error),
            Attempted::Unknown { error } => {
                (entry.doubtful, entry.unseen) = (true, false);
                Verdict::Retry(error)
            }
            Attempted::NotFound => {
                (entry.doubtful, entry.unseen) = (false, true);
                Verdict::SendAgain
            }
        };
        let lane = entry.lane();
        self.lane_mut(lane).arrive();
        self.conclude(now, key, verdict)
    }

    /// Whatever came of it, that was its only attempt.
    fn settle_refusal(&mut self, key: &DeliveryKey) {
        let DeliveryKey::Refusal { network, .. } = key else { return };
        if let Some(text) = self.refusals.arrive(key) {
            self.spoken.close(*network, &text);
            self.lane_mut(Lane::Replies(*network)).arrive();
        }
    }

    /// Why a reply that failed is not tried again, if it is not needed any more.
    fn needless(&self, key: EffectKey) -> Option<DropReason> {
        let entry = self.entries.get(&key)?;
        let silent = entry.recipient().is_some_and(|account| self.silent.contains(account));
        let why = [(entry.withdrawn, DropReason::Withdrawn), (silent, DropReason::Silent)];
        why.into_iter().find(|(so, _)| *so).map(|(_, why)| why)
    }

    fn conclude(&mut self, now: Timestamp, key: EffectKey, verdict: Verdict) -> Option<Report> {
        let attempts = self.entries.get(&key).map_or(0, |entry| entry.attempts);
        let last = attempts >= self.policy.attempts_most;
        if let (Some(why), false) = (self.needless(key), matches!(verdict, Verdict::Over(_))) {
            return Some(self.drop_reply(key, why));
        }
        match verdict {
            Verdict::Over(report) => {
                self.remove(key);
                Some(report)
            }
            Verdict::Hopeless(reason) => Some(self.give_up(now, key, reason)),
            Verdict::Retry(error) if last => {
                Some(self.give_up(now, key, format_compact!("after {attempts} attempts: {error}")))
            }
            Verdict::SendAgain if last => {
                Some(self.give_up(now, key, format_compact!("after {attempts} attempts: not found")))
            }
            Verdict::Retry(_) => {
                self.wait_until(key, now.plus(self.policy.wait(self.seed, key, attempts)));
                None
            }
            // The provider is well and has not seen it: there is nothing to wait for.
            Verdict::SendAgain => {
                self.wait_until(key, now);
                None
            }
        }
    }

    /// Takes a reply out that is not needed. A prompt that its reader does not want to get this way has
    /// still to be asked in another.
    pub(super) fn drop_reply(&mut self, key: EffectKey, why: DropReason) -> Report {
        self.drops.count(why);
        let prompted = self.remove(key).and_then(|entry| entry.effect.prompts());
        match prompted.filter(|_| why == DropReason::Silent) {
            Some(id) => Report::Undeliverable { id, key },
            None => Report::Dropped(vec![key]),
        }
    }

    pub(super) fn give_up(&mut self, now: Timestamp, key: EffectKey, reason: CompactString) -> Report {
        let entry = self.remove(key);
        let prompted = entry.as_ref().and_then(|entry| entry.effect.prompts());
        if let Some(entry) = entry {
            let (kind, attempts) = (entry.effect.kind(), entry.attempts);
            self.dead_letters.push_back(DeadLetter { key, kind, reason: reason.clone(), attempts, at: now });
            if self.dead_letters.len() > self.bounds.dead_letters {
                self.dead_letters.pop_front();
            }
            self.dead_letters_total += 1;
        }
        match prompted {
            Some(id) => Report::Undeliverable { id, key },
            None => Report::DeadLettered { key, reason },
        }
    }
}

/// What an answer means for the effect.
enum Verdict {
    Over(Report),
    Hopeless(CompactString),
    Retry(CompactString),
    SendAgain,
}
