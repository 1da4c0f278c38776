//! A preallocated file: a future segment, made before it is needed.

use std::path::{Path, PathBuf};

use super::aligned_blocks::BLOCK_BYTES;
use super::disk::{Disk, DiskFile, create_anew};
use crate::journal::error::Error;
use crate::journal::options::{Durability, Options};

/// The name of the only preallocated file that a journal has; a segment gets a name of its own.
pub(in crate::journal) const NAME: &str = "blank.tmp";

/// Bytes written in one step.
const STEP_BYTES: u64 = 256 * 1024;

/// A durable file of zeros in the directory of a journal.
pub(in crate::journal) struct Preallocated {
    pub(in crate::journal) file: Box<dyn DiskFile>,
    pub(in crate::journal) path: PathBuf,
    /// The size of the future segment, in bytes. The file is that size rounded up to whole blocks.
    pub(in crate::journal) bytes: u64,
}

impl Preallocated {
    /// Makes a file for a segment of the size in `options`, and replaces one that was left. Calls `rest`
    /// after each step of the writing.
    pub(in crate::journal) fn make(
        disk: &dyn Disk,
        directory: &Path,
        options: &Options,
        rest: fn(),
    ) -> Result<Self, Error> {
        let path = directory.join(NAME);
        let file = create_anew(disk, &path)?;
        let mut preallocated = Self { file, path, bytes: 0 };
        preallocated.grow(options.segment_bytes)?;
        // Pre-writing makes each sync cheaper, so only a log that syncs each batch gains from it.
        if options.durability == Durability::EachBatch {
            let end = in_blocks(preallocated.bytes);
            for from in (0..end).step_by(STEP_BYTES as usize) {
                let to = end.min(from + STEP_BYTES);
                preallocated.file.prewrite(from..to).map_err(Error::io("write", &preallocated.path))?;
                rest();
            }
        }
        preallocated.file.sync_all().map_err(Error::io("sync", &preallocated.path))?;
        Ok(preallocated)
    }

    /// Makes the file at least `bytes` large; durable only with the segment's first sync.
    pub(in crate::journal) fn grow(&mut self, bytes: u64) -> Result<(), Error> {
        if bytes > self.bytes {
            self.file.preallocate(in_blocks(bytes)).map_err(Error::io("reserve space for", &self.path))?;
            self.bytes = bytes;
        }
        Ok(())
    }
}

fn in_blocks(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES as u64)
}
