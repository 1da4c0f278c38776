//! The watermark: a small file that names the last durable record, and fences off older openers.
//!
//! It is written after a sync, and is not synced itself on the way. So it may lag behind, but never runs
//! ahead: the record that it names was acknowledged, and must be found at the next start.
//!
//! Each opener replaces the file with its own. An older opener checks whether its file still has a name; once
//! it has none, the opener must not acknowledge anything more. The file is the log's fence.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile, create_anew, read_all, write_all};
use crate::journal::error::Error;

const NAME: &str = "watermark";

/// The name of an opener's file before it replaces the last one.
pub(in crate::journal) const DRAFT: &str = "watermark.tmp";

const BYTES: usize = 12;

/// The open file: `sequence u64 | crc u32`, little endian.
pub(in crate::journal) struct Watermark {
    file: Box<dyn DiskFile>,
    directory: PathBuf,
    path: PathBuf,
}

impl Watermark {
    /// Returns the sequence that the file in `directory` names; 0 if there is no file, or its checksum fails.
    pub(in crate::journal) fn read(disk: &dyn Disk, directory: &Path) -> Result<u64, Error> {
        let path = directory.join(NAME);
        let mut bytes = Vec::new();
        match disk.read(&path, &mut bytes) {
            Ok(()) => Ok(decode(&bytes).unwrap_or(0)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    /// Fences off every older opener. `known` is the sequence that [`Self::read`] returned.
    ///
    /// An older opener sets its watermark before it checks whether the file still has a name. So its file
    /// names everything that it acknowledged before the fence, and that is read here; after the fence it can
    /// acknowledge nothing.
    ///
    /// # Errors
    /// [`Error::Fenced`] if an older opener acknowledged records after `known` was read: they may not have been
    /// read. [`Error::Io`] if the disk fails.
    pub(in crate::journal) fn replace(disk: &dyn Disk, directory: &Path, known: u64) -> Result<Self, Error> {
        let path = directory.join(NAME);
        let older = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened.map_err(Error::io("open", &path))?),
        };
        let draft = directory.join(DRAFT);
        let file = create_anew(disk, &draft)?;
        let watermark = Self { file, directory: directory.to_owned(), path };
        watermark.set(known)?;
        // Durable this once: its block must exist, so that a full disk cannot refuse it later.
        watermark.file.sync_all().map_err(Error::io("sync", &draft))?;
        disk.rename(&draft, &watermark.path).map_err(Error::io("rename", &draft))?;
        disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;
        if older.and_then(|older| sequence_of(&*older)).is_some_and(|sequence| sequence > known) {
            return Err(watermark.fenced());
        }
        Ok(watermark)
    }

    /// Names the last durable record.
    pub(in crate::journal) fn set(&self, sequence: u64) -> Result<(), Error> {
        write_all(&*self.file, &encode(sequence), 0).map_err(Error::io("write", &self.path))
    }

    /// Names the last durable record, and makes the watermark itself durable.
    pub(in crate::journal) fn set_durably(&self, sequence: u64) -> Result<(), Error> {
        self.set(sequence)?;
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }

    /// Fails once another opener has opened the log.
    pub(in crate::journal) fn check_fence(&self) -> Result<(), Error> {
        match self.file.is_named() {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.fenced()),
            Err(error) => Err(Error::io("ask for the name of", &self.path)(error)),
        }
    }

    fn fenced(&self) -> Error {
        Error::Fenced { directory: self.directory.clone() }
    }
}

/// Returns the sequence that an open watermark names; `None` if it cannot be read, which a start also takes
/// for none.
fn sequence_of(file: &dyn DiskFile) -> Option<u64> {
    let mut bytes = [0; BYTES];
    read_all(file, &mut bytes, 0).ok()?;
    decode(&bytes)
}

fn encode(sequence: u64) -> Vec<u8> {
    let sequence = sequence.to_le_bytes();
    [&sequence[..], &crc32c::crc32c(&sequence).to_le_bytes()].concat()
}

fn decode(bytes: &[u8]) -> Option<u64> {
    let (sequence, rest) = bytes.split_first_chunk()?;
    let crc = rest.first_chunk()?;
    (u32::from_le_bytes(*crc) == crc32c::crc32c(sequence)).then(|| u64::from_le_bytes(*sequence))
}
