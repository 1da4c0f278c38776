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
/// An entry may have no record: refusals and read answers cause no write, but must not overtake
/// the decisions that they were made after.
#[derive(Debug)]
pub struct Entry<R> {
    /// The records; perhaps none.
    pub batch: Batch,
    /// What waits for them.
    pub release: R,
}

/// Receives what is released, on the commit thread and in the order of the entries.
pub trait Tail<R> {
    /// Everything up to and with the entry of `release` is durable.
    fn durable(&mut self, release: R);
}

impl<R, F: FnMut(R)> Tail<R> for F {
    fn durable(&mut self, release: R) {
        self(release);
    }
}

/// The queue took nothing: it is full, or the thread has ended. The entry is given back.
#[derive(Debug)]
pub struct Full<R>(pub Entry<R>);

/// The partition's end of the queue. There is one, so room that was seen stays until it is used.
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
        // Before it is sent: it may be released before this returns.
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.entries.try_send(entry).map_err(|refused| {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            Full(refused.into_inner())
        })
    }

    /// Whether everything that was sent is released: what has no record need not be sent to be released in its turn.
    /// Never again after a failure.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        // All that was done in a release has happened before.
        self.under_way.load(Ordering::Acquire) == 0
    }

    /// True if the next [`Self::try_send`] will find room. Ask before deciding anything: a
    /// decision that was taken cannot be refused any more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        !self.entries.is_full()
    }

    /// How many entries the queue still takes.
    #[must_use]
    pub fn room(&self) -> usize {
        self.entries.capacity().map_or(usize::MAX, |most| most.saturating_sub(self.entries.len()))
    }

    /// An empty batch for records from `first_sequence` on, in the allocation of one that is done
    /// with if there is any.
    #[must_use]
    pub fn batch(&self, first_sequence: u64) -> Batch {
        let mut batch = self.spares.try_recv().unwrap_or_default();
        batch.clear(first_sequence);
        batch
    }
}

/// The journal's end of the queue, and what the commit thread does with it, callable without the thread.
pub struct Committer<L, R> {
    log: L,
    entries: Receiver<Entry<R>>,
    spent: Sender<Batch>,
    under_way: Arc<AtomicUsize>,
    group: Vec<Entry<R>>,
}

/// A queue of `entries_max` in front of the log.
#[must_use]
pub fn queue<L: Log, R>(log: L, entries_max: usize) -> (Appender<R>, Committer<L, R>) {
    let (sender, entries) = bounded(entries_max);
    let (spent, spares) = bounded(entries_max);
    let under_way = Arc::new(AtomicUsize::new(0));
    let appender = Appender { entries: sender, spares, under_way: Arc::clone(&under_way) };
    (appender, Committer { log, entries, spent, under_way, group: Vec::new() })
}

impl<L: Log, R> Committer<L, R> {
    /// Makes durable what is queued, up to the size of a group, and releases it; never waits. False if
    /// nothing was queued.
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

    /// Commits until the [`Appender`] is dropped and nothing is queued any more.
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
            // A full pool only means that this allocation is not used again.
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
    /// `on_failure` is called on the thread with the first error; nothing was and nothing will be
    /// released of the group that failed, or after it. In production it is [`exit_on_failure`].
    ///
    /// # Errors
    ///
    /// The system has no thread to give.
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
                // Releases that wait are dropped after this call, not before it: a caller may take
                // a dropped release for an answer.
                on_failure(error);
            }
        })?;
        Ok((appender, Self { thread }))
    }

    /// Waits until the thread has ended: after the [`Appender`] was dropped, with everything
    /// durable and released, or after a failure.
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

/// Ends the process at once, with exit code 70 (internal software error): memory is ahead of the
/// disk now, and only a restart brings them together.
pub fn exit_on_failure(error: Error) {
    eprintln!("flashtag: {error}");
    std::process::exit(70);
}

/// Takes what is queued, without waiting: while a group is on its way to the disk the next one
/// fills by itself, so group commit needs no timer.
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
