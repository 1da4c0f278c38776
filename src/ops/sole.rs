//! The lock on a database file: one opener has it at a time.
//!
//! The database's own locks do not say that: its exclusive mode would keep out the connection that reads for a copy as well.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::error::OpsError;

/// Held while a database is open; given back when dropped or when the process dies. It must be dropped after the
/// connections: when a process closes a file, the system releases all its POSIX locks on that file.
#[derive(Debug)]
pub(super) struct Sole(File);

impl Sole {
    /// Takes the lock of a file.
    pub(super) fn of(path: &Path) -> Result<Self, OpsError> {
        let file = File::open(path).map_err(OpsError::io("open", path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(Errno::WOULDBLOCK) => Err(OpsError::InUse(path.to_owned())),
            Err(error) => Err(OpsError::io("lock", path)(error.into())),
        }
    }
}

/// The lock ends here, and not when the file is closed: a process that another thread starts has it open for a moment.
impl Drop for Sole {
    fn drop(&mut self) {
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}
