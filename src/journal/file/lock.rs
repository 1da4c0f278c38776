//! The lock on a data directory: two processes on one journal would overwrite each other.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::disk::Disk;
use super::file_disk::FileDisk;
use super::private;
use crate::journal::error::Error;

/// Held while this process uses a data directory; released when dropped or when the process dies.
#[derive(Debug)]
pub struct DataLock {
    /// The lock belongs to the open file, not to its content.
    file: File,
}

/// The lock ends here, and not when the file is closed: a process that is being started by another thread has the file
/// open as well until its program runs.
impl Drop for DataLock {
    fn drop(&mut self) {
        // A lock that cannot be given back goes with the file.
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

impl DataLock {
    /// Takes the lock of `directory`, which is created if missing. Writes this process's id into the file
    /// `lock`, for the error message of a second process.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if this or another process holds it; [`Error::Io`] otherwise.
    pub fn acquire(directory: &Path) -> Result<Self, Error> {
        FileDisk.create_dir(directory).map_err(Error::io("create", directory))?;
        let path = directory.join("lock");
        let mut file = private::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let directory = directory.to_owned();
                return Err(Error::Locked { directory, pid: owner(&mut file) });
            }
            Err(error) => return Err(Error::io("lock", &path)(error.into())),
        }
        sign(&file).map_err(Error::io("write", &path))?;
        Ok(Self { file })
    }
}

fn sign(file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all_at(std::process::id().to_string().as_bytes(), 0)
}

/// Returns the id of the process that holds the lock. Only for the message: the holder may not have written
/// it yet.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::DataLock;

    /// As when another thread starts a program: the new process shares the open file for a moment.
    #[test]
    fn a_lock_is_given_back_while_its_file_is_open_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let lock = DataLock::acquire(directory.path()).unwrap();
        let shared = lock.file.try_clone().unwrap();
        assert!(DataLock::acquire(directory.path()).is_err(), "it is held");
        drop(lock);
        DataLock::acquire(directory.path()).unwrap();
        drop(shared);
    }
}
