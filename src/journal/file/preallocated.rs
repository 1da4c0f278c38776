//! A preallocated file: a segment to come, made before anyone waits for it.

use std::path::{Path, PathBuf};

use super::aligned_blocks::BLOCK_BYTES;
use super::disk::{Disk, DiskFile, create_anew};
use crate::journal::error::Error;
use crate::journal::options::{Durability, Options};

/// The name of the one preallocated file that a journal has at most; a segment gets a name of its own.
pub(in crate::journal) const NAME: &str = "blank.tmp";

/// Bytes that are written at once.
const STEP_BYTES: u64 = 256 * 1024;

/// A durable file of zeros in the directory of a journal.
pub(in crate::journal) struct Preallocated {
    pub(in crate::journal) file: Box<dyn DiskFile>,
    pub(in crate::journal) path: PathBuf,
    /// Bytes that it is to hold. The file has them in whole blocks.
    pub(in crate::journal) bytes: u64,
}

impl Preallocated {
    /// Makes a file for a segment of the size in `options`, in place of one that was left. `rest` is called between two
    /// steps of the writing.
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
        // Who syncs each batch pays for what a sync finds to do beside the batch; who does not, does not.
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

    /// Makes it at least `bytes` large; durable only with the segment's first sync.
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
