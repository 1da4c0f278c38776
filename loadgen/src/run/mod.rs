//! A run: the pacing thread, the sender threads, and the monitor of the offers.

mod monitor;
mod offers;
mod sender;
mod state;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use self::monitor::Monitor;
pub use self::monitor::{Progress, ProgressView};
pub use self::offers::offer_states;
use self::state::RunState;
use crate::clock::Clock;
use crate::error::CommandError;
use crate::ledger::Ledger;
use crate::measurements::Record;
use crate::pacer::{Batch, Pacer, Reaction};
use crate::population::Population;
use crate::scenario::Scenario;
use crate::schedule::Schedule;
use crate::target::{OfferState, Target};

/// Microseconds after which the pacing thread polls for reactions at the latest.
const POLL_US: u64 = 1_000;

/// Upper bound on the reactions queued for the pacing thread.
const REACTIONS_MAX: usize = 65_536;

/// The result of a run.
#[derive(Debug)]
pub struct RunResult {
    /// Measurements of the posts.
    pub record: Record,
    /// Answers that the generator received.
    pub ledger: Ledger,
    /// Offers before the first post, in the scenario's order.
    pub before: Vec<OfferState>,
    /// The first failure of a request, in words.
    pub failure: Option<String>,
    /// Beginning, in Unix milliseconds.
    pub began_at_ms: i64,
    /// Whether a signal ended it before its plan.
    pub interrupted: bool,
    /// Duration in microseconds.
    pub took_us: u64,
}

/// Plays the scenario against the server. `stop` ends it early; `watch` shows its progress.
///
/// # Errors
/// If the server lacks one of the scenario's offers, or cannot be reached during the run.
pub fn run(
    scenario: &Scenario,
    population: &Population,
    target: &Target,
    stop: &AtomicBool,
    watch: &mut dyn ProgressView,
) -> Result<RunResult, CommandError> {
    let before = offer_states(scenario, target)?;
    let span_ms = scenario.curve().map_err(|fault| CommandError::data(fault.to_string()))?.span_ms();
    let clock = Clock::start();
    let schedule = Schedule::new(scenario, population, clock.started_at_ms())
        .map_err(|fault| CommandError::data(fault.to_string()))?;
    let pacer = Pacer::new(population, schedule, clock.started_at_ms(), scenario.sending);
    let ends_us = span_ms * 1000 + (scenario.settle_s * 1e6) as u64;
    let shared = RunState {
        population,
        clock,
        record: Mutex::new(Record::new(ends_us, (scenario.warmup_s * 1e6) as u64)),
        ledger: Mutex::new(Ledger::new(scenario.offers.len())),
        failure: Mutex::new(None),
        idle: AtomicBool::new(false),
        ends_us,
        open: AtomicUsize::new(0),
        stop,
        over: AtomicBool::new(false),
    };
    let watched = std::thread::scope(|scope| {
        let (batches, queue) = bounded(scenario.sending.queue);
        let (reactions, expected) = bounded(REACTIONS_MAX);
        for _ in 0..scenario.sending.connections {
            let (queue, reactions) = (queue.clone(), reactions.clone());
            let (shared, target) = (&shared, target.reconnected());
            scope.spawn(move || sender::send(shared, &target, &queue, &reactions));
        }
        let pacing = &shared;
        scope.spawn(move || pace(pacing, pacer, &batches, &expected));
        let mut monitor = Monitor::new(scenario, &shared, target, reactions);
        let watched = monitor.watch(watch);
        shared.over.store(true, Ordering::Release);
        watched
    });
    watched?;
    let took_us = clock.us();
    let RunState { record, ledger, failure, .. } = shared;
    Ok(RunResult {
        record: record.into_inner().expect("no panic is survived"),
        ledger: ledger.into_inner().expect("no panic is survived"),
        failure: failure.into_inner().expect("no panic is survived"),
        before,
        began_at_ms: clock.started_at_ms(),
        interrupted: stop.load(Ordering::Acquire),
        took_us,
    })
}

/// Runs the pacing thread, which never blocks: it drops a request that finds the queue full.
fn pace(shared: &RunState<'_>, mut pacer: Pacer<'_>, batches: &Sender<Batch>, expected: &Receiver<Reaction>) {
    while !shared.over.load(Ordering::Acquire) {
        expected.try_iter().for_each(|reaction| pacer.add_reaction(reaction));
        if shared.stop.load(Ordering::Acquire) {
            return;
        }
        while let Some(batch) = pacer.next_batch(shared.clock.us()) {
            offer(shared, batches, batch);
        }
        shared.idle.store(pacer.is_idle(), Ordering::Release);
        let wake_us = pacer.wake_us().unwrap_or(u64::MAX);
        shared.clock.sleep_until(wake_us, POLL_US);
    }
}

fn offer(shared: &RunState<'_>, batches: &Sender<Batch>, batch: Batch) {
    let scheduled: Vec<u64> = batch.posts.iter().map(|post| post.scheduled_us).collect();
    shared.open.fetch_add(1, Ordering::AcqRel);
    let taken = match batches.try_send(batch) {
        Ok(()) => true,
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
            shared.open.fetch_sub(1, Ordering::AcqRel);
            false
        }
    };
    let mut record = shared.record();
    scheduled.into_iter().for_each(|scheduled_us| record.offered(scheduled_us, taken));
}
