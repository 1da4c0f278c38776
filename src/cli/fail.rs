//! The failure of a command: the message for its user, and the exit code.

use std::fmt;
use std::path::Path;

use crate::intake::not_lines::NotLines;

/// A failed command: what failed, where, and what to do.
#[derive(Debug)]
pub(crate) struct Fail {
    pub(crate) code: u8,
    message: String,
    broken_pipe: bool,
}

impl Fail {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), broken_pipe: false }
    }

    /// A failure in the input data.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(65, message)
    }

    /// A failure in the configuration.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(78, message)
    }

    /// A failure to open an input file.
    pub(crate) fn no_input(path: &Path, source: &std::io::Error) -> Self {
        Self::new(66, format!("cannot open {}: {source}", path.display()))
    }

    /// A failure to use a file.
    pub(crate) fn io(action: &str, path: &Path, source: &std::io::Error) -> Self {
        let code = if NotLines::explains(source) { 65 } else { 74 };
        Self::new(code, format!("cannot {action} {}: {source}", path.display()))
    }

    /// A failure to write standard output.
    pub(crate) fn output(source: &std::io::Error) -> Self {
        let broken_pipe = source.kind() == std::io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(74, format!("cannot write to standard output: {source}")) }
    }

    /// Whether the reader of the output closed it, which is not a failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<crate::engine::Error> for Fail {
    fn from(error: crate::engine::Error) -> Self {
        Self::new(error.exit_code(), error.to_string())
    }
}

impl From<crate::engine::replay::Error> for Fail {
    fn from(error: crate::engine::replay::Error) -> Self {
        Self::new(error.exit_code(), error.to_string())
    }
}

impl From<crate::backups::BackupError> for Fail {
    fn from(error: crate::backups::BackupError) -> Self {
        Self::new(error.exit_code(), error.to_string())
    }
}
