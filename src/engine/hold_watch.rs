//! Watches over the money that the card processor holds and that is not captured.

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::card_processor::CardProcessor;
use crate::clock::Clock;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::OpsDatabase;

/// The pause between two passes.
const REST: Millis = Millis::from_secs(30);

/// How long a stop waits for the processor's answer, and how often it looks.
const STOP_MOST: Millis = Millis::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The running thread.
pub(super) struct HoldWatch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Work {
    processor: CardProcessor,
    database: OpsDatabase,
    clock: Clock,
}

impl Work {
    fn run(&self, stopping: &Receiver<()>) {
        loop {
            let now = self.clock.now();
            let CardProcessor { api, http, holds, .. } = &self.processor;
            holds.watch(api, &**http, now);
            self.store(now);
            if stopping.recv_timeout(REST.std()) != Err(RecvTimeoutError::Timeout) {
                return self.store(self.clock.now());
            }
        }
    }

    fn store(&self, now: Timestamp) {
        if let Err(error) = self.processor.holds.store(&self.database, now) {
            tracing::error!("until when money is held cannot be stored, so a restart forgets it: {error}");
        }
    }
}

impl HoldWatch {
    /// Begins to watch.
    pub(super) fn start(processor: CardProcessor, database: OpsDatabase, clock: Clock) -> io::Result<Self> {
        let (stop, stopping) = bounded(1);
        let work = Work { processor, database, clock };
        let thread = Builder::new().name("hold-watch".to_owned()).spawn(move || work.run(&stopping))?;
        Ok(Self { stop, thread })
    }

    /// Ends it once nothing is captured any more. What it knows is stored, unless the processor does not answer.
    pub(super) async fn stop(self) {
        drop(self.stop);
        let ended = async {
            while !self.thread.is_finished() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(STOP_MOST.std(), ended).await.ok();
    }
}
