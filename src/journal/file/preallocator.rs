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

/// How long the thread leaves the disk to the groups between two steps: most of the time. A file of 64 MiB takes it
/// a sixth of a second, in which a journal that is written at 300 MB/s does not come to the end of its segment.
const REST: Duration = Duration::from_micros(400);

fn rest() {
    std::thread::sleep(REST);
}

/// Makes preallocated files, on the thread that needs one or ahead of it.
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
    /// Whether one is being made, or waits.
    ordered: bool,
}

impl Preallocator {
    /// Makes files as `options` say, when they are needed.
    pub(in crate::journal) fn new(disk: Arc<dyn Disk>, directory: &Path, options: Options) -> Self {
        Self { disk, directory: directory.to_owned(), options, ahead: None }
    }

    /// Starts the thread. Without it the same files are made by the same calls, only later.
    pub(in crate::journal) fn start(&mut self, name: String) -> io::Result<()> {
        let (disk, directory, options) = (Arc::clone(&self.disk), self.directory.clone(), self.options);
        let (orders, taken) = bounded(1);
        // A rendezvous: a file that nobody takes any more comes back to this thread, which removes it.
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

    /// The next file; waits until it is made.
    pub(in crate::journal) fn take(&mut self) -> Result<Preallocated, Error> {
        let Some(ahead) = &mut self.ahead else {
            return Preallocated::make(&*self.disk, &self.directory, &self.options, || ());
        };
        ahead.order();
        ahead.ordered = false;
        ahead.files.recv().expect("the thread lives as long as it may get orders")
    }

    /// Ends the thread, with the file that nobody needed.
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
