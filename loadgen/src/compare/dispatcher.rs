//! The dispatcher: releases operations to the connections, at full rate or at a given rate.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::lock::Mutex;

use super::contender::ContenderConnection;
use super::executor::sleep_until;
use super::load::Load;
use crate::clock::Clock;
use crate::error::CommandError;

/// The operations that are yet to be sent.
///
/// Without a rate, each connection has its share of the operations and sends as fast as it is answered. With
/// a rate, there is one queue: the connection that holds it waits for the next operations, takes them and
/// releases the queue. So the instants at which operations are due depend on no answer, and operations that
/// are due while all connections are busy wait, which counts as latency.
pub(super) struct Dispatcher<'a, W> {
    queues: Vec<Mutex<VecDeque<QueuedOperation<W>>>>,
    batch: usize,
    has_rate: bool,
    linger_us: u64,
    stop: &'a AtomicBool,
}

/// An operation, its account, and the microsecond at which it is due.
struct QueuedOperation<W> {
    at_us: u64,
    account: u32,
    prepared: W,
}

/// A request, and its reply.
pub(super) struct AnsweredRequest<R> {
    /// Account of each operation, and the microsecond from which its latency counts.
    pub(super) asked: Vec<(u32, u64)>,
    /// Microsecond at which the reply arrived.
    pub(super) answered_us: u64,
    /// The encoded answers.
    pub(super) reply: R,
}

impl<'a, W> Dispatcher<'a, W> {
    /// Queues the operations.
    pub(super) fn new(load: &Load, stop: &'a AtomicBool, operations: impl Iterator<Item = (u32, W)>) -> Self {
        let apart_us = load.per_s.map_or(0.0, |per_s| 1e6 / per_s);
        let shares = if load.per_s.is_some() { 1 } else { load.connections };
        let mut queues: Vec<VecDeque<QueuedOperation<W>>> = (0..shares).map(|_| VecDeque::new()).collect();
        for ((account, prepared), turn) in operations.zip(0_u32..) {
            let at_us = (f64::from(turn) * apart_us) as u64;
            let share = turn as usize / load.batch % shares;
            if let Some(queue) = queues.get_mut(share) {
                queue.push_back(QueuedOperation { at_us, account, prepared });
            }
        }
        Self {
            queues: queues.into_iter().map(Mutex::new).collect(),
            batch: load.batch,
            has_rate: load.per_s.is_some(),
            linger_us: load.linger_us,
            stop,
        }
    }

    /// Sends requests on one connection until no operation is left.
    pub(super) async fn serve<L: ContenderConnection<Prepared = W>>(
        &self,
        clock: Clock,
        no: usize,
        connection: &mut L,
    ) -> Result<Vec<AnsweredRequest<L::Reply>>, CommandError> {
        let mut served = Vec::new();
        loop {
            let due = self.next(clock, no).await;
            if due.is_empty() {
                return Ok(served);
            }
            let sent_us = clock.us();
            let since_us = |due: &QueuedOperation<W>| if self.has_rate { due.at_us } else { sent_us };
            let asked = due.iter().map(|due| (due.account, since_us(due))).collect();
            let reply = connection.decide(due.into_iter().map(|due| due.prepared)).await?;
            served.push(AnsweredRequest { asked, answered_us: clock.us(), reply });
            if self.stop.load(Ordering::Relaxed) {
                return Err(CommandError::interrupted());
            }
        }
    }

    /// Waits for the operations of the next request; returns none if all were sent.
    async fn next(&self, clock: Clock, no: usize) -> Vec<QueuedOperation<W>> {
        let Some(queue) = self.queues.get(no % self.queues.len()) else { return Vec::new() };
        let mut queue = queue.lock().await;
        let mut count = queue.len().min(self.batch);
        if let (true, Some(first)) = (self.has_rate, queue.front()) {
            // A full request waits no longer.
            let gathered_us = first.at_us + self.linger_us;
            let full_us = queue.get(self.batch - 1).map_or(gathered_us, |last| last.at_us);
            sleep_until(clock, gathered_us.min(full_us)).await;
            let now_us = clock.us();
            count = queue.iter().take(count).take_while(|due| due.at_us <= now_us).count();
        }
        queue.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::compare::contender::Answer;
    use crate::compare::executor::block_on_with;

    /// Replies with the operations.
    struct Echo;

    impl ContenderConnection for Echo {
        type Prepared = u32;
        type Reply = Vec<u32>;

        async fn decide(
            &mut self,
            asked: impl ExactSizeIterator<Item = u32>,
        ) -> Result<Vec<u32>, CommandError> {
            Ok(asked.collect())
        }

        fn read(_: Vec<u32>) -> Result<Vec<Answer>, CommandError> {
            Ok(Vec::new())
        }
    }

    /// Returns for each of two connections its requests: the operations, and from when each latency counts.
    fn served(load: &Load) -> Vec<Vec<(Vec<u32>, Vec<u64>)>> {
        let stop = AtomicBool::new(false);
        let dispatcher = Dispatcher::new(load, &stop, (0..8).map(|no| (no, no)));
        let clock = Clock::start();
        let mut connections = [Echo, Echo];
        let connections = connections
            .iter_mut()
            .enumerate()
            .map(|(no, connection)| dispatcher.serve(clock, no, connection));
        let since = |served: AnsweredRequest<Vec<u32>>| {
            (served.reply, served.asked.into_iter().map(|(_, since_us)| since_us).collect())
        };
        let served = block_on_with(clock, join_all(connections));
        served.into_iter().map(|connection| connection.unwrap().into_iter().map(since).collect()).collect()
    }

    #[test]
    fn without_a_rate_every_connection_has_its_share_in_whole_requests() {
        let requests = served(&Load { connections: 2, batch: 3, per_s: None, linger_us: 0 });
        let asked: Vec<Vec<Vec<u32>>> = requests
            .into_iter()
            .map(|connection| connection.into_iter().map(|(asked, _)| asked).collect())
            .collect();
        assert_eq!(asked, [vec![vec![0, 1, 2], vec![6, 7]], vec![vec![3, 4, 5]]]);
    }

    #[test]
    fn with_a_rate_every_operation_is_sent_once_and_counts_from_the_instant_at_which_it_was_due() {
        // A thousand a second: one each millisecond. Even with an hour to linger, full requests leave at
        // once.
        for (batch, linger_us) in [(1, 3_600_000_000), (2, 3_600_000_000), (3, 0)] {
            let requests = served(&Load { connections: 2, batch, per_s: Some(1000.0), linger_us });
            let mut all: Vec<(u32, u64)> = Vec::new();
            for (asked, since_us) in requests.into_iter().flatten() {
                assert!(asked.len() <= batch, "{asked:?}");
                all.extend(asked.into_iter().zip(since_us));
            }
            all.sort_unstable();
            assert_eq!(all, (0..8).map(|no| (no, u64::from(no) * 1000)).collect::<Vec<_>>());
        }
    }
}
