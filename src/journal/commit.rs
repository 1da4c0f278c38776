//! The commit thread: makes what is queued durable, one group at a time, then releases it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::batch::Batch;
use super::error::Error;
use super::log::Log;

/// Records, and what may leave the process once they are durable.
///
/// An entry may have no records: refusals and query answers cause no write, but must not overtake the
/// decisions that they were made after.
#[derive(Debug)]
pub struct Entry<R> {
    /// The records; may be empty.
    pub batch: Batch,
    /// What to release once they are durable.
    pub release: R,
}

/// Receives what is released, on the commit thread and in the order of the entries.
pub trait Tail<R> {
    /// Called when every entry up to and including the one of `release` is durable.
    fn durable(&mut self, release: R);
}

impl<R, F: FnMut(R)> Tail<R> for F {
    fn durable(&mut self, release: R) {
        self(release);
    }
}

/// The queue accepted nothing: it is full, or the thread has ended. The entry is returned.
#[derive(Debug)]
pub struct Full<R>(pub Entry<R>);

/// The partition's end of the queue. There is only one, so room that was seen stays until it is used.
/// Dropping it lets the thread finish what is queued and end.
pub struct Appender<R> {
    entries: Sender<Entry<R>>,
    spares: Receiver<Batch>,
    /// Entries that were sent and are not released yet.
    under_way: Arc<AtomicUsize>,
}

impl<R> Appender<R> {
    /// Queues an entry; never waits.
    ///
    /// # Errors
    ///
    /// [`Full`] with the entry, which was not queued.
    pub fn try_send(&self, entry: Entry<R>) -> Result<(), Full<R>> {
        // Counted before it is sent, because it may be released before this returns.
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.entries.try_send(entry).map_err(|refused| {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            Full(refused.into_inner())
        })
    }

    /// Queues an entry; waits for room if there is none. For a thread that nothing else waits for.
    ///
    /// # Errors
    ///
    /// [`Full`] with the entry, if the journal's thread has ended.
    pub fn send(&self, entry: Entry<R>) -> Result<(), Full<R>> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.entries.send(entry).map_err(|refused| {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            Full(refused.into_inner())
        })
    }

    /// Whether everything that was sent is released. If so, an entry without records may be released
    /// directly, without overtaking others. Never true again after a failure.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        // Acquire: everything that a release did happens before this returns true.
        self.under_way.load(Ordering::Acquire) == 0
    }

    /// Whether the next [`Self::try_send`] will find room. Ask before deciding anything: a decision can no
    /// longer be refused.
    #[must_use]
    pub fn has_room(&self) -> bool {
        !self.entries.is_full()
    }

    /// The number of entries that the queue still accepts.
    #[must_use]
    pub fn room(&self) -> usize {
        self.entries.capacity().map_or(usize::MAX, |most| most.saturating_sub(self.entries.len()))
    }

    /// Returns an empty batch for records from `first_sequence` on; it reuses the allocation of a committed
    /// batch if there is one.
    #[must_use]
    pub fn batch(&self, first_sequence: u64) -> Batch {
        let mut batch = self.spares.try_recv().unwrap_or_default();
        batch.clear(first_sequence);
        batch
    }
}

/// The journal's end of the queue, and the work of the commit thread, which can also be called without the
/// thread.
pub struct Committer<L, R> {
    log: L,
    entries: Receiver<Entry<R>>,
    spent: Sender<Batch>,
    under_way: Arc<AtomicUsize>,
    group: Vec<Entry<R>>,
}

/// Creates a queue of at most `entries_max` entries in front of the log.
#[must_use]
pub fn queue<L: Log, R>(log: L, entries_max: usize) -> (Appender<R>, Committer<L, R>) {
    let (sender, entries) = bounded(entries_max);
    let (spent, spares) = bounded(entries_max);
    let under_way = Arc::new(AtomicUsize::new(0));
    let appender = Appender { entries: sender, spares, under_way: Arc::clone(&under_way) };
    (appender, Committer { log, entries, spent, under_way, group: Vec::new() })
}

impl<L: Log, R> Committer<L, R> {
    /// Makes what is queued durable, up to the size of a group, and releases it; never waits. Returns false
    /// if nothing was queued.
    ///
    /// # Errors
    ///
    /// As [`Log::append_group`]: nothing of the group was released, and nothing ever will be.
    pub fn step(&mut self, tail: &mut impl Tail<R>) -> Result<bool, Error> {
        match self.entries.try_recv() {
            Ok(first) => self.commit(first, tail).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Commits until the [`Appender`] is dropped and the queue is empty.
    fn run(&mut self, tail: &mut impl Tail<R>) -> Result<(), Error> {
        while let Ok(first) = self.entries.recv() {
            self.commit(first, tail)?;
        }
        self.log.finish()
    }

    fn commit(&mut self, first: Entry<R>, tail: &mut impl Tail<R>) -> Result<(), Error> {
        gather(&mut self.group, first, &self.entries, self.log.options().group_bytes);
        self.log.append_group(self.group.iter().map(|entry| &entry.batch))?;
        for Entry { batch, release } in self.group.drain(..) {
            tail.durable(release);
            self.under_way.fetch_sub(1, Ordering::Release);
            // If the pool is full, only this allocation is not reused.
            let _ = self.spent.try_send(batch);
        }
        Ok(())
    }
}

/// The running thread.
#[derive(Debug)]
pub struct Commit {
    thread: JoinHandle<()>,
}

impl Commit {
    /// Starts the thread, named after the log's partition, with a queue of `entries_max`.
    ///
    /// `on_failure` is called on the thread with the first error. Nothing of the failed group, or of any
    /// later one, is ever released. In production it is [`exit_on_failure`].
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread.
    pub fn start<L: Log, R: Send + 'static>(
        mut log: L,
        entries_max: usize,
        mut tail: impl Tail<R> + Send + 'static,
        on_failure: Box<dyn FnOnce(Error) + Send>,
    ) -> io::Result<(Appender<R>, Self)> {
        let partition = log.partition();
        log.prepare_ahead()?;
        let (appender, mut committer) = queue(log, entries_max);
        let name = format!("journal-{partition}");
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            if let Err(error) = committer.run(&mut tail) {
                tracing::error!(partition, %error, "journal failed, nothing more is released");
                // Pending releases are dropped after this call, not before it: a caller may take a dropped
                // release for an answer.
                on_failure(error);
            }
        })?;
        Ok((appender, Self { thread }))
    }

    /// Waits until the thread has ended: after a failure, or after the [`Appender`] was dropped and
    /// everything is durable and released.
    ///
    /// # Panics
    ///
    /// If the thread panicked, with its panic.
    pub fn join(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Ends the process at once, with exit code 70 (internal software error): memory is now ahead of the disk,
/// and only a restart can make them agree.
pub fn exit_on_failure(error: Error) {
    eprintln!("flashtag: {error}");
    std::process::exit(70);
}

/// Takes what is queued, without waiting. While one group is on its way to the disk the next one fills, so
/// group commit needs no timer.
fn gather<R>(group: &mut Vec<Entry<R>>, first: Entry<R>, entries: &Receiver<Entry<R>>, group_bytes: usize) {
    let mut bytes = first.batch.bytes();
    group.push(first);
    while bytes < group_bytes
        && let Ok(entry) = entries.try_recv()
    {
        bytes += entry.batch.bytes();
        group.push(entry);
    }
}
