//! The failures of a journal, and what its operator should do about each.

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A failure of the journal. None of them is retried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation of the file system failed.
    #[error("cannot {action} {}: {source}; {}", .file.display(), remedy(.source))]
    Io {
        /// The action that failed, as an infinitive.
        action: &'static str,
        /// The file or directory.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// An earlier write or sync failed, so the writer does nothing more.
    #[error(
        "the journal in {} takes no records after a failed write or sync; restart to recover",
        .directory.display()
    )]
    Poisoned {
        /// The journal's directory.
        directory: PathBuf,
    },
    /// Another opener has opened the log since, or wrote to it while it was being opened.
    #[error(
        "another process uses the journal in {}; only the one that opened it last may append: stop the other one",
        .directory.display()
    )]
    Fenced {
        /// The journal's directory.
        directory: PathBuf,
    },
    /// Acknowledged records cannot be read.
    #[error(
        "{} is damaged at offset {offset}, where record {sequence} should be, and {evidence}; \
         restore the file from a copy, nothing was changed",
        .file.display()
    )]
    Damaged {
        /// The segment.
        file: PathBuf,
        /// The place in the segment, in bytes from its start.
        offset: u64,
        /// The record that should be there.
        sequence: u64,
        /// The evidence that the record had been acknowledged.
        evidence: Evidence,
    },
    /// Segments do not follow on each other, or the first segment, or all of them, are missing.
    #[error(
        "records from {expected} on are missing from {}: {found}; \
         restore the missing files, nothing was changed",
        .directory.display()
    )]
    Missing {
        /// The journal's directory.
        directory: PathBuf,
        /// The first record that is missing.
        expected: u64,
        /// What was found instead.
        found: String,
    },
    /// The first bytes of a segment are not a segment header.
    #[error("{} has a bad header: {fault}; restore the file from a copy", .file.display())]
    Header {
        /// The segment.
        file: PathBuf,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A segment was written by another version of this program.
    #[error(
        "{} has format version {found}, this release reads versions {} to {}; \
         start it with the release that wrote it",
        .file.display(), .known.start(), .known.end()
    )]
    Version {
        /// The segment.
        file: PathBuf,
        /// Its format version.
        found: u32,
        /// The versions that this release reads; it writes the last one.
        known: RangeInclusive<u32>,
    },
    /// A whole record cannot be read by the journal's owner.
    #[error("record {sequence} in {} cannot be read: {fault}; nothing was changed", .directory.display())]
    Record {
        /// The journal's directory.
        directory: PathBuf,
        /// The record's sequence.
        sequence: u64,
        /// Why the owner cannot read it.
        fault: RecordFault,
    },
    /// A segment of another partition lies in this one's directory.
    #[error(
        "{} belongs to partition {found}, not to {expected}; move it back to its directory",
        .file.display()
    )]
    Partition {
        /// The segment.
        file: PathBuf,
        /// The partition that its header names.
        found: u32,
        /// The partition that is being recovered.
        expected: u32,
    },
    /// A snapshot cannot be used.
    #[error("the snapshot {} cannot be used: {fault}", .file.display())]
    Snapshot {
        /// The snapshot.
        file: PathBuf,
        /// What is wrong with it.
        fault: SnapshotFault,
    },
    /// A snapshot would fill the disk, which the journal needs.
    #[error("a snapshot would leave less than {spare} bytes free for the journal in {}", .directory.display())]
    Crowded {
        /// The journal's directory.
        directory: PathBuf,
        /// The bytes that must stay free.
        spare: u64,
    },
    /// Another process holds the lock of the data directory.
    #[error(
        "another flashtag process (pid {pid}) uses {}; stop it, or choose another directory",
        .directory.display()
    )]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// The other process's id, or `unknown` if it has not written it yet.
        pid: String,
    },
}

/// Returns the remedy for a file system failure: another directory, or another disk.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotADirectory
        | io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem => "choose a directory that can be written to",
        _ => "repair or empty the disk, then start again",
    }
}

impl Error {
    /// For `map_err`: adds the action and the file to an error of the file system.
    pub(crate) fn io(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { action, file, source }
    }

    /// Adds the faults of unusable snapshots to an error about missing records: such a snapshot may hold those records, and is
    /// then what must be repaired.
    pub(crate) fn beside(self, unfit: &[Self]) -> Self {
        match self {
            Self::Missing { directory, expected, found } => {
                let found = unfit.iter().fold(found, |found, unfit| format!("{found}; {unfit}"));
                Self::Missing { directory, expected, found }
            }
            error => error,
        }
    }
}

/// Why the owner of a journal cannot read a whole record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// It was written by a newer release.
    #[error(
        "a newer release wrote it (record format {found}, this release reads up to {known}); \
         start the release that wrote it"
    )]
    Newer {
        /// Its format version.
        found: u32,
        /// The newest version that this release reads.
        known: u32,
    },
    /// The bytes are not a record of any release.
    #[error("it has no meaning ({0}); restore the directory from a copy")]
    Meaning(String),
}

/// What is wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unread(io::Error),
    /// It is cut off, or its bytes changed.
    #[error("{0}")]
    Broken(&'static str),
    /// It was written by an older release, in a format that is no longer read.
    #[error("it has format version {found}, this release reads versions from {oldest} on")]
    Older {
        /// Its format version.
        found: u32,
        /// The oldest version that this release reads.
        oldest: u32,
    },
    /// It was written by a newer release.
    #[error(
        "a newer release wrote it (snapshot format {found}, this release reads up to {known}); \
         start the release that wrote it"
    )]
    Newer {
        /// Its format version.
        found: u32,
        /// The newest version that this release reads.
        known: u32,
    },
    /// It belongs to another partition.
    #[error("it belongs to partition {0}")]
    Partition(u32),
    /// Its bytes are intact, but do not form a state.
    #[error("what it holds has no meaning: {0}")]
    Meaning(String),
    /// Its state does not have the digest that the snapshot names.
    #[error("its state is not the one that was written down")]
    Digest,
}

/// The evidence that a record had been acknowledged, although it cannot be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The watermark file names this sequence, which is that record's or a later one, as durable.
    Watermark(u64),
    /// A record of a later group lies behind it, at this offset of the same file.
    LaterGroup {
        /// The later record's sequence.
        sequence: u64,
        /// Bytes from the start of the file.
        offset: u64,
    },
    /// A later segment exists; it begins with this sequence.
    LaterSegment(u64),
    /// A snapshot holds what this record and those before it changed.
    Snapshot(u64),
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watermark(sequence) => {
                write!(out, "the watermark says that record {sequence} was durable")
            }
            Self::LaterGroup { sequence, offset } => {
                write!(out, "record {sequence} of a later batch is at offset {offset}")
            }
            Self::LaterSegment(sequence) => {
                write!(out, "a later segment begins with record {sequence}")
            }
            Self::Snapshot(sequence) => {
                write!(out, "a snapshot was taken of record {sequence}")
            }
        }
    }
}
