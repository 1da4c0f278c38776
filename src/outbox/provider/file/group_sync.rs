//! Group sync: many deliveries made durable by one sync, off the thread that runs the outbox.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::oneshot;

/// The next sync of a file. It covers everything that is written before it begins.
#[derive(Debug)]
pub struct GroupSync {
    file: Arc<File>,
    round: RefCell<Round>,
}

#[derive(Debug, Default)]
struct Round {
    running: bool,
    waiting: Vec<oneshot::Sender<bool>>,
}

/// The sync failed, so the lines may not be on the disk; only the next start finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file could not be synced; whether the line is on the disk is found out at the next start")]
pub struct NotSynced;

impl GroupSync {
    /// Makes the group sync of that file.
    #[must_use]
    pub fn new(file: File) -> Rc<Self> {
        Rc::new(Self { file: Arc::new(file), round: RefCell::default() })
    }

    /// Returns when everything that was written before this call is durable.
    ///
    /// # Errors
    /// When the sync failed.
    pub async fn sync(self: &Rc<Self>) -> Result<(), NotSynced> {
        let (sender, synced) = oneshot::channel();
        let idle = {
            let mut round = self.round.borrow_mut();
            round.waiting.push(sender);
            !std::mem::replace(&mut round.running, true)
        };
        if idle {
            tokio::task::spawn_local(Rc::clone(self).run());
        }
        if synced.await.unwrap_or(false) { Ok(()) } else { Err(NotSynced) }
    }

    /// Runs one sync after another while deliveries wait: during one sync, the next group gathers.
    async fn run(self: Rc<Self>) {
        loop {
            let group = {
                let mut round = self.round.borrow_mut();
                round.running = !round.waiting.is_empty();
                std::mem::take(&mut round.waiting)
            };
            if group.is_empty() {
                return;
            }
            let file = Arc::clone(&self.file);
            let synced = tokio::task::spawn_blocking(move || -> io::Result<()> { file.sync_data() }).await;
            let done = matches!(synced, Ok(Ok(())));
            for sender in group {
                // A delivery that was given up in the meantime needs no answer.
                sender.send(done).ok();
            }
        }
    }
}
