//! The interface between the journal and its storage.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::journal::error::Error;

/// The file system as the journal uses it. [`crate::journal::FileDisk`] is the machine's;
/// [`crate::journal::SimDisk`] loses power and fails on request.
pub trait Disk: Send + Sync {
    /// Creates a directory and those above it, and makes their entries durable.
    ///
    /// # Errors
    /// What the system reports; an existing directory is not an error.
    fn create_dir(&self, directory: &Path) -> io::Result<()>;

    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// What the system reports, `AlreadyExists` among it.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that must exist, for writing.
    ///
    /// # Errors
    /// What the system reports, `NotFound` among it.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Replaces `into` with the whole content of a file.
    ///
    /// # Errors
    /// What the system reports, `NotFound` among it.
    fn read(&self, path: &Path, into: &mut Vec<u8>) -> io::Result<()>;

    /// The bytes that a directory's disk has free; the largest number if the disk cannot tell.
    ///
    /// # Errors
    /// What the system reports.
    fn free(&self, directory: &Path) -> io::Result<u64>;

    /// The names of the files in a directory, in any order.
    ///
    /// # Errors
    /// What the system reports.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Renames a file in one step, and replaces the file that had the new name.
    ///
    /// # Errors
    /// What the system reports.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    ///
    /// # Errors
    /// What the system reports.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes created, renamed and removed names of a directory durable.
    ///
    /// # Errors
    /// What the system reports; the names may then be lost, and a later sync that succeeds proves nothing.
    fn fsync_dir(&self, directory: &Path) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send {
    /// Writes at `offset` (bytes from the start) and returns the number of bytes written.
    ///
    /// # Errors
    /// What the system reports; `Interrupted` means that nothing was written.
    fn pwrite(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Reads from `offset` into the start of `into` and returns the number of bytes read; 0 is the end of the
    /// file.
    ///
    /// # Errors
    /// What the system reports; `Interrupted` means that nothing was read.
    fn pread(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The file's size in bytes.
    ///
    /// # Errors
    /// What the system reports.
    fn size(&self) -> io::Result<u64>;

    /// Makes written content durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system reports; the content may then be lost, and a later sync that succeeds proves nothing.
    fn sync_data(&self) -> io::Result<()>;

    /// Makes content and size durable (`fsync`).
    ///
    /// # Errors
    /// As [`Self::sync_data`].
    fn sync_all(&self) -> io::Result<()>;

    /// Makes the file `bytes` long and reserves the space, through interruptions. New space reads
    /// as zeros.
    ///
    /// # Errors
    /// What the system reports, `StorageFull` among it.
    fn preallocate(&self, bytes: u64) -> io::Result<()>;

    /// Cuts the file off behind its first `bytes`; durable only with the next sync.
    ///
    /// # Errors
    /// What the system reports.
    fn truncate(&self, bytes: u64) -> io::Result<()>;

    /// Whether the file still has a name. It has none after it was removed, or another file was given its
    /// name.
    ///
    /// # Errors
    /// What the system reports.
    fn is_named(&self) -> io::Result<bool>;

    /// Writes zeros over these bytes, so that a later write there changes only content and no metadata of the
    /// file. From now on writes bypass the page cache, if the file system allows it. Later writes must be
    /// whole blocks of 4096 bytes, aligned in the file and in memory. The caller still syncs.
    ///
    /// # Errors
    /// What the system reports.
    fn prewrite(&self, bytes: Range<u64>) -> io::Result<()>;
}

/// Creates a file. If a half-written one was left at its path, replaces it.
pub(in crate::journal) fn create_anew(disk: &dyn Disk, path: &Path) -> Result<Box<dyn DiskFile>, Error> {
    let file = match disk.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(path).map_err(Error::io("remove", path))?;
            disk.create(path)
        }
        created => created,
    };
    file.map_err(Error::io("create", path))
}

/// Writes all of `bytes`, through short writes and interruptions.
pub(crate) fn write_all(file: &dyn DiskFile, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.pwrite(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).expect("a write takes no more than it is given");
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills all of `into`, through short reads and interruptions.
pub(in crate::journal) fn read_all(file: &dyn DiskFile, into: &mut [u8], offset: u64) -> io::Result<()> {
    let read = read_up_to(file, into, offset)?;
    if read < into.len() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Reads until `into` is full or the file ends, through short reads and interruptions. Returns the number of
/// bytes read.
pub(crate) fn read_up_to(file: &dyn DiskFile, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.pread(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
