//! One run of a workload against a contender: every operation is sent and answered, and the unit counts are
//! read.
//!
//! Claims come first, then the confirmations of the winners. Requests are encoded before the clock starts and
//! answers are decoded after it has stopped, so that only the contender and its transport are measured.

use std::sync::atomic::AtomicBool;
use std::sync::{Barrier, OnceLock};

use futures_util::future::join_all;
use hdrhistogram::Histogram;

use super::contender::{Answer, Contender, ContenderConnection, UnitCounts};
use super::dispatcher::{AnsweredRequest, Dispatcher};
use super::executor::block_on_with;
use super::load::Load;
use super::workload::{Operation, Workload};
use crate::clock::Clock;
use crate::error::CommandError;
use crate::measurements::histogram;

/// The result of a workload. Durations are in microseconds.
#[derive(Debug, Clone)]
pub struct WorkloadResult {
    /// Number of answered operations.
    pub decisions: u64,
    /// Time from the first request to the last answer.
    pub took_us: u64,
    /// Latency of winning operations: from the sending of the request, or with a rate from the instant it was
    /// due.
    pub won_us: Histogram<u64>,
    /// Latency of refused operations.
    pub refused_us: Histogram<u64>,
    /// Input of the audit.
    pub counts: AnswerCounts,
}

/// Counts of answers and units, for the audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// Claims that were answered with a reservation.
    pub reserved: u64,
    /// Confirmations that were answered with a sale.
    pub confirmed: u64,
    /// Accounts with more than one reservation.
    pub repeat_winners: u64,
    /// Accounts with at least one claim.
    pub claimants: u64,
    /// Unit counts of the contender at the end.
    pub units: UnitCounts,
}

/// An answer, its account and its latency.
struct TimedAnswer {
    account: u32,
    answer: Answer,
    took_us: u64,
}

/// Runs a workload against a contender.
pub(super) fn run_workload<C: Contender>(
    contender: &C,
    work: Workload,
    load: &Load,
    seed: u64,
    stop: &AtomicBool,
) -> Result<WorkloadResult, CommandError> {
    let claims = work.claims(seed);
    let mut connections =
        (0..load.connections).map(|_| contender.connect()).collect::<Result<Vec<_>, _>>()?;
    let mut result = WorkloadResult {
        decisions: 0,
        took_us: 0,
        won_us: histogram(3),
        refused_us: histogram(3),
        counts: AnswerCounts::default(),
    };
    let mut units = vec![0_u32; work.accounts as usize];
    let mut winners = Vec::new();
    for timed in phase(contender, &mut connections, &claims, load, stop, &mut result)? {
        if timed.answer == Answer::Reserved {
            winners.push(timed.account);
            if let Some(units) = units.get_mut(timed.account as usize) {
                *units += 1;
            }
        }
    }
    result.counts.reserved = winners.len() as u64;
    result.counts.repeat_winners = units.iter().filter(|units| **units > 1).count() as u64;
    result.counts.claimants = claimants(&work, &claims);
    let confirmations: Vec<Operation> = winners.into_iter().map(Workload::confirmation).collect();
    let confirmed = phase(contender, &mut connections, &confirmations, load, stop, &mut result)?;
    result.counts.confirmed =
        confirmed.iter().filter(|timed| timed.answer == Answer::Confirmed).count() as u64;
    result.counts.units = contender.unit_counts()?;
    Ok(result)
}

fn claimants(work: &Workload, claims: &[Operation]) -> u64 {
    let mut seen = vec![false; work.accounts as usize];
    for claim in claims {
        if let Some(seen) = seen.get_mut(claim.account as usize) {
            *seen = true;
        }
    }
    seen.into_iter().filter(|seen| *seen).count() as u64
}

/// Sends all operations of a phase and waits for the answers.
fn phase<C: Contender>(
    contender: &C,
    connections: &mut [C::Connection],
    operations: &[Operation],
    load: &Load,
    stop: &AtomicBool,
    result: &mut WorkloadResult,
) -> Result<Vec<TimedAnswer>, CommandError> {
    let dispatcher = Dispatcher::new(
        load,
        stop,
        operations.iter().map(|operation| (operation.account, contender.write(operation))),
    );
    let served = if C::ASYNC {
        let clock = Clock::start();
        block_on_with(
            clock,
            join_all(
                connections
                    .iter_mut()
                    .enumerate()
                    .map(|(no, connection)| dispatcher.serve(clock, no, connection)),
            ),
        )
    } else {
        on_threads(&dispatcher, connections)
    };
    let mut timed = Vec::with_capacity(operations.len());
    let mut ended_us = 0;
    for served in served.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        ended_us = ended_us.max(served.answered_us);
        let answers = C::Connection::read(served.reply)?;
        if answers.len() != served.asked.len() {
            return Err(CommandError::unavailable("a request was not answered in full"));
        }
        timed.extend(served.asked.into_iter().zip(answers).map(|((account, since_us), answer)| {
            TimedAnswer { account, answer, took_us: served.answered_us.saturating_sub(since_us) }
        }));
    }
    for TimedAnswer { answer, took_us, .. } in &timed {
        let won = matches!(answer, Answer::Reserved | Answer::Confirmed);
        let histogram = if won { &mut result.won_us } else { &mut result.refused_us };
        histogram.saturating_record(*took_us);
    }
    result.decisions += timed.len() as u64;
    result.took_us += ended_us;
    Ok(timed)
}

/// Serves each connection on a separate thread.
fn on_threads<L: ContenderConnection>(
    dispatcher: &Dispatcher<'_, L::Prepared>,
    connections: &mut [L],
) -> Vec<Result<Vec<AnsweredRequest<L::Reply>>, CommandError>> {
    // The clock starts when the last thread is ready.
    let (ready, clock) = (&Barrier::new(connections.len()), &OnceLock::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .iter_mut()
            .enumerate()
            .map(|(no, connection)| {
                scope.spawn(move || {
                    ready.wait();
                    let clock = *clock.get_or_init(Clock::start);
                    block_on_with(clock, dispatcher.serve(clock, no, connection))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a connection does not panic")).collect()
    })
}
