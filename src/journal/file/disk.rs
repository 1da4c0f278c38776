//! The seam between the journal and what keeps its bytes.

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
    /// What the system says; a directory that exists is none.
    fn create_dir(&self, directory: &Path) -> io::Result<()>;

    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// What the system says, `AlreadyExists` among it.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that must exist, for writing.
    ///
    /// # Errors
    /// What the system says, `NotFound` among it.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Replaces `into` with the whole content of a file.
    ///
    /// # Errors
    /// What the system says, `NotFound` among it.
    fn read(&self, path: &Path, into: &mut Vec<u8>) -> io::Result<()>;

    /// How many bytes a directory's disk still takes; what it cannot tell is no bound.
    ///
    /// # Errors
    /// What the system says.
    fn free(&self, directory: &Path) -> io::Result<u64>;

    /// The names of the files in a directory, in any order.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Gives a file another name, replacing what had it, in one step.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes created, renamed and removed names of a directory durable.
    ///
    /// # Errors
    /// What the system says; the names may then be lost, and asking again proves nothing.
    fn fsync_dir(&self, directory: &Path) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send {
    /// Writes at `offset` (bytes from the start) and says how many bytes it took.
    ///
    /// # Errors
    /// What the system says; `Interrupted` means that nothing was written.
    fn pwrite(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Reads what is at `offset` into the start of `into` and says how many bytes there were; none is
    /// the end of the file.
    ///
    /// # Errors
    /// What the system says; `Interrupted` means that nothing was read.
    fn pread(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The file's size in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn size(&self) -> io::Result<u64>;

    /// Makes written content durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system says; the content may then be lost, and asking again proves nothing.
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
    /// What the system says, `StorageFull` among it.
    fn preallocate(&self, bytes: u64) -> io::Result<()>;

    /// Whether the file still has a name. It has none once another file was given its name, or it was removed.
    ///
    /// # Errors
    /// What the system says.
    fn is_named(&self) -> io::Result<bool>;

    /// Writes zeros over those bytes, so that a later write there changes content and nothing that
    /// the file system keeps of the file; and from now on leaves the page cache out, where the file system
    /// lets it. What is written to the file from now on must be whole blocks of 4096 bytes, in the file as
    /// in memory, and the caller syncs as ever.
    ///
    /// # Errors
    /// What the system says.
    fn prewrite(&self, bytes: Range<u64>) -> io::Result<()>;
}

/// Creates a file in place of one that was left half written, if removing it failed as well.
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
pub(in crate::journal) fn write_all(
    file: &dyn DiskFile,
    mut bytes: &[u8],
    mut offset: u64,
) -> io::Result<()> {
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
pub(in crate::journal) fn read_all(
    file: &dyn DiskFile,
    mut into: &mut [u8],
    mut offset: u64,
) -> io::Result<()> {
    while !into.is_empty() {
        match file.pread(into, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                into = into.get_mut(read..).expect("a read gives no more than there is room for");
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
