//! What is measured while a run goes on: histograms of the whole, and one slot for each stretch of time.

use hdrhistogram::Histogram;

/// What lasts longer is counted as that long, in microseconds.
const LONGEST_US: u64 = 600_000_000;

/// Slots at most; a longer run has longer ones.
const SLOTS_MAX: u64 = 600;

/// A stretch of time; posts belong to the one in which they were scheduled.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its posts.
    pub counts: Counts,
    /// From the scheduled instant to the outcome, in microseconds.
    pub latency_us: Histogram<u32>,
    /// From the scheduled instant to the sending, in microseconds.
    pub lag_us: Histogram<u32>,
    /// Units of all offers when last looked at within the slot: available, reserved, sold, and claims in line.
    pub units: Option<Units>,
}

/// Units of all offers together, and those sold of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    /// Free.
    pub available: u64,
    /// Kept for somebody.
    pub reserved: u64,
    /// Paid for.
    pub sold: u64,
    /// Claims in line.
    pub waiting: u64,
    /// Paid for, by offer.
    pub sold_of: Vec<u64>,
}

/// Counts of posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Posts that were due.
    pub offered: u64,
    /// Posts that got an outcome.
    pub answered: u64,
    /// Posts that found no free connection.
    pub not_sent: u64,
    /// Posts without an outcome.
    pub errors: u64,
}

/// All that was measured.
#[derive(Debug, Clone)]
pub struct Record {
    /// Of the whole run, warm-up included.
    pub counts: Counts,
    /// From the scheduled instant to the outcome, in microseconds, without the warm-up.
    pub latency_us: Histogram<u64>,
    /// From the scheduled instant to the sending, in microseconds, without the warm-up.
    pub lag_us: Histogram<u64>,
    /// The stretches of time.
    pub slots: Vec<Slot>,
    /// How long each is, in microseconds.
    pub slot_us: u64,
    warmup_us: u64,
}

/// An empty histogram of lengths of time in microseconds, with so many digits.
pub(crate) fn histogram<T: hdrhistogram::Counter>(digits: u8) -> Histogram<T> {
    Histogram::new_with_max(LONGEST_US, digits).expect("the bounds are sound")
}

impl Record {
    /// An empty record of a run of about `span_us` of which the first `warmup_us` count in no percentile.
    #[must_use]
    pub fn new(span_us: u64, warmup_us: u64) -> Self {
        let slot_us = span_us.div_ceil(SLOTS_MAX).next_multiple_of(1_000_000).max(1_000_000);
        let (latency_us, lag_us) = (histogram(3), histogram(3));
        Self { counts: Counts::default(), latency_us, lag_us, slots: Vec::new(), slot_us, warmup_us }
    }

    /// Whether a slot is part of the warm-up.
    #[must_use]
    pub fn is_warmup(&self, slot: usize) -> bool {
        (slot as u64) * self.slot_us < self.warmup_us
    }

    /// So many posts that were scheduled then were offered to a connection; `taken` says whether there was one.
    pub fn offered(&mut self, scheduled_us: u64, taken: bool) {
        self.count(scheduled_us, |counts| {
            counts.offered += 1;
            counts.not_sent += u64::from(!taken);
        });
    }

    /// A post that was scheduled then got its outcome.
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

    /// A post that was scheduled then is without an outcome.
    pub fn failed(&mut self, scheduled_us: u64) {
        self.count(scheduled_us, |counts| counts.errors += 1);
    }

    /// Counts for the whole run and for the slot of that time.
    fn count(&mut self, scheduled_us: u64, count: impl Fn(&mut Counts)) {
        count(&mut self.counts);
        count(&mut self.slot(scheduled_us).counts);
    }

    /// Units as they stand at that time.
    pub fn stood(&mut self, now_us: u64, units: Units) {
        self.slot(now_us).units = Some(units);
    }

    fn slot(&mut self, at_us: u64) -> &mut Slot {
        let at = (at_us / self.slot_us) as usize;
        if self.slots.len() <= at {
            let (latency_us, lag_us) = (histogram(2), histogram(2));
            let empty = Slot { counts: Counts::default(), latency_us, lag_us, units: None };
            self.slots.resize(at + 1, empty);
        }
        self.slots.get_mut(at).expect("it was just made")
    }
}
