//! Reads a snapshot file chunk by chunk; each chunk is checked before it is passed on.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile, read_all};
use crate::journal::error::{Error, SnapshotFault};
use crate::journal::snapshot::seal::{
    CHUNK_BYTES_MAX, CHUNK_HEAD_BYTES, HEADER_BYTES, Seal, check, file_name,
};
use crate::journal::snapshot::store::SnapshotReader;

/// An open snapshot.
pub struct FileSnapshotReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    seal: Seal,
    number: u32,
    offset: u64,
}

impl FileSnapshotReader {
    /// Opens the snapshot of `partition` after record `sequence`.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it does not exist, or is not the snapshot of that partition and record.
    pub fn open(disk: &dyn Disk, directory: &Path, partition: u32, sequence: u64) -> Result<Self, Error> {
        let path = directory.join(file_name(sequence));
        let opened = disk.open(&path).map_err(SnapshotFault::Unread);
        let sealed = opened.and_then(|file| Ok((seal(&*file, partition, sequence)?, file)));
        match sealed {
            Ok((seal, file)) => Ok(Self { file, path, seal, number: 0, offset: HEADER_BYTES as u64 }),
            Err(fault) => Err(Error::Snapshot { file: path, fault }),
        }
    }
}

impl SnapshotReader for FileSnapshotReader {
    fn seal(&self) -> &Seal {
        &self.seal
    }

    fn fault(&self, fault: SnapshotFault) -> Error {
        Error::Snapshot { file: self.path.clone(), fault }
    }

    fn read(&mut self, into: &mut Vec<u8>) -> Result<bool, Error> {
        into.clear();
        if self.number < self.seal.chunks {
            self.chunk(into).map_err(|fault| self.fault(fault))?;
            return Ok(true);
        }
        if self.offset != self.seal.bytes {
            return Err(self.fault(SnapshotFault::Broken("its chunks are not as long as it is")));
        }
        Ok(false)
    }
}

impl FileSnapshotReader {
    fn chunk(&mut self, into: &mut Vec<u8>) -> Result<(), SnapshotFault> {
        let mut head = [0; CHUNK_HEAD_BYTES];
        read_all(&*self.file, &mut head, self.offset).map_err(unread)?;
        let head = u64::from_le_bytes(head);
        let (len, crc) = (head & u64::from(u32::MAX), head >> 32);
        let end = self.offset + CHUNK_HEAD_BYTES as u64 + len;
        if len > CHUNK_BYTES_MAX as u64 || end > self.seal.bytes {
            return Err(SnapshotFault::Broken("a chunk is longer than it can be"));
        }
        into.resize(usize::try_from(len).expect("the bound on chunks fits"), 0);
        read_all(&*self.file, into, self.offset + CHUNK_HEAD_BYTES as u64).map_err(unread)?;
        if crc != u64::from(check(self.seal.sequence, self.number, into)) {
            return Err(SnapshotFault::Broken("the check of a chunk fails"));
        }
        self.number += 1;
        self.offset = end;
        Ok(())
    }
}

fn seal(file: &dyn DiskFile, partition: u32, sequence: u64) -> Result<Seal, SnapshotFault> {
    let mut header = [0; HEADER_BYTES];
    read_all(file, &mut header, 0).map_err(unread)?;
    let seal = Seal::decode(&header)?;
    let size = file.size().map_err(SnapshotFault::Unread)?;
    if seal.partition != partition {
        Err(SnapshotFault::Partition(seal.partition))
    } else if seal.sequence != sequence {
        Err(SnapshotFault::Broken("it holds another record than its name says"))
    } else if seal.bytes != size {
        Err(SnapshotFault::Broken("it is not as long as it was written"))
    } else {
        Ok(seal)
    }
}

fn unread(error: io::Error) -> SnapshotFault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => SnapshotFault::Broken("it is cut off"),
        _ => SnapshotFault::Unread(error),
    }
}
