//! Watches over the money that the card processor holds and that is not captured.

use std::io;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::card_processor::CardProcessor;
use super::side_thread::SideThread;
use crate::clock::Clock;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::OpsDatabase;

/// The pause between two passes.
const REST: Millis = Millis::from_secs(30);

/// The running thread.
pub(super) struct HoldWatch(SideThread);

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
        let work = Work { processor, database, clock };
        SideThread::start("hold-watch", move |stopping| work.run(stopping)).map(Self)
    }

    /// Ends it once nothing is captured any more. What it knows is stored, unless the processor does not answer.
    pub(super) async fn stop(self) {
        self.0.stop().await;
    }
}
