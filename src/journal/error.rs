//! What can go wrong with a journal, and what its operator should do about it.

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
        /// What was tried, as an infinitive.
        action: &'static str,
        /// On which file or directory.
        file: PathBuf,
        /// What the system said.
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
    /// Somebody else has opened the log since, or wrote to it while it was being opened.
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
        /// Where in it, in bytes from its start.
        offset: u64,
        /// The record that should be there.
        sequence: u64,
        /// How it is known that the record had been acknowledged.
        evidence: Evidence,
    },
    /// Segments do not follow on each other, or the first or all of them are gone.
    #[error(
        "records from {expected} on are missing from {}: {found}; \
         restore the missing files, nothing was changed",
        .directory.display()
    )]
    Missing {
        /// The journal's directory.
        directory: PathBuf,
        /// The first record that is not there.
        expected: u64,
        /// What is there instead.
        found: String,
    },
    /// The first bytes of a segment are not those of a segment.
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
        /// The versions that this release reads; it writes the last of them.
        known: RangeInclusive<u32>,
    },
    /// A whole record cannot be read by its owner.
    #[error("record {sequence} in {} cannot be read: {fault}; nothing was changed", .directory.display())]
    Record {
        /// The journal's directory.
        directory: PathBuf,
        /// The record.
        sequence: u64,
        /// Why not.
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
        /// How many bytes must stay free.
        spare: u64,
    },
    /// Another process has the data directory.
    #[error(
        "another flashtag process (pid {pid}) uses {}; stop it, or choose another directory",
        .directory.display()
    )]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// The other process, or `unknown` if it has not yet said.
        pid: String,
    },
}

/// What helps against a failure of the file system: a place that can be used, or a disk that can.
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
    /// For `map_err`: what was tried on which file.
    pub(super) fn io(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { action, file, source }
    }
}

/// Why the owner of a journal cannot read a record that is whole.
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
    /// No release writes such bytes.
    #[error("it has no meaning ({0}); restore the directory from a copy")]
    Meaning(String),
}

/// What is wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unread(io::Error),
    /// It is cut off, or it is not what was written.
    #[error("{0}")]
    Broken(&'static str),
    /// It was written by an older release, whose snapshots are not read any more.
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
    /// It is another partition's.
    #[error("it belongs to partition {0}")]
    Partition(u32),
    /// Its bytes are those that were written, and do not come to a state.
    #[error("what it holds has no meaning: {0}")]
    Meaning(String),
    /// The state that it holds is not the one that was written down.
    #[error("its state is not the one that was written down")]
    Digest,
}

/// How it is known that a record had been acknowledged, though it cannot be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The watermark file: this sequence was durable.
    Watermark(u64),
    /// A record of a later group lies behind it, at this offset of the same file.
    LaterGroup {
        /// The later record's sequence.
        sequence: u64,
        /// Bytes from the start of the file.
        offset: u64,
    },
    /// A later segment exists, which begins with this sequence.
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
