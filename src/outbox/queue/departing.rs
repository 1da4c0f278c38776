//! How effects leave: which attempt begins next, and what the provider is asked.

use std::sync::Arc;

use super::drop_reason::DropReason;
use super::entry::{Entry, Stage};
use super::lane::Lane;
use super::refusals::RefusalReply;
use super::{Outbox, outside};
use crate::collections::stable_map::SlotId;
use crate::domain::effect::Effect;
use crate::domain::id::{Account, EffectKey, Network};
use crate::domain::time::Timestamp;
use crate::outbox::attempt::Attempt;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::resend_safety::ResendSafety;

/// What becomes of an effect whose turn it is.
enum Turn<'a> {
    /// It must not leave.
    Dropped(DropReason),
    /// It may leave from then on.
    Waits(Timestamp),
    /// This account's posts, on which it rests, are read again first.
    Attested(&'a Account),
    /// It leaves: to be carried out, or to be looked up.
    Leaves { look_up: bool },
}

/// Why a slot has an entry.
const IN_SLOT: &str = "what waits in a lane has an entry";

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

    /// Begins an attempt at an effect that was taken out of its lane, unless the effect must not leave, or not yet.
    fn begin(&mut self, now: Timestamp, slot: SlotId) -> Option<Attempt> {
        let (&key, entry) = self.entries.at(slot).expect(IN_SLOT);
        self.index.leave(key, entry);
        match self.turn(now, key, entry) {
            Turn::Dropped(reason) => self.begin_drop(key, slot, reason),
            Turn::Waits(until) => self.wait_until(key, until),
            Turn::Attested(account) => {
                self.readings.enter(now, key, account);
                self.entry_at(slot).stage = Stage::Attesting;
            }
            Turn::Leaves { look_up } => match self.write(now, key, slot) {
                Ok(()) => return Some(self.depart(key, slot, look_up)),
                Err(reason) => self.begin_drop(key, slot, reason),
            },
        }
        None
    }

    /// Judges an effect whose turn it is.
    fn turn<'e>(&self, now: Timestamp, key: EffectKey, entry: &'e Entry) -> Turn<'e> {
        let lane = entry.lane();
        let safety = self.safety.get(&lane).copied().unwrap_or(ResendSafety::NONE);
        if let Some(reason) = entry.overdue(now) {
            return Turn::Dropped(reason);
        }
        if self.purchases.lacks_credit(key, &entry.effect) {
            return Turn::Dropped(DropReason::Uncredited);
        }
        let leaves_from = entry.leaves_from(&safety);
        if now < leaves_from {
            return Turn::Waits(leaves_from);
        }
        let age = entry.age(now, &self.lag);
        let look_up = !entry.unseen && safety.asks_first(entry.doubtful, entry.was_doubtful, age);
        let unsafe_to_send = entry.doubtful && safety.is_forgotten(age);
        if lane.is_money() && unsafe_to_send && !look_up {
            return Turn::Dropped(DropReason::Doubtful);
        }
        match entry.awaits_attestation() {
            Some(account) if !look_up => Turn::Attested(account),
            _ => Turn::Leaves { look_up },
        }
    }

    /// Drops an effect that was taken out of its lane.
    fn begin_drop(&mut self, key: EffectKey, slot: SlotId, reason: DropReason) {
        self.entry_at(slot).stage = Stage::Dropped(reason);
        self.dropped.push_back((key, slot));
    }

    /// Writes the text of an effect that people read and that has none yet.
    fn write(&mut self, now: Timestamp, key: EffectKey, slot: SlotId) -> Result<(), DropReason> {
        let entry = self.entries.at_mut(slot).expect(IN_SLOT);
        if let Lane::Replies(network) = entry.lane() {
            match &entry.text {
                Some(text) => self.recent_texts.repeat(network, entry.recipient(), text),
                None => {
                    let told = self.bounced.as_told(&entry.effect);
                    let text = self.renderer.text(key.partition, &told, now).ok_or(DropReason::NoText)?;
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
        Ok(())
    }

    /// Hands an effect over to its provider.
    fn depart(&mut self, key: EffectKey, slot: SlotId, look_up: bool) -> Attempt {
        let entry = self.entries.at_mut(slot).expect(IN_SLOT);
        if entry.attempts == 0 {
            entry.answers_before = self.lanes.get(&entry.lane()).map_or(0, |queue| queue.breaker.answers());
        }
        entry.attempts = entry.attempts.saturating_add(1);
        entry.looking_up = look_up;
        entry.stage = Stage::UnderWay;
        Attempt {
            key: outside(self.instance.as_ref(), entry.form(), key).into(),
            effect: entry.effect.clone(),
            number: entry.attempts,
            look_up,
            recorded_at: entry.recorded_at,
            text: entry.text.clone(),
        }
    }

    /// The effect in a slot that was just looked at.
    fn entry_at(&mut self, slot: SlotId) -> &mut Entry {
        self.entries.at_mut(slot).expect(IN_SLOT)
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
