//! Tells when the disk makes a journal wait. Buyers wait for each group, so a slow disk is a slow sale.

use std::io;

use crate::clock::Clock;
use crate::journal::{Batch, Error, Log, Options};
use crate::telemetry::log_gate::{LogGate, Since};
use crate::telemetry::slow_appends;

/// The longest time, in microseconds, that a write and its sync take on a disk that is not slow.
const BOUND_US: u64 = 500_000;

/// A log whose appends are timed.
pub(super) struct TimedLog<L> {
    log: L,
    clock: Clock,
    gate: LogGate,
}

impl<L: Log> TimedLog<L> {
    pub(super) fn new(log: L, clock: Clock) -> Self {
        Self { log, clock, gate: LogGate::default() }
    }

    /// Runs an append; counts and tells if it took too long.
    fn timed(&mut self, append: impl FnOnce(&mut L) -> Result<(), Error>) -> Result<(), Error> {
        let began_us = self.clock.elapsed_us();
        let appended = append(&mut self.log);
        let took_us = self.clock.elapsed_us().saturating_sub(began_us);
        if took_us >= BOUND_US {
            slow_appends().increment(1);
            if let Some(Since { more }) = self.gate.admit(self.clock.now()) {
                let (journal, took_ms) = (self.log.partition(), took_us / 1000);
                tracing::warn!(
                    journal,
                    took_ms,
                    more,
                    "the disk is slow: answers wait for a write and its sync"
                );
            }
        }
        appended
    }
}

impl<L: Log> Log for TimedLog<L> {
    fn partition(&self) -> u32 {
        self.log.partition()
    }

    fn options(&self) -> &Options {
        self.log.options()
    }

    fn next_sequence(&self) -> u64 {
        self.log.next_sequence()
    }

    fn durable_sequence(&self) -> u64 {
        self.log.durable_sequence()
    }

    fn on_sealed(&mut self, notify: Box<dyn Fn() + Send>) {
        self.log.on_sealed(notify);
    }

    fn prepare_ahead(&mut self) -> io::Result<()> {
        self.log.prepare_ahead()
    }

    fn append_group<'b, B>(&mut self, batches: B) -> Result<(), Error>
    where
        B: IntoIterator<Item = &'b Batch>,
        B::IntoIter: Clone,
    {
        self.timed(|log| log.append_group(batches))
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.timed(Log::finish)
    }
}
