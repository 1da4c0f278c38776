//! One contender, one work: everything is asked, everything answered, and the books are looked at.
//!
//! Claims come first, then the confirmations of those who won. What is asked is written down before the clock runs,
//! and the answers are read after it has stopped, so that what is measured is the contender, and the way to it.

use std::sync::atomic::AtomicBool;
use std::sync::{Barrier, OnceLock};

use futures_util::future::join_all;
use hdrhistogram::Histogram;

use super::contender::{Answer, Books, Contender, Line};
use super::desk::{Desk, Served};
use super::tasks::run_by;
use super::work::{Ask, Work};
use crate::clock::Clock;
use crate::fail::Fail;
use crate::measure::histogram;

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Connections, each with one request under way.
    pub lines: usize,
    /// Questions of a request at most.
    pub batch: usize,
    /// Questions a second; without it, as many as are answered.
    pub per_s: Option<f64>,
    /// How long a request waits for more questions, where there is a pace, in microseconds.
    pub gather_us: u64,
}

impl Pace {
    /// The same with one question in a request.
    pub(super) fn one_by_one(&self) -> Self {
        Self { batch: 1, ..*self }
    }
}

/// What came of it. Lengths of time are microseconds.
#[derive(Debug, Clone)]
pub struct Raced {
    /// Questions that were answered.
    pub decisions: u64,
    /// How long it took, from the first question to the last answer.
    pub took_us: u64,
    /// From the sending of a request to its answers; with a pace, from the instant when a question was due.
    pub won_us: Histogram<u64>,
    /// The same of those who were refused.
    pub refused_us: Histogram<u64>,
    /// What was answered, and what the books say.
    pub tally: Tally,
}

/// What was answered, and what the books say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Claims that were told of a unit.
    pub reserved: u64,
    /// Confirmations that were told of a sale.
    pub confirmed: u64,
    /// Accounts that were told of more than one unit.
    pub told_twice: u64,
    /// Accounts that claimed.
    pub claimants: u64,
    /// The books in the end.
    pub books: Books,
}

/// An answer, whose, and how long it took.
struct Told {
    account: u32,
    answer: Answer,
    took_us: u64,
}

/// Asks a contender all of a work.
pub(super) fn race<C: Contender>(
    contender: &C,
    work: Work,
    pace: &Pace,
    seed: u64,
    stop: &AtomicBool,
) -> Result<Raced, Fail> {
    let claims = work.claims(seed);
    let mut lines = (0..pace.lines).map(|_| contender.line()).collect::<Result<Vec<_>, _>>()?;
    let mut raced = Raced {
        decisions: 0,
        took_us: 0,
        won_us: histogram(3),
        refused_us: histogram(3),
        tally: Tally::default(),
    };
    let mut units = vec![0_u32; work.accounts as usize];
    let mut winners = Vec::new();
    for told in phase(contender, &mut lines, &claims, pace, stop, &mut raced)? {
        if told.answer == Answer::Reserved {
            winners.push(told.account);
            if let Some(units) = units.get_mut(told.account as usize) {
                *units += 1;
            }
        }
    }
    raced.tally.reserved = winners.len() as u64;
    raced.tally.told_twice = units.iter().filter(|units| **units > 1).count() as u64;
    raced.tally.claimants = claimants(&work, &claims);
    let confirmations: Vec<Ask> = winners.into_iter().map(Work::confirmation).collect();
    let told = phase(contender, &mut lines, &confirmations, pace, stop, &mut raced)?;
    raced.tally.confirmed = told.iter().filter(|told| told.answer == Answer::Confirmed).count() as u64;
    raced.tally.books = contender.books()?;
    Ok(raced)
}

fn claimants(work: &Work, claims: &[Ask]) -> u64 {
    let mut seen = vec![false; work.accounts as usize];
    for claim in claims {
        if let Some(seen) = seen.get_mut(claim.account as usize) {
            *seen = true;
        }
    }
    seen.into_iter().filter(|seen| *seen).count() as u64
}

/// Asks all of that and waits for the answers.
fn phase<C: Contender>(
    contender: &C,
    lines: &mut [C::Line],
    asks: &[Ask],
    pace: &Pace,
    stop: &AtomicBool,
    raced: &mut Raced,
) -> Result<Vec<Told>, Fail> {
    let desk = Desk::new(pace, stop, asks.iter().map(|ask| (ask.account, contender.write(ask))));
    let served = if C::TASKS {
        let clock = Clock::start();
        run_by(clock, join_all(lines.iter_mut().enumerate().map(|(no, line)| desk.serve(clock, no, line))))
    } else {
        on_threads(&desk, lines)
    };
    let mut told = Vec::with_capacity(asks.len());
    let mut ended_us = 0;
    for served in served.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        ended_us = ended_us.max(served.answered_us);
        let answers = C::Line::read(served.reply)?;
        if answers.len() != served.asked.len() {
            return Err(Fail::unavailable("a request was not answered in full"));
        }
        told.extend(served.asked.into_iter().zip(answers).map(|((account, since_us), answer)| Told {
            account,
            answer,
            took_us: served.answered_us.saturating_sub(since_us),
        }));
    }
    for Told { answer, took_us, .. } in &told {
        let won = matches!(answer, Answer::Reserved | Answer::Confirmed);
        let histogram = if won { &mut raced.won_us } else { &mut raced.refused_us };
        histogram.saturating_record(*took_us);
    }
    raced.decisions += told.len() as u64;
    raced.took_us += ended_us;
    Ok(told)
}

/// Serves every line on a thread of its own.
fn on_threads<L: Line>(
    desk: &Desk<'_, L::Written>,
    lines: &mut [L],
) -> Vec<Result<Vec<Served<L::Reply>>, Fail>> {
    // Time begins when the last thread is ready.
    let (ready, clock) = (&Barrier::new(lines.len()), &OnceLock::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = lines
            .iter_mut()
            .enumerate()
            .map(|(no, line)| {
                scope.spawn(move || {
                    ready.wait();
                    let clock = *clock.get_or_init(Clock::start);
                    run_by(clock, desk.serve(clock, no, line))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a line does not panic")).collect()
    })
}
