//! The threads of the subscribers: one for each, at a lower priority than the sale.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::stores::Store;
use crate::journal::LogStore;
use crate::subscribers::follow::Follow;
use crate::subscribers::positions::{DurablePositions, SubscriberBoard, SubscriberStatus};
use crate::subscribers::subscriber::Subscriber;
use crate::subscribers::subscriber_loop::SubscriberLoop;

/// The nice value of the threads: they yield to the sale, but not to snapshots.
const NICENESS: i32 = 10;

/// The subscribers of an engine, before their threads run and while they run.
pub(super) struct SubscriberThreads {
    durable: Arc<DurablePositions>,
    board: SubscriberBoard,
    waiting: Vec<SubscriberLoop<Store>>,
    threads: Vec<JoinHandle<()>>,
}

impl SubscriberThreads {
    /// Prepares the subscribers of these journals, whose last durable records are `durable`.
    pub(super) fn new(
        subscribers: Vec<Box<dyn Subscriber>>,
        stores: Vec<Store>,
        durable: impl IntoIterator<Item = u64>,
    ) -> Self {
        let (durable, woken) = DurablePositions::new(durable, subscribers.len());
        let (mut waiting, mut statuses) = (Vec::new(), Vec::new());
        for (subscriber, woken) in subscribers.into_iter().zip(woken) {
            let status = Arc::new(SubscriberStatus::new(subscriber.name(), stores.len()));
            statuses.push(Arc::clone(&status));
            let follow = Follow::new(subscriber, stores.clone(), Arc::clone(&durable), status);
            waiting.push(SubscriberLoop::new(follow, Arc::clone(&durable), woken));
        }
        let sealed_bytes = move |partition: u32, sequence| {
            let store = stores.get(partition as usize);
            // A journal that cannot be listed counts as empty here. The follower reports the failure when it reads.
            store.and_then(|store| store.sealed_bytes(sequence).ok()).unwrap_or(0)
        };
        let board = SubscriberBoard::new(Arc::clone(&durable), statuses, sealed_bytes);
        Self { durable, board, waiting, threads: Vec::new() }
    }

    /// The last durable records, which the journals' tails keep up to date.
    pub(super) fn durable(&self) -> Arc<DurablePositions> {
        Arc::clone(&self.durable)
    }

    /// The status of the subscribers.
    pub(super) fn board(&self) -> SubscriberBoard {
        self.board.clone()
    }

    /// Starts the threads.
    pub(super) fn start(&mut self) -> io::Result<()> {
        for subscriber in self.waiting.drain(..) {
            let thread = std::thread::Builder::new().name(subscriber.name().to_owned());
            self.threads.push(thread.spawn(move || {
                // If the system refuses, the thread runs at normal priority.
                rustix::process::nice(NICENESS).ok();
                subscriber.run();
            })?);
        }
        Ok(())
    }

    /// Waits until each subscriber has applied everything durable, or fails. The journals must have been
    /// finished.
    pub(super) fn finish(self) {
        self.durable.finish();
        for thread in self.threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}
