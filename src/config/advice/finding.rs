//! One finding of the adviser: where, what, and what to do.

use std::fmt;

use serde::Serialize;

use crate::text::file_fault::Fault;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The sale cannot start.
    Fault,
    /// The sale can start, and is probably not what the seller means.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if the finding is about no single line.
    pub line: u64,
    /// The character in the line, from 1; 0 if the finding is about no single one.
    pub column: u32,
    /// The id of the offer, if it is about one.
    pub offer: Option<String>,
    /// What is found.
    pub what: String,
    /// What to do; `None` if `what` makes that plain.
    pub advice: Option<String>,
}

impl Finding {
    /// A warning about a file as a whole.
    #[must_use]
    pub fn warning(file: &str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            file: file.to_owned(),
            line: 0,
            column: 0,
            offer: None,
            what: what.into(),
            advice: Some(advice.into()),
        }
    }

    /// The same finding, on that line.
    pub(super) fn on_line(self, line: u32) -> Self {
        Self { line: line.into(), ..self }
    }

    /// The same finding, about an offer.
    pub(super) fn of_offer(self, id: &str) -> Self {
        Self { offer: Some(id.to_owned()), ..self }
    }

    /// A fault of a file, found by its reader.
    #[must_use]
    pub fn fault(file: &str, line: u64, what: impl Into<String>) -> Self {
        let (file, what) = (file.to_owned(), what.into());
        Self { severity: Severity::Fault, file, line, column: 0, offer: None, what, advice: None }
    }
}

impl From<Fault> for Finding {
    fn from(fault: Fault) -> Self {
        let Fault { origin, line, column, message, hint } = fault;
        Self { column, advice: hint, ..Self::fault(&origin, line.into(), message) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A file's name may have any characters, and this text goes to a terminal.
        f.write_str(&self.file.replace(char::is_control, "?"))?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        if let Some(offer) = &self.offer {
            write!(f, ": {offer}")?;
        }
        write!(f, ": {}", self.what)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}
