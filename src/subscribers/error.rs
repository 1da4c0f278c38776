//! The failures of a subscriber, each with a remedy for the operator.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::journal;

/// The reason why a subscriber cannot continue now. The sale continues, and the subscriber retries.
#[derive(Debug, thiserror::Error)]
pub enum SubscriberError {
    /// An operation of the file system failed.
    #[error("cannot {action} {}: {source}; {}", .path.display(), Remedy(.source))]
    Io {
        /// The action that failed, as an infinitive.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} is not a history and is left alone; name another file", .path.display())]
    NotAHistory {
        /// The file.
        path: PathBuf,
    },
    /// The file has records of other journals.
    #[error(
        "{} has another record {sequence} of partition {partition} than the journal: it belongs to another data \
         directory, or a backup was restored; move it away, and a new one is begun",
        .path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The partition of the record.
        partition: u32,
        /// The sequence of the record.
        sequence: u64,
    },
    /// It is ahead of the journal.
    #[error(
        "it has record {position} of partition {partition}, and the journal ends with {durable}: it belongs to \
         another data directory, or a backup was restored; move its output away, and a new one is begun"
    )]
    Ahead {
        /// The partition.
        partition: u32,
        /// The subscriber's position.
        position: u64,
        /// The last durable record.
        durable: u64,
    },
    /// Records were skipped.
    #[error("record {found} of partition {partition} came where {expected} belongs")]
    Order {
        /// The partition of the records.
        partition: u32,
        /// The expected record.
        expected: u64,
        /// The received record.
        found: u64,
    },
    /// Another failure.
    #[error("{0}")]
    Other(String),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

impl SubscriberError {
    /// For `map_err`: adds the action and the file to an error of the file system.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// The remedy for a failure of the file system.
struct Remedy<'e>(&'e io::Error);

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "create its directory",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "make it writable, or name another file"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
            _ => "repair its disk, or name another file",
        })
    }
}
