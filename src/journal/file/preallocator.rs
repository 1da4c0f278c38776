//! Makes the log's next preallocated file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::disk::Disk;
use super::preallocated::Preallocated;
use crate::journal::error::Error;
use crate::journal::options::Options;

/// The pause between two steps, in which the disk is free for groups: most of the time. A file of 64 MiB
/// takes the thread a sixth of a second; a journal written at 300 MB/s does not fill its segment in that
/// time.
const REST: Duration = Duration::from_micros(400);

fn rest() {
    std::thread::sleep(REST);
}

/// Makes preallocated files, on the thread that needs one or ahead of time on its own.
pub(in crate::journal) struct Preallocator {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    options: Options,
    ahead: Option<Ahead>,
}

/// The thread that makes a file while the segment before it fills.
struct Ahead {
    orders: Sender<()>,
    files: Receiver<Result<Preallocated, Error>>,
    thread: JoinHandle<()>,
    /// Whether a file is being made, or is ready.
    ordered: bool,
}

impl Preallocator {
    /// Creates a preallocator that makes files on demand, according to `options`.
    pub(in crate::journal) fn new(disk: Arc<dyn Disk>, directory: &Path, options: Options) -> Self {
        Self { disk, directory: directory.to_owned(), options, ahead: None }
    }

    /// Starts the thread. Without it the same calls make the same files, only later.
    pub(in crate::journal) fn start(&mut self, name: String) -> io::Result<()> {
        let (disk, directory, options) = (Arc::clone(&self.disk), self.directory.clone(), self.options);
        let (orders, taken) = bounded(1);
        // A rendezvous channel: a file that is no longer wanted comes back to this thread, which removes it.
        let (made, files) = bounded(0);
        let make = move || {
            while taken.recv().is_ok() {
                let file = Preallocated::make(&*disk, &directory, &options, rest);
                if let Err(unwanted) = made.send(file)
                    && let Ok(file) = unwanted.into_inner()
                {
                    // A file that cannot be removed now is removed at the next start.
                    disk.remove(&file.path).ok();
                }
            }
        };
        let thread = std::thread::Builder::new().name(name).spawn(make)?;
        self.ahead = Some(Ahead { orders, files, thread, ordered: false });
        Ok(())
    }

    /// Orders the next file, if there is a thread for it.
    pub(in crate::journal) fn order(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            ahead.order();
        }
    }

    /// Returns the next file; waits until it is made.
    pub(in crate::journal) fn take(&mut self) -> Result<Preallocated, Error> {
        let Some(ahead) = &mut self.ahead else {
            return Preallocated::make(&*self.disk, &self.directory, &self.options, || ());
        };
        ahead.order();
        ahead.ordered = false;
        ahead.files.recv().expect("the thread lives as long as it may get orders")
    }

    /// Ends the thread, and removes the file that was not needed.
    pub(in crate::journal) fn stop(&mut self) {
        if let Some(Ahead { orders, files, thread, .. }) = self.ahead.take() {
            drop((orders, files));
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Ahead {
    fn order(&mut self) {
        if !self.ordered {
            self.orders.send(()).expect("the thread lives as long as it may get orders");
            self.ordered = true;
        }
    }
}
