//! Why a command failed, for its user, with the exit code.

use std::fmt;
use std::path::Path;

/// A message that says what, where and what to do.
#[derive(Debug)]
pub struct CommandError {
    /// The exit code, as in sysexits.h.
    pub code: u8,
    message: String,
}

impl CommandError {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What was typed cannot be done.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(2, message)
    }

    /// An input file is not what it should be.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(65, message)
    }

    /// The server cannot be reached, or is none.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(69, message)
    }

    /// A file that is to be read cannot be opened.
    pub(crate) fn no_input(path: &Path, source: &std::io::Error) -> Self {
        Self::new(66, format!("cannot read {}: {source}", path.display()))
    }

    /// A file cannot be made.
    pub(crate) fn no_output(path: &Path, source: &std::io::Error) -> Self {
        Self::new(73, format!("cannot write {}: {source}", path.display()))
    }

    /// The system does not give what every run needs.
    pub(crate) fn system(what: &str, source: &std::io::Error) -> Self {
        Self::new(71, format!("cannot {what}: {source}"))
    }

    /// Somebody pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(130, "ended before its time")
    }

    /// The same failure, and whose it is.
    pub(crate) fn about(self, whose: &str) -> Self {
        Self { message: format!("{whose}: {}", self.message), ..self }
    }

    /// Standard output cannot be written.
    pub(crate) fn output(source: &std::io::Error) -> Self {
        Self::new(74, format!("cannot write to standard output: {source}"))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
