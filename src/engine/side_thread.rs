//! A thread beside the engine that may wait for an answer from outside when it is to stop.

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::time::Millis;

/// How long a stop waits for the answer.
const STOP_MOST: Millis = Millis::from_secs(3);

/// How often a stop looks whether the thread has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The running thread.
pub(super) struct SideThread {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl SideThread {
    /// Starts it. Its work ends once the channel that it is given is closed.
    pub(super) fn start(name: &str, work: impl FnOnce(&Receiver<()>) + Send + 'static) -> io::Result<Self> {
        let (stop, stopping) = bounded(1);
        let thread = Builder::new().name(name.to_owned()).spawn(move || work(&stopping))?;
        Ok(Self { stop, thread })
    }

    /// Ends it, or leaves it to its answer if that takes too long.
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
