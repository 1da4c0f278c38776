//! The state that the threads of a run share.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::measurements::Record;
use crate::population::Population;

/// The shared state.
pub(super) struct RunState<'a> {
    pub(super) population: &'a Population,
    pub(super) clock: Clock,
    pub(super) record: Mutex<Record>,
    pub(super) ledger: Mutex<Ledger>,
    /// The first failure of a request, in words.
    pub(super) failure: Mutex<Option<String>>,
    /// Whether every scheduled post has been released, and no reaction is pending.
    pub(super) idle: AtomicBool,
    /// Microsecond at which the time to settle is over.
    pub(super) ends_us: u64,
    /// Number of requests that are queued or in flight.
    pub(super) open: AtomicUsize,
    /// Set by a signal: no further post is sent.
    pub(super) stop: &'a AtomicBool,
    /// Whether the run is over.
    pub(super) over: AtomicBool,
}

impl RunState<'_> {
    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().expect("no panic is survived")
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no panic is survived")
    }
}
