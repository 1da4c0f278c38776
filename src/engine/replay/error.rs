//! Why a recording is not replayed.

use std::path::PathBuf;

use crate::engine::error::journal_exit_code;
use crate::intake::not_lines::NotLines;
use crate::journal;

/// Why a recording was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The offers cannot be put on sale.
    #[error(transparent)]
    Engine(#[from] crate::engine::error::Error),
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The action that failed.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The card sandbox cannot keep its ledger.
    #[error("{0}")]
    Sandbox(String),
}

impl Error {
    /// The exit code of a process that ends for this reason, after sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) => error.exit_code(),
            Self::Journal(error) => journal_exit_code(error),
            Self::Io { source, .. } if NotLines::explains(source) => 65,
            Self::Io { .. } | Self::Sandbox(_) => 74,
        }
    }
}
