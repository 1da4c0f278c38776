//! The machine's own file system.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{AtFlags, FallocateFlags, OFlags, StatxFlags};
use rustix::io::Errno;

use super::disk::{Disk, DiskFile, write_all};
use super::private;

/// Files through system calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileDisk;

impl Disk for FileDisk {
    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        if directory.is_dir() {
            return Ok(());
        }
        let parent = match directory.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        self.create_dir(parent)?;
        match private::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.fsync_dir(parent)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(private::options().read(true).write(true).create_new(true).open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(private::options().read(true).write(true).open(path)?))
    }

    fn read(&self, path: &Path, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        File::open(path)?.read_to_end(into)?;
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        // The journal gives its files only UTF-8 names.
        let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn free(&self, directory: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(directory)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn fsync_dir(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }
}

impl DiskFile for File {
    fn pwrite(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.write_at(bytes, offset)
    }

    fn pread(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(into, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    // Not `File::sync_data`: the standard library retries an interrupted sync, and a sync that
    // failed in any way must not be followed by one that seems to succeed.
    fn sync_data(&self) -> io::Result<()> {
        Ok(rustix::fs::fdatasync(self)?)
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(self)?)
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        loop {
            match rustix::fs::fallocate(self, FallocateFlags::empty(), 0, bytes) {
                Ok(()) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                    return write_zeros(self, self.metadata()?.len()..bytes);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    // Not `File::metadata`: it asks for the times as well. Since Linux 6.13 a time that somebody saw must differ after
    // the next write, so each append would change the inode, and each sync would take half as long again.
    fn is_named(&self) -> io::Result<bool> {
        match rustix::fs::statx(self, "", AtFlags::EMPTY_PATH, StatxFlags::NLINK) {
            Ok(found) => Ok(found.stx_nlink > 0),
            // Some containers forbid the call.
            Err(Errno::NOSYS) => Ok(self.metadata()?.nlink() > 0),
            Err(error) => Err(error.into()),
        }
    }

    // A sync of new content in space that is only reserved waits for the file system's own journal, which
    // carries the changes of all files; and content in the page cache is written in turn with everything else
    // there. Zeros and direct writes avoid both.
    fn prewrite(&self, bytes: Range<u64>) -> io::Result<()> {
        let direct = set_direct(self, true).is_ok();
        match write_zeros(self, bytes.clone()) {
            // Some file systems refuse direct writes only at the first write.
            Err(error) if direct && error.kind() == io::ErrorKind::InvalidInput => {
                set_direct(self, false)?;
                write_zeros(self, bytes)
            }
            written => written,
        }
    }
}

/// Sets whether writes bypass the page cache.
fn set_direct(file: &File, direct: bool) -> io::Result<()> {
    let mut flags = rustix::fs::fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, direct);
    Ok(rustix::fs::fcntl_setfl(file, flags)?)
}

/// Zeros for a direct write: aligned to a block boundary.
#[repr(align(4096))]
struct Zeros([u8; 256 * 1024]);

fn write_zeros(file: &File, bytes: Range<u64>) -> io::Result<()> {
    static ZEROS: Zeros = Zeros([0; 256 * 1024]);
    let mut end = bytes.start;
    while end < bytes.end {
        let step = usize::try_from(bytes.end - end).map_or(ZEROS.0.len(), |left| left.min(ZEROS.0.len()));
        write_all(file, ZEROS.0.get(..step).expect("a step is at most the buffer"), end)?;
        end += step as u64;
    }
    Ok(())
}
