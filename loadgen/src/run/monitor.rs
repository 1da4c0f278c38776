//! The monitor: polls the offers during a run, and finds promotions.
//!
//! A promotion answers no post, so it is read from the live reservations: a reservation whose claim was
//! answered `waitlisted` is a promotion, and its owner reacts.

use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;
use crowd::PromptKind;

use super::offers::offer_states;
use super::state::RunState;
use crate::error::CommandError;
use crate::measurements::{Counts, Units};
use crate::pacer::Reaction;
use crate::scenario::Scenario;
use crate::target::{OfferState, Target};

/// Microseconds between two polls of the offers.
const POLL_US: u64 = 250_000;

/// The progress of a run.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Microseconds from its start.
    pub now_us: u64,
    /// Counts of posts so far.
    pub counts: Counts,
    /// Median and 99th percentile so far, without the warm-up, in microseconds.
    pub latency_us: (u64, u64),
    /// 99th percentile of the send lag so far, in microseconds.
    pub lag_p99_us: u64,
    /// The offers.
    pub offers: &'a [OfferState],
}

/// A display of a run's progress.
pub trait ProgressView {
    /// Shows the progress.
    fn show(&mut self, progress: &Progress<'_>);
}

pub(super) struct Monitor<'a> {
    scenario: &'a Scenario,
    shared: &'a RunState<'a>,
    target: &'a Target,
    reactions: Sender<Reaction>,
    /// Last ordinal read of each offer's reservations.
    seen: Vec<u32>,
}

impl<'a> Monitor<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        shared: &'a RunState<'a>,
        target: &'a Target,
        reactions: Sender<Reaction>,
    ) -> Self {
        Self { scenario, shared, target, reactions, seen: vec![0; scenario.offers.len()] }
    }

    /// Polls until everything is sent and settled, the time is over, or a signal stops the run.
    pub(super) fn watch(&mut self, watch: &mut dyn ProgressView) -> Result<(), CommandError> {
        loop {
            let begun_us = self.shared.clock.us();
            let offers = offer_states(self.scenario, self.target)?;
            for (target, offer) in offers.iter().enumerate() {
                self.find_promotions(target, offer)?;
            }
            self.shared.record().set_units(begun_us, units(&offers));
            self.show(begun_us, &offers, watch);
            let sending = self.shared.open.load(Ordering::Acquire) > 0;
            if self.shared.stop.load(Ordering::Acquire) && !sending {
                return Ok(());
            }
            let idle = self.shared.idle.load(Ordering::Acquire) && !sending;
            let at_rest = idle && offers.iter().all(|offer| offer.reserved == 0);
            if at_rest || begun_us >= self.shared.ends_us {
                return Ok(());
            }
            self.shared.clock.sleep_until(begun_us + POLL_US, POLL_US);
        }
    }

    fn find_promotions(&mut self, target: usize, offer: &OfferState) -> Result<(), CommandError> {
        let Some(seen) = self.seen.get_mut(target) else { return Ok(()) };
        if offer.waiting == 0 && offer.reserved == 0 {
            return Ok(());
        }
        loop {
            let page = self.target.reservations(&offer.id, *seen)?;
            let now_us = self.shared.clock.us();
            for reservation in &page.reservations {
                let ordinal = reservation.id.rsplit('.').next().and_then(|ordinal| ordinal.parse().ok());
                *seen = ordinal.unwrap_or(*seen).max(*seen);
                let claim: u64 =
                    reservation.claim.rsplit(':').next().and_then(|id| id.parse().ok()).unwrap_or(0);
                let ledger = self.shared.ledger();
                let waited = ledger.offers.get(target).is_some_and(|offer| offer.waitlisted.contains(&claim));
                drop(ledger);
                let person = self.shared.population.person(&reservation.account).filter(|_| waited);
                let reaction = person
                    .and_then(|person| self.shared.population.reaction(person, target, PromptKind::Promoted));
                if let Some((delay_ms, plan)) = reaction {
                    // At the end of a run the pacing thread is gone.
                    self.reactions.send((now_us + delay_ms * 1000, plan)).ok();
                }
            }
            match page.next {
                Some(next) => *seen = next,
                None => return Ok(()),
            }
        }
    }

    fn show(&self, now_us: u64, offers: &[OfferState], watch: &mut dyn ProgressView) {
        let record = self.shared.record();
        let at = |quantile| record.latency_us.value_at_quantile(quantile);
        let progress = Progress {
            now_us,
            counts: record.counts,
            latency_us: (at(0.5), at(0.99)),
            lag_p99_us: record.lag_us.value_at_quantile(0.99),
            offers,
        };
        drop(record);
        watch.show(&progress);
    }
}

fn units(offers: &[OfferState]) -> Units {
    let sum = |of: fn(&OfferState) -> u64| offers.iter().map(of).sum();
    Units {
        available: sum(|offer| offer.available),
        reserved: sum(|offer| offer.reserved),
        sold: sum(|offer| offer.sold),
        waiting: sum(|offer| offer.waiting),
        sold_of: offers.iter().map(|offer| offer.sold).collect(),
    }
}
