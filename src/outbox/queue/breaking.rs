//! How the lanes' breakers take part in the queue: what counts as an answer, and how probes are chosen.

use std::collections::BTreeMap;

use super::breaker::{BreakerState, PROBE_WAIT_MOST, Probe};
use super::entry::Stage;
use super::lane::Lane;
use super::lane_queue::LaneQueue;
use super::retry::RetryPolicy;
use super::{Outbox, is_waiting};
use crate::collections::stable_map::SlotId;
use crate::domain::command::Report;
use crate::domain::event::Event;
use crate::domain::id::EffectKey;
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::lane_status::LaneStatus;

/// What the result of an attempt tells of its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The provider answers.
    Answer,
    /// The provider does not answer.
    NoAnswer,
    /// The provider does not let the shop in: more requests would tell no more.
    ShutOut,
    /// Neither: the provider asks for fewer requests, or was only asked what became of a key.
    Neither,
}

impl Sign {
    pub(super) fn of(result: &AttemptResult) -> Self {
        match result {
            AttemptResult::Done { .. }
            | AttemptResult::Declined { .. }
            | AttemptResult::Gone { .. }
            | AttemptResult::Bounced { .. }
            | AttemptResult::InProgress { .. }
            | AttemptResult::Failed { permanent: true, .. } => Self::Answer,
            AttemptResult::ShutOut { .. } => Self::ShutOut,
            AttemptResult::Unknown { .. } | AttemptResult::Failed { permanent: false, .. } => Self::NoAnswer,
            AttemptResult::NotFound
            | AttemptResult::Throttled { .. }
            | AttemptResult::Deferred { .. }
            | AttemptResult::Suppressed
            | AttemptResult::Erased { .. }
            | AttemptResult::Unaddressed { .. } => Self::Neither,
        }
    }
}

impl Outbox {
    /// The state of a lane's breaker.
    #[must_use]
    pub fn breaker(&self, lane: Lane) -> BreakerState {
        self.lane(lane).breaker.state()
    }

    /// The state of every lane. Looks at every pending effect.
    #[must_use]
    pub fn lane_statuses(&self) -> Vec<LaneStatus> {
        let mut oldest = BTreeMap::<Lane, Timestamp>::new();
        // An order whose posts are read again does not wait for its provider.
        for (_, entry) in self.entries.iter().filter(|(_, entry)| entry.stage != Stage::Attesting) {
            let first = oldest.entry(entry.lane()).or_insert(entry.recorded_at);
            *first = entry.recorded_at.min(*first);
        }
        let status = |(lane, queue): (&Lane, &LaneQueue)| LaneStatus {
            lane: *lane,
            paused_since: match queue.breaker.state() {
                BreakerState::Open(since) => Some(since),
                BreakerState::Closed => None,
            },
            silent_since: queue.breaker.silent_since(),
            oldest: oldest.get(lane).copied(),
        };
        self.lanes.iter().map(status).collect()
    }

    /// Takes in what the attempt at `key` tells of its provider.
    pub(super) fn note_sign(
        &mut self,
        now: Timestamp,
        lane: Lane,
        key: EffectKey,
        sign: Sign,
        looked_up: bool,
    ) {
        match sign {
            Sign::Answer => self.note_answer(lane, !looked_up),
            Sign::NoAnswer => self.note_silence(now, lane, key),
            Sign::ShutOut => self.note_shut_out(now, lane, key),
            // A probe that was not found is sent next: only that shows whether the provider does its work. One that was
            // throttled leaves again when its provider takes requests.
            Sign::Neither => {
                if self.lane(lane).breaker.probe() == Some(Probe::UnderWay(key)) {
                    self.lane_mut(lane).breaker.set_probe(Probe::Ready(key));
                }
            }
        }
    }

    /// The provider of a lane answered. A paused lane goes on once every partition has recorded that.
    pub(super) fn note_answer(&mut self, lane: Lane, sent: bool) {
        let partitions = self.partitions;
        if self.lane_mut(lane).breaker.count_answer(sent, partitions) {
            self.tell_partitions(Report::LaneResumed(lane));
        }
    }

    fn note_silence(&mut self, now: Timestamp, lane: Lane, key: EffectKey) {
        let strikes = self.lane(lane).breaker.answers();
        if let Some(entry) = self.entries.get_mut(&key) {
            // Only what fails while the provider answers others fails by itself.
            entry.strikes = entry.strikes.saturating_add(u16::from(entry.answers_before != strikes));
            entry.answers_before = strikes;
        }
        let next_at = now.plus(self.probe_wait(lane, key));
        self.lane_mut(lane).breaker.end_probe(key, next_at);
        if self.lane_mut(lane).breaker.count_unanswered(now, key) {
            self.pause(now, lane, key);
        }
    }

    /// Pauses the lane at the first letter that the provider takes from nobody. It costs no effect an attempt.
    fn note_shut_out(&mut self, now: Timestamp, lane: Lane, key: EffectKey) {
        let next_at = now.plus(self.probe_wait(lane, key));
        self.lane_mut(lane).breaker.end_probe(key, next_at);
        self.lane_mut(lane).breaker.count_unanswered(now, key);
        if self.lane(lane).breaker.is_closed() {
            self.pause(now, lane, key);
        }
    }

    fn pause(&mut self, now: Timestamp, lane: Lane, key: EffectKey) {
        let probe_at = now.plus(self.probe_wait(lane, key));
        self.lane_mut(lane).breaker.open(now, probe_at);
        self.tell_partitions(Report::LanePaused(lane));
    }

    /// The wait before the next probe: it doubles with each probe, up to a minute.
    fn probe_wait(&self, lane: Lane, key: EffectKey) -> Millis {
        let most = self.policy.most.min(PROBE_WAIT_MOST);
        let policy = RetryPolicy { first: self.policy.first.min(most), most, ..self.policy };
        policy.wait(self.seed, key, self.lane(lane).breaker.probes().saturating_add(1))
    }

    fn tell_partitions(&mut self, report: Report) {
        let partitions = 0..self.partitions;
        self.lane_reports.extend(partitions.map(|partition| (partition, report.clone())));
    }

    /// Pauses the lanes that were paused before a restart. Their providers are asked at once.
    pub(super) fn recover_pauses(&mut self, now: Timestamp, paused: &[(u32, Lane)]) {
        for &(_, lane) in paused {
            if self.lane(lane).breaker.is_closed() {
                self.lane_mut(lane).breaker.open(now, now);
            }
        }
        for lane in Lane::all().filter(|lane| !self.lane(*lane).breaker.is_closed()).collect::<Vec<_>>() {
            let unrecorded = (0..self.partitions).filter(|partition| !paused.contains(&(*partition, lane)));
            let reports = unrecorded.map(|partition| (partition, Report::LanePaused(lane)));
            self.lane_reports.extend(reports);
        }
    }

    /// Takes in what a partition recorded of a lane.
    pub(super) fn learn_of_lane(&mut self, partition: u32, event: &Event) {
        match event {
            Event::LaneProbed { lane, key } => {
                let breaker = &mut self.lane_mut(*lane).breaker;
                if breaker.probe() == Some(Probe::Recording(*key)) {
                    breaker.set_probe(Probe::Ready(*key));
                }
            }
            Event::LaneResumed { lane } => {
                self.lane_mut(*lane).breaker.resume_in(partition);
            }
            _ => {}
        }
    }

    /// The next report on a lane.
    pub(super) fn take_lane_report(&mut self, now: Timestamp) -> Option<(u32, Report)> {
        self.pause_quarantined_lanes();
        if self.lane_reports.is_empty() && !self.is_quarantined() {
            for lane in Lane::all() {
                self.choose_probe(now, lane);
            }
        }
        self.lane_reports.pop_front()
    }

    /// Chooses the effect that is due first as the next probe of a paused lane, if one is due. An effect that just got no
    /// answer is due later than the others, so the probes differ.
    fn choose_probe(&mut self, now: Timestamp, lane: Lane) {
        let Some(Probe::DueAt(at)) = self.lane(lane).breaker.probe() else { return };
        while at <= now
            && let Some((position, slot)) = self.lane(lane).first_entry()
            && position.due <= now
        {
            let Some((&key, entry)) = self.entries.at(slot) else { return };
            if let Some(reason) = entry.overdue(now) {
                self.drop_waiting(key, reason);
                continue;
            }
            self.lane_mut(lane).breaker.set_probe(Probe::Recording(key));
            self.lane_reports.push_back((key.partition, Report::LaneProbed { lane, key }));
            return;
        }
    }

    /// When a paused lane next does something by itself.
    pub(super) fn probe_due(&self, lane: Lane) -> Option<Timestamp> {
        let queue = self.lane(lane);
        match queue.breaker.probe()? {
            Probe::DueAt(at) => Some(at.max(queue.first()?.due)),
            Probe::Ready(key) => {
                let due = self.entries.get(&key).and_then(|entry| Some(entry.position()?.due));
                Some(due.unwrap_or(Timestamp::MIN).max(queue.opens_at())).filter(|_| !queue.is_full())
            }
            Probe::Recording(_) | Probe::UnderWay(_) => None,
        }
    }

    /// Takes the probe of a paused lane out of the lane, if it may leave now.
    pub(super) fn take_probe(&mut self, now: Timestamp, lane: Lane) -> Option<SlotId> {
        let Some(Probe::Ready(key)) = self.lane(lane).breaker.probe() else { return None };
        let slot = self.entries.slot(&key);
        let position = slot.and_then(|slot| Some((slot, self.entries.at(slot)?.1.position()?)));
        let Some((slot, position)) = position else {
            // It was dropped in the meantime, and another one is chosen.
            self.lane_mut(lane).breaker.set_probe(Probe::DueAt(now));
            return None;
        };
        if position.due > now {
            return None;
        }
        let (_, entry) = self.entries.at(slot)?;
        self.index.leave(key, entry);
        let rank = entry.rank();
        let queue = self.lanes.get_mut(&lane).expect("every lane has its queue");
        queue.remove(rank, position, slot, is_waiting(&self.entries));
        queue.breaker.set_probe(Probe::UnderWay(key));
        Some(slot)
    }

    /// Lets the lane go on with another probe if this one left no attempt.
    pub(super) fn abandon_probe(&mut self, now: Timestamp, lane: Lane) {
        if let Some(Probe::UnderWay(key)) = self.lane(lane).breaker.probe()
            && self.entries.get(&key).is_none_or(|entry| entry.stage != Stage::UnderWay)
        {
            self.lane_mut(lane).breaker.set_probe(Probe::DueAt(now));
        }
    }
}
