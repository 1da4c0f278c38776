//! The measurements of a run: histograms of the whole, and of each time slot.

use hdrhistogram::Histogram;

/// Upper bound of the histograms in microseconds; longer durations count as this.
const LONGEST_US: u64 = 600_000_000;

/// Upper bound on the number of slots; a longer run has longer slots.
const SLOTS_MAX: u64 = 600;

/// A period of the run. Posts belong to the slot in which they were scheduled.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Counts of its posts.
    pub counts: Counts,
    /// From the scheduled instant to the outcome, in microseconds.
    pub latency_us: Histogram<u32>,
    /// From the scheduled instant to the sending, in microseconds.
    pub lag_us: Histogram<u32>,
    /// Units of all offers at the last poll within the slot.
    pub units: Option<Units>,
}

/// Units of all offers together, and the units sold of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    /// Available units.
    pub available: u64,
    /// Reserved units.
    pub reserved: u64,
    /// Sold units.
    pub sold: u64,
    /// Claims on the waitlist.
    pub waiting: u64,
    /// Sold units, by offer.
    pub sold_of: Vec<u64>,
}

/// Counts of posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Posts that were due.
    pub offered: u64,
    /// Posts that got an outcome.
    pub answered: u64,
    /// Posts that were dropped because the queue was full.
    pub not_sent: u64,
    /// Posts without an outcome.
    pub errors: u64,
}

/// The measurements of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// Counts of the whole run, warm-up included.
    pub counts: Counts,
    /// From the scheduled instant to the outcome, in microseconds, without the warm-up.
    pub latency_us: Histogram<u64>,
    /// From the scheduled instant to the sending, in microseconds, without the warm-up.
    pub lag_us: Histogram<u64>,
    /// The time slots.
    pub slots: Vec<Slot>,
    /// Duration of a slot, in microseconds.
    pub slot_us: u64,
    warmup_us: u64,
}

/// Makes an empty histogram of durations in microseconds, with a precision of `digits`.
pub(crate) fn histogram<T: hdrhistogram::Counter>(digits: u8) -> Histogram<T> {
    Histogram::new_with_max(LONGEST_US, digits).expect("the bounds are valid")
}

impl Record {
    /// Makes empty measurements of a run of about `span_us`. The first `warmup_us` count in no percentile.
    #[must_use]
    pub fn new(span_us: u64, warmup_us: u64) -> Self {
        let slot_us = span_us.div_ceil(SLOTS_MAX).next_multiple_of(1_000_000).max(1_000_000);
        let (latency_us, lag_us) = (histogram(3), histogram(3));
        Self { counts: Counts::default(), latency_us, lag_us, slots: Vec::new(), slot_us, warmup_us }
    }

    /// Tells whether a slot is part of the warm-up.
    #[must_use]
    pub fn is_warmup(&self, slot: usize) -> bool {
        (slot as u64) * self.slot_us < self.warmup_us
    }

    /// Counts a due post; `taken` tells whether the queue had room.
    pub fn offered(&mut self, scheduled_us: u64, taken: bool) {
        self.count(scheduled_us, |counts| {
            counts.offered += 1;
            counts.not_sent += u64::from(!taken);
        });
    }

    /// Records a post with an outcome.
    pub fn answered(&mut self, scheduled_us: u64, sent_us: u64, now_us: u64) {
        let (latency_us, lag_us) =
            (now_us.saturating_sub(scheduled_us), sent_us.saturating_sub(scheduled_us));
        self.count(scheduled_us, |counts| counts.answered += 1);
        if scheduled_us >= self.warmup_us {
            self.latency_us.saturating_record(latency_us);
            self.lag_us.saturating_record(lag_us);
        }
        let slot = self.slot(scheduled_us);
        slot.latency_us.saturating_record(latency_us);
        slot.lag_us.saturating_record(lag_us);
    }

    /// Counts a post without an outcome.
    pub fn failed(&mut self, scheduled_us: u64) {
        self.count(scheduled_us, |counts| counts.errors += 1);
    }

    /// Counts in the whole run and in the slot of `scheduled_us`.
    fn count(&mut self, scheduled_us: u64, count: impl Fn(&mut Counts)) {
        count(&mut self.counts);
        count(&mut self.slot(scheduled_us).counts);
    }

    /// Records the units at a poll.
    pub fn set_units(&mut self, now_us: u64, units: Units) {
        self.slot(now_us).units = Some(units);
    }

    fn slot(&mut self, at_us: u64) -> &mut Slot {
        let at = (at_us / self.slot_us) as usize;
        if self.slots.len() <= at {
            let (latency_us, lag_us) = (histogram(2), histogram(2));
            let empty = Slot { counts: Counts::default(), latency_us, lag_us, units: None };
            self.slots.resize(at + 1, empty);
        }
        self.slots.get_mut(at).expect("the slot exists")
    }
}
