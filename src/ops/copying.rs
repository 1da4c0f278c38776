//! The copy of a database beside its calls: by a connection of its own, which reads what was committed when it began.
//!
//! While somebody reads what was committed before, the log cannot be emptied. An erasure must empty it, so it interrupts the
//! copy, which begins again. After some interruptions the copy is made all the same, and the erasure waits for it: both end.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::error::OpsError;
use super::migrations::{copy_into, fill};

/// Copies that erasures interrupt, one after the other; the next one is not interrupted.
const INTERRUPTED_MOST: usize = 3;

/// Who copies a database, and who empties its log.
#[derive(Default)]
pub(super) struct Copying {
    /// Held by who copies, and by who empties the log.
    alone: Mutex<()>,
    /// Ends the reading of the copy that is being made; `None` if none is, or it must not be interrupted.
    reading: Mutex<Option<InterruptHandle>>,
    /// Who waits to empty the log.
    waiting: AtomicUsize,
}

impl Copying {
    /// Copies what the database holds now into another file, durably but for its name. No call on the database waits.
    pub(super) fn copy(&self, path: &Path, copy: &Path) -> Result<(), OpsError> {
        for _ in 0..INTERRUPTED_MOST {
            let _alone = lock(&self.alone);
            let reader = reader_of(path)?;
            *lock(&self.reading) = Some(reader.get_interrupt_handle());
            // Whoever came before the handle was there could not interrupt.
            let is_free = self.waiting.load(Ordering::SeqCst) == 0;
            let copied = if is_free { fill(&reader, path, copy) } else { Ok(false) };
            *lock(&self.reading) = None;
            if copied? {
                return Ok(());
            }
        }
        let _alone = lock(&self.alone);
        copy_into(&reader_of(path)?, path, copy)
    }

    /// Lets somebody empty the log while nobody copies.
    pub(super) fn without_copy<T>(&self, empty: impl FnOnce() -> T) -> T {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if let Some(reading) = &*lock(&self.reading) {
            reading.interrupt();
        }
        let _alone = lock(&self.alone);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        empty()
    }
}

fn reader_of(path: &Path) -> Result<Connection, OpsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| OpsError::of(path, &error))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Copying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Copying")
    }
}
