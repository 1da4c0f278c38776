//! The desk: hands out to the lines what they ask next, at the pace that is wanted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::lock::Mutex;

use super::contender::Line;
use super::race::Pace;
use super::tasks::until;
use crate::clock::Clock;
use crate::fail::Fail;

/// What is to be asked, and by when.
///
/// Without a pace every line has its share, and asks as fast as it is answered. With one there is a single queue: the
/// line that has it waits for what is due next, takes it and lets go of the queue. So the instants at which questions
/// are due depend on no answer, and what is due while all lines are busy waits, and grows older.
pub(super) struct Desk<'a, W> {
    queues: Vec<Mutex<VecDeque<Due<W>>>>,
    batch: usize,
    paced: bool,
    gather_us: u64,
    stop: &'a AtomicBool,
}

/// A question, whose, and from when on it is asked, in microseconds.
struct Due<W> {
    at_us: u64,
    account: u32,
    written: W,
}

/// A request that was answered.
pub(super) struct Served<R> {
    /// Who asked, and since when the answer is waited for.
    pub(super) asked: Vec<(u32, u64)>,
    /// When it was answered.
    pub(super) answered_us: u64,
    /// The answers.
    pub(super) reply: R,
}

impl<'a, W> Desk<'a, W> {
    /// A desk for these questions.
    pub(super) fn new(pace: &Pace, stop: &'a AtomicBool, asks: impl Iterator<Item = (u32, W)>) -> Self {
        let apart_us = pace.per_s.map_or(0.0, |per_s| 1e6 / per_s);
        let shares = if pace.per_s.is_some() { 1 } else { pace.lines };
        let mut queues: Vec<VecDeque<Due<W>>> = (0..shares).map(|_| VecDeque::new()).collect();
        for ((account, written), turn) in asks.zip(0_u32..) {
            let at_us = (f64::from(turn) * apart_us) as u64;
            let share = turn as usize / pace.batch % shares;
            if let Some(queue) = queues.get_mut(share) {
                queue.push_back(Due { at_us, account, written });
            }
        }
        Self {
            queues: queues.into_iter().map(Mutex::new).collect(),
            batch: pace.batch,
            paced: pace.per_s.is_some(),
            gather_us: pace.gather_us,
            stop,
        }
    }

    /// Lets a line ask until nothing is left to ask.
    pub(super) async fn serve<L: Line<Written = W>>(
        &self,
        clock: Clock,
        no: usize,
        line: &mut L,
    ) -> Result<Vec<Served<L::Reply>>, Fail> {
        let mut served = Vec::new();
        loop {
            let due = self.next(clock, no).await;
            if due.is_empty() {
                return Ok(served);
            }
            let sent_us = clock.us();
            let since_us = |due: &Due<W>| if self.paced { due.at_us } else { sent_us };
            let asked = due.iter().map(|due| (due.account, since_us(due))).collect();
            let reply = line.decide(due.into_iter().map(|due| due.written).collect()).await?;
            served.push(Served { asked, answered_us: clock.us(), reply });
            if self.stop.load(Ordering::Relaxed) {
                return Err(Fail::interrupted());
            }
        }
    }

    /// Waits for what is due next; nothing if that was all.
    async fn next(&self, clock: Clock, no: usize) -> Vec<Due<W>> {
        let Some(queue) = self.queues.get(no % self.queues.len()) else { return Vec::new() };
        let mut queue = queue.lock().await;
        let mut count = queue.len().min(self.batch);
        if self.paced && count > 0 {
            let first_us = queue.front().map_or(0, |due| due.at_us);
            until(clock, first_us + self.gather_us).await;
            let now_us = clock.us();
            count = queue.iter().take(count).take_while(|due| due.at_us <= now_us).count();
        }
        queue.drain(..count).collect()
    }
}
