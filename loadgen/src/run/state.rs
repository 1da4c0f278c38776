//! The state that the threads of a run share.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::measurements::Record;
use crate::population::Population;

/// What the threads share.
pub(super) struct RunState<'a> {
    pub(super) population: &'a Population,
    pub(super) clock: Clock,
    pub(super) record: Mutex<Record>,
    pub(super) ledger: Mutex<Ledger>,
    /// The first failure of a request, in words.
    pub(super) failure: Mutex<Option<String>>,
    /// Every scheduled post has been released, and no reaction is due.
    pub(super) idle: AtomicBool,
    /// When the sale has had its time to come to rest, in microseconds.
    pub(super) ends_us: u64,
    /// Requests that are queued or under way.
    pub(super) open: AtomicUsize,
    /// Nothing more is to be sent, because somebody said so.
    pub(super) stop: &'a AtomicBool,
    /// The run is over.
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
