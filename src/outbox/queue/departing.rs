//! How effects leave: which attempt begins next, and what the provider is asked.

use std::sync::Arc;

use super::drop_reason::DropReason;
use super::entry::Stage;
use super::lane::Lane;
use super::refusals::RefusalReply;
use super::{Outbox, outside, wait};
use crate::collections::stable_map::SlotId;
use crate::domain::effect::Effect;
use crate::domain::id::Network;
use crate::domain::time::Timestamp;
use crate::outbox::attempt::Attempt;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::resend_safety::ResendSafety;

impl Outbox {
    /// Begins the next attempt of a lane, if one is due and the lane has room. The caller must settle it.
    pub fn take_due(&mut self, now: Timestamp, lane: Lane) -> Option<Attempt> {
        self.drop_stale(now);
        if self.is_quarantined() || !self.lane(lane).may_leave(now) || self.is_money_full(lane) {
            return None;
        }
        if !self.lane(lane).breaker.is_closed() {
            let slot = self.take_probe(now, lane)?;
            let attempt = self.begin(now, slot);
            match &attempt {
                Some(_) => self.lane_mut(lane).depart(now),
                None => self.abandon_probe(now, lane),
            }
            return attempt;
        }
        while let Some(slot) = self.pop_due(now, lane) {
            if let Some(attempt) = self.begin(now, slot) {
                self.lane_mut(lane).depart(now);
                return Some(attempt);
            }
        }
        let Lane::Replies(network) = lane else { return None };
        let attempt = self.begin_refusal(now, network)?;
        self.lane_mut(lane).depart(now);
        Some(attempt)
    }

    /// Begins the next attempt of either kind of money, by due time and turn, as if both shared a lane: a
    /// replay makes one attempt at a time.
    pub fn take_due_money(&mut self, now: Timestamp) -> Option<Attempt> {
        let open = Lane::MONEY.iter().filter(|lane| self.lane(**lane).breaker.is_closed());
        let first = |lane: &Lane| Some((self.lane(*lane).first()?, *lane));
        let next = open.filter_map(first).min_by_key(|(position, _)| *position).map(|(_, lane)| lane);
        let paused = Lane::MONEY.into_iter().filter(|lane| !self.lane(*lane).breaker.is_closed());
        let lanes: Vec<_> = next.into_iter().chain(paused).collect();
        lanes.into_iter().find_map(|lane| self.take_due(now, lane))
    }

    /// Begins an attempt at an effect that was taken out of its lane, or drops the effect if it must not
    /// leave.
    fn begin(&mut self, now: Timestamp, slot: SlotId) -> Option<Attempt> {
        let (&key, entry) = self.entries.entry_mut(slot).expect("what waits in a lane has an entry");
        self.index.leave(key, entry);
        let lane = entry.lane();
        let answers = self.lanes.get(&lane).map_or(0, |queue| queue.breaker.answers());
        let safety = self.safety.get(&lane).copied().unwrap_or(ResendSafety::NONE);
        if let Some(reason) = entry.overdue(now) {
            entry.stage = Stage::Dropped(reason);
            self.dropped.push_back((key, slot));
            return None;
        }
        if self.purchases.lacks_credit(key, &entry.effect) {
            entry.stage = Stage::Dropped(DropReason::Uncredited);
            self.dropped.push_back((key, slot));
            return None;
        }
        let leaves_from = entry.leaves_from(&safety);
        if now < leaves_from {
            wait(&mut self.lanes, &mut self.index, (key, slot), entry, leaves_from);
            return None;
        }
        let age = entry.age(now);
        let look_up = !entry.unseen && safety.asks_first(entry.doubtful, entry.was_doubtful, age);
        let unsafe_to_send = entry.doubtful && safety.is_forgotten(age);
        if lane.is_money() && unsafe_to_send && !look_up {
            entry.stage = Stage::Dropped(DropReason::Doubtful);
            self.dropped.push_back((key, slot));
            return None;
        }
        if !look_up && let Some(account) = entry.awaits_attestation() {
            self.readings.enter(now, key, account);
            entry.stage = Stage::Attesting;
            return None;
        }
        if let Lane::Replies(network) = lane {
            match &entry.text {
                Some(text) => self.recent_texts.repeat(network, entry.recipient(), text),
                None => {
                    let told = self.bounced.as_told(&entry.effect);
                    let Some(text) = self.renderer.text(key.partition, &told, now) else {
                        entry.stage = Stage::Dropped(DropReason::NoText);
                        self.dropped.push_back((key, slot));
                        return None;
                    };
                    entry.text = Some(self.recent_texts.open(network, entry.recipient(), text).into());
                }
            }
        }
        // Who opted out of replies gets no direct message either.
        if let Effect::Email { request, .. } = &entry.effect
            && entry.text.is_none()
            && request.asks().is_some()
            && !self.opted_out.contains(&request.account)
        {
            entry.text = self.renderer.text(key.partition, &entry.effect, now).map(Into::into);
        }
        if entry.attempts == 0 {
            entry.answers_before = answers;
        }
        entry.attempts = entry.attempts.saturating_add(1);
        entry.looking_up = look_up;
        entry.stage = Stage::UnderWay;
        Some(Attempt {
            key: outside(self.instance.as_ref(), entry.form(), key).into(),
            effect: entry.effect.clone(),
            number: entry.attempts,
            look_up,
            recorded_at: entry.recorded_at,
            text: entry.text.clone(),
        })
    }

    /// Begins the only attempt at the reply to a refused post.
    fn begin_refusal(&mut self, now: Timestamp, network: Network) -> Option<Attempt> {
        while let Some(RefusalReply { at: recorded_at, partition, request }) = self.refusals.pop(network) {
            if self.opted_out.contains(&request.account) {
                self.drops.silent += 1;
                continue;
            }
            let key = DeliveryKey::refusal(partition, &request);
            let effect = Effect::Reply(request);
            let Some(text) = self.renderer.text(partition, &effect, now) else { continue };
            let text: Arc<str> = self.recent_texts.open(network, effect.account(), text).into();
            self.refusals.depart(key.clone(), Arc::clone(&text));
            return Some(Attempt { key, effect, number: 1, look_up: false, recorded_at, text: Some(text) });
        }
        None
    }
}
