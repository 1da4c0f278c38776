//! One run of a workload against a contender: every operation is sent and answered, and the unit counts are read.
//!
//! Claims come first, then the confirmations of the winners. Requests are encoded before the clock starts and answers are
//! decoded after it has stopped, so that only the contender and its transport are measured.

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
    /// Latency of winning operations: from the sending of the request, or with a rate from the instant it was due.
    pub won_us: Histogram<u64>,
    /// Latency of refused operations.
    pub refused_us: Histogram<u64>,
    /// Input of the audit.
    pub tally: AnswerCounts,
}

/// Counts of answers and units, for the audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// Claims that were answered with a reservation.
    pub reserved: u64,
    /// Confirmations that were answered with a sale.
    pub confirmed: u64,
    /// Accounts with more than one reservation.
    pub told_twice: u64,
    /// Accounts with at least one claim.
    pub claimants: u64,
    /// Unit counts of the contender at the end.
    pub books: UnitCounts,
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
    let mut lines = (0..load.connections).map(|_| contender.line()).collect::<Result<Vec<_>, _>>()?;
    let mut result = WorkloadResult {
        decisions: 0,
        took_us: 0,
        won_us: histogram(3),
        refused_us: histogram(3),
        tally: AnswerCounts::default(),
    };
    let mut units = vec![0_u32; work.accounts as usize];
    let mut winners = Vec::new();
    for told in phase(contender, &mut lines, &claims, load, stop, &mut result)? {
        if told.answer == Answer::Reserved {
            winners.push(told.account);
            if let Some(units) = units.get_mut(told.account as usize) {
                *units += 1;
            }
        }
    }
    result.tally.reserved = winners.len() as u64;
    result.tally.told_twice = units.iter().filter(|units| **units > 1).count() as u64;
    result.tally.claimants = claimants(&work, &claims);
    let confirmations: Vec<Operation> = winners.into_iter().map(Workload::confirmation).collect();
    let told = phase(contender, &mut lines, &confirmations, load, stop, &mut result)?;
    result.tally.confirmed = told.iter().filter(|told| told.answer == Answer::Confirmed).count() as u64;
    result.tally.books = contender.books()?;
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
    lines: &mut [C::Connection],
    operations: &[Operation],
    load: &Load,
    stop: &AtomicBool,
    result: &mut WorkloadResult,
) -> Result<Vec<TimedAnswer>, CommandError> {
    let dispatcher =
        Dispatcher::new(load, stop, operations.iter().map(|ask| (ask.account, contender.write(ask))));
    let served = if C::TASKS {
        let clock = Clock::start();
        block_on_with(
            clock,
            join_all(lines.iter_mut().enumerate().map(|(no, line)| dispatcher.serve(clock, no, line))),
        )
    } else {
        on_threads(&dispatcher, lines)
    };
    let mut told = Vec::with_capacity(operations.len());
    let mut ended_us = 0;
    for served in served.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        ended_us = ended_us.max(served.answered_us);
        let answers = C::Connection::read(served.reply)?;
        if answers.len() != served.asked.len() {
            return Err(CommandError::unavailable("a request was not answered in full"));
        }
        told.extend(served.asked.into_iter().zip(answers).map(|((account, since_us), answer)| TimedAnswer {
            account,
            answer,
            took_us: served.answered_us.saturating_sub(since_us),
        }));
    }
    for TimedAnswer { answer, took_us, .. } in &told {
        let won = matches!(answer, Answer::Reserved | Answer::Confirmed);
        let histogram = if won { &mut result.won_us } else { &mut result.refused_us };
        histogram.saturating_record(*took_us);
    }
    result.decisions += told.len() as u64;
    result.took_us += ended_us;
    Ok(told)
}

/// Serves each connection on a separate thread.
fn on_threads<L: ContenderConnection>(
    dispatcher: &Dispatcher<'_, L::Prepared>,
    lines: &mut [L],
) -> Vec<Result<Vec<AnsweredRequest<L::Reply>>, CommandError>> {
    // The clock starts when the last thread is ready.
    let (ready, clock) = (&Barrier::new(lines.len()), &OnceLock::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = lines
            .iter_mut()
            .enumerate()
            .map(|(no, line)| {
                scope.spawn(move || {
                    ready.wait();
                    let clock = *clock.get_or_init(Clock::start);
                    block_on_with(clock, dispatcher.serve(clock, no, line))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a connection does not panic")).collect()
    })
}
