//! The lanes that the durable records call paused. A start knows by them what has not left, so nothing leaves a paused
//! lane but a probe whose record is durable.

use std::collections::{BTreeMap, BTreeSet};

use flashtag::domain::decision::Record;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::outbox::attempt::Attempt;
use flashtag::outbox::queue::lane::Lane;

/// The paused lanes by the partition that recorded it, each with its probes.
#[derive(Default)]
pub(super) struct PausedLanes(BTreeMap<(u32, Lane), BTreeSet<EffectKey>>);

impl PausedLanes {
    /// Reads a record of a partition that is durable.
    pub(super) fn read(&mut self, partition: u32, record: &Record) {
        for event in &record.decision.events {
            match event {
                Event::LanePaused { lane } => drop(self.0.entry((partition, *lane)).or_default()),
                Event::LaneProbed { lane, key } => {
                    if let Some(probes) = self.0.get_mut(&(partition, *lane)) {
                        probes.insert(*key);
                    }
                }
                Event::LaneResumed { lane } => drop(self.0.remove(&(partition, *lane))),
                _ => {}
            }
        }
    }

    /// Checks that an attempt leaves an open lane, or is a probe.
    pub(super) fn check_departure(&self, attempt: &Attempt) {
        let lane = Lane::of(&attempt.effect);
        let Some(probes) = self.0.get(&(attempt.key.partition(), lane)) else { return };
        let is_probe = attempt.key.outside().is_some_and(|key| probes.contains(&key.effect));
        assert!(
            is_probe,
            "{:?} leaves the paused lane {lane}, and no durable record names it as a probe",
            attempt.key
        );
    }
}
