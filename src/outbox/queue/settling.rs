//! The end of an attempt: what its result means for the effect, and what is reported to the campaign.

use compact_str::{CompactString, format_compact};

use super::breaking::Sign;
use super::drop_reason::DropReason;
use super::dropping::UNRESOLVED;
use super::entry::{Entry, Stage};
use super::lane::Lane;
use super::{Outbox, outside};
use crate::domain::command::Report;
use crate::domain::dead_letter::{DeadLetter, Settlement};
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, Network};
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::dead_letters::Listed;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::report::{report_declined, report_done};
use crate::outbox::resend_safety::{Absence, ResendSafety};
use crate::partition::pending_effects::{Departure, PendingEffect};

/// Upper bound on the pause that a provider can ask of a lane.
const THROTTLE_MOST: Millis = Millis::from_secs(24 * 3600);

impl Outbox {
    /// Takes the result of an attempt, and returns the report to the campaign if the effect has ended. A
    /// result for a key that is not under way changes nothing, nor does one for the key of another data directory.
    pub fn settle(&mut self, now: Timestamp, sent: &DeliveryKey, result: AttemptResult) -> Option<Report> {
        let outside_key = match sent {
            DeliveryKey::Effect(key) => *key,
            DeliveryKey::Refusal { network, .. } => {
                self.settle_refusal(now, *network, sent, &result);
                return None;
            }
        };
        let key = outside_key.effect;
        let entry = self.entries.get_mut(&key).filter(|entry| entry.stage == Stage::UnderWay)?;
        if outside(self.instance.as_ref(), entry.form(), key) != outside_key {
            return None;
        }
        let (lane, sign, looked_up) = (entry.lane(), Sign::of(&result), entry.looking_up);
        let effect = &entry.effect;
        let returned = returned_of(&result);
        let mut verdict = match result.bounded() {
            AttemptResult::Done { reference, at } => {
                Verdict::Over(report_done(sent, key, effect, reference, at))
            }
            AttemptResult::Declined { reason } => match report_declined(key, effect, &reason) {
                Some(report) => Verdict::Over(report),
                None => Verdict::Hopeless(format_compact!("declined: {reason}")),
            },
            AttemptResult::Gone { .. } if matches!(effect, Effect::Reply(_)) => {
                Verdict::Needless(DropReason::Gone)
            }
            AttemptResult::Gone { why } => Verdict::Hopeless(why),
            AttemptResult::Failed { error, permanent: true } => Verdict::Hopeless(error),
            AttemptResult::Failed { error, permanent: false } => Verdict::Retry(error),
            AttemptResult::Unknown { error } => {
                entry.doubt();
                Verdict::Retry(error)
            }
            AttemptResult::NotFound => {
                let safety = self.safety.get(&lane).copied().unwrap_or(ResendSafety::NONE);
                not_found(entry, safety.absence(entry.age(now, &self.lag)))
            }
            AttemptResult::Bounced { .. } | AttemptResult::Suppressed => Verdict::Bounced,
            AttemptResult::ShutOut { .. } => {
                entry.attempts = entry.attempts.saturating_sub(1);
                Verdict::Apart(now.plus(self.policy.first))
            }
            AttemptResult::Throttled { until } => {
                entry.attempts = entry.attempts.saturating_sub(1);
                Verdict::Later(until)
            }
            AttemptResult::Deferred { until, .. } => {
                entry.attempts = entry.attempts.saturating_sub(1);
                Verdict::Apart(until.max(now.plus(self.policy.first)))
            }
            AttemptResult::InProgress { until } => {
                entry.doubt();
                Verdict::Apart(until.max(now.plus(self.policy.first)))
            }
            AttemptResult::Erased { .. } => Verdict::Needless(DropReason::Erased),
            AttemptResult::Unaddressed { .. } if effect.prompts_by_email().is_some() => Verdict::Bounced,
            AttemptResult::Unaddressed { .. } => Verdict::Needless(DropReason::Unaddressed),
        };
        self.lane_mut(lane).arrive(returned);
        self.note_sign(now, lane, key, sign, looked_up);
        if let Verdict::Later(until) = &mut verdict {
            *until = self.throttle(now, lane, *until);
        }
        self.conclude(now, key, verdict)
    }

    /// Ends the only attempt at a reply to a refused post.
    fn settle_refusal(
        &mut self,
        now: Timestamp,
        network: Network,
        key: &DeliveryKey,
        result: &AttemptResult,
    ) {
        let Some(text) = self.refusals.arrive(key) else { return };
        self.recent_texts.close(network, &text);
        let lane = Lane::Replies(network);
        self.lane_mut(lane).arrive(returned_of(result));
        if Sign::of(result) == Sign::Answer {
            self.note_answer(lane, true);
        }
        if let AttemptResult::Throttled { until } = result {
            self.throttle(now, lane, *until);
        }
    }

    /// Closes a lane until its provider accepts requests again, and returns that time: later than `now`, and
    /// within `THROTTLE_MOST`, whatever the provider asks for.
    fn throttle(&mut self, now: Timestamp, lane: Lane, until: Timestamp) -> Timestamp {
        let until = until.max(now.plus(self.policy.first)).min(now.plus(THROTTLE_MOST));
        self.lane_mut(lane).throttle(until);
        until
    }

    /// Why a failed reply is not tried again, if it is no longer needed.
    fn needless(&self, key: EffectKey) -> Option<DropReason> {
        let entry = self.entries.get(&key)?;
        let unwanted = entry.recipient().is_some_and(|account| self.opted_out.contains(account));
        entry.needless.or_else(|| unwanted.then_some(DropReason::OptedOut))
    }

    /// Applies the verdict on an attempt.
    fn conclude(&mut self, now: Timestamp, key: EffectKey, verdict: Verdict) -> Option<Report> {
        let entry = self.entries.get(&key);
        let (attempts, strikes) = entry.map_or((0, 0), |entry| (entry.attempts, entry.strikes));
        // Only an effect that fails while its neighbours succeed uses its attempts up: an outage ends nothing.
        let last = u32::from(strikes) >= self.policy.attempts_most;
        if !matches!(verdict, Verdict::Over(_))
            && let Some(reason) = self.needless(key)
            && let Some(slot) = self.entries.slot(&key)
        {
            return Some(self.drop_reply(key, slot, reason));
        }
        match verdict {
            Verdict::Over(report) => {
                if let Some(entry) = self.remove(key) {
                    self.bounced.forget(&entry.effect);
                    self.withdraw_after(key, &entry.effect);
                }
                Some(report)
            }
            Verdict::Needless(reason) => {
                let slot = self.entries.slot(&key)?;
                Some(self.drop_reply(key, slot, reason))
            }
            Verdict::Hopeless(reason) => Some(self.give_up(key, reason)),
            Verdict::Bounced => {
                let unreplied = self.unreplied_of(key);
                if let Some(entry) = self.remove(key) {
                    self.bounced.note(&entry.effect, self.bounds.recipients);
                }
                Some(match unreplied {
                    Some(id) => Report::PromptMailBounced { id, key },
                    None => Report::MailBounced(vec![key]),
                })
            }
            Verdict::Retry(error) if last => {
                Some(self.give_up(key, format_compact!("after {attempts} attempts: {error}")))
            }
            Verdict::SendAgain if last => {
                Some(self.give_up(key, format_compact!("after {attempts} attempts: not found")))
            }
            Verdict::Retry(_) => {
                self.wait_until(key, now.plus(self.policy.wait(self.seed, key, attempts)));
                None
            }
            // The provider is well and has not seen the effect, so there is nothing to wait for.
            Verdict::SendAgain => {
                self.wait_until(key, now);
                None
            }
            Verdict::Later(until) | Verdict::Apart(until) => {
                self.wait_until(key, until);
                None
            }
        }
    }

    /// Removes an effect for good, and keeps it as a dead letter.
    pub(super) fn give_up(&mut self, key: EffectKey, reason: CompactString) -> Report {
        self.dead_letters_total += 1;
        let entry = self.remove(key);
        if let Some(id) = entry.as_ref().and_then(|entry| entry.effect.prompts()) {
            return Report::Undeliverable { id, key };
        }
        if let Some(entry) = entry {
            let (form, recorded_at, departure) = (entry.form(), entry.recorded_at, Departure::Possible);
            let effect = entry.effect;
            self.purchases.note_credit(key, &effect, true);
            self.given_up.insert(key, PendingEffect { form, recorded_at, effect, departure });
        }
        Report::DeadLettered { key, reason }
    }

    /// Takes in what became durable of a dead letter.
    pub(super) fn learn_of_dead_letter(&mut self, now: Timestamp, at: Timestamp, event: &Event) {
        match event {
            Event::DeadLettered { key, reason } => {
                let Some(PendingEffect { form, recorded_at, effect, .. }) = self.given_up.remove(key) else {
                    return;
                };
                let reason = reason.clone();
                self.list_dead(*key, DeadLetter { form, recorded_at, effect, reason, given_up_at: at });
            }
            Event::DeadLetterRetried { key } => {
                let Some(Listed { letter, .. }) = self.dead_letters.remove(*key) else { return };
                let DeadLetter { form, recorded_at, effect, .. } = letter;
                let departure = Departure::Possible;
                self.accept(now, *key, PendingEffect { form, recorded_at, effect, departure });
                if let Some(entry) = self.entries.get_mut(key) {
                    entry.horizon_from = now;
                }
            }
            Event::DeadLetterSettled { key, settlement } => {
                let Some(Listed { letter, .. }) = self.dead_letters.remove(*key) else { return };
                let is_declined = matches!(settlement, Settlement::Declined { .. });
                self.purchases.note_credit(*key, &letter.effect, is_declined);
            }
            _ => {}
        }
    }

    pub(super) fn list_dead(&mut self, key: EffectKey, letter: DeadLetter) {
        self.purchases.note_credit(key, &letter.effect, true);
        let outside = outside(self.instance.as_ref(), letter.form, key);
        self.dead_letters.insert(key, Listed::new(outside, letter));
    }
}

/// What the result of an attempt means for its effect.
enum Verdict {
    /// The effect has ended.
    Over(Report),
    /// The effect is dropped: nobody can take it any more.
    Needless(DropReason),
    /// The effect is given up.
    Hopeless(CompactString),
    /// The letter reaches nobody.
    Bounced,
    /// The effect is tried again after a wait.
    Retry(CompactString),
    /// The effect is sent at once.
    SendAgain,
    /// The effect is tried again at that time, as if this attempt had not been made; its lane waits as well.
    Later(Timestamp),
    /// The same, and its lane goes on.
    Apart(Timestamp),
}

/// When an attempt left of which nothing left.
const fn returned_of(result: &AttemptResult) -> Option<Timestamp> {
    match result {
        AttemptResult::Deferred { left_at, .. }
        | AttemptResult::Erased { left_at }
        | AttemptResult::Unaddressed { left_at } => Some(*left_at),
        _ => None,
    }
}

/// The verdict when a look-up found nothing.
fn not_found(entry: &mut Entry, absence: Absence) -> Verdict {
    match absence {
        Absence::Unproven if entry.lane().is_money() => {
            return Verdict::Hopeless(UNRESOLVED.into());
        }
        // Effects other than money may rather go out twice than never.
        Absence::Proven | Absence::Unproven => entry.unseen = true,
        Absence::CoveredByKey => {}
    }
    entry.doubtful = false;
    Verdict::SendAgain
}
