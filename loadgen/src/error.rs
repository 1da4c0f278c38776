//! The error of a command: a message for the user, and the exit code.

use std::fmt;
use std::path::Path;

/// An error message and an exit code. The message names the problem, the place and a way out.
#[derive(Debug)]
pub struct CommandError {
    /// Exit code, as in sysexits.h.
    pub code: u8,
    message: String,
}

impl CommandError {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Reports wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(2, message)
    }

    /// Reports invalid input data.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(65, message)
    }

    /// Reports a server that cannot be reached, or is not Flashtag.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(69, message)
    }

    /// Reports an input file that cannot be read.
    pub(crate) fn no_input(path: &Path, source: &std::io::Error) -> Self {
        Self::new(66, format!("cannot read {}: {source}", path.display()))
    }

    /// Reports a file that cannot be written.
    pub(crate) fn no_output(path: &Path, source: &std::io::Error) -> Self {
        Self::new(73, format!("cannot write {}: {source}", path.display()))
    }

    /// Reports a failed system call.
    pub(crate) fn system(what: &str, source: &std::io::Error) -> Self {
        Self::new(71, format!("cannot {what}: {source}"))
    }

    /// Reports the interruption by a signal.
    pub(crate) fn interrupted() -> Self {
        Self::new(130, "ended before its time")
    }

    /// Prefixes the message with its subject.
    pub(crate) fn about(self, subject: &str) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Reports a failed write to standard output.
    pub(crate) fn output(source: &std::io::Error) -> Self {
        Self::new(74, format!("cannot write to standard output: {source}"))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
