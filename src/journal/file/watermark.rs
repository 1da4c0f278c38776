//! The watermark: a small file that says which record was durable last.
//!
//! It is written after durability and never synced on the way, so it may lag behind, but it never
//! runs ahead: what it names was acknowledged, and must be found at the next start.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile, write_all};
use crate::journal::error::Error;

const NAME: &str = "watermark";

/// The open file: `sequence u64 | crc u32`, little endian.
pub(in crate::journal) struct Watermark {
    file: Box<dyn DiskFile>,
    path: PathBuf,
}

impl Watermark {
    /// The sequence that the file in `directory` names; 0 if there is no file, or its check fails.
    pub(in crate::journal) fn read(disk: &dyn Disk, directory: &Path) -> Result<u64, Error> {
        let path = directory.join(NAME);
        let mut bytes = Vec::new();
        match disk.read(&path, &mut bytes) {
            Ok(()) => Ok(decode(&bytes).unwrap_or(0)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    /// Opens or creates the file and sets it, durably this once: its block must exist, so that a
    /// full disk cannot refuse it later.
    pub(in crate::journal) fn open(disk: &dyn Disk, directory: &Path, sequence: u64) -> Result<Self, Error> {
        let path = directory.join(NAME);
        let file = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(&path),
            other => other,
        };
        let file = file.map_err(Error::io("open", &path))?;
        let watermark = Self { file, path };
        watermark.set(sequence)?;
        watermark.file.sync_all().map_err(Error::io("sync", &watermark.path))?;
        disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;
        Ok(watermark)
    }

    /// Names the record that is durable now.
    pub(in crate::journal) fn set(&self, sequence: u64) -> Result<(), Error> {
        write_all(&*self.file, &encode(sequence), 0).map_err(Error::io("write", &self.path))
    }
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
