//! Faults of a file: the place, the message and advice.

use std::fmt;

/// One fault of a file or of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, or the environment variable.
    pub origin: String,
    /// The line, from 1; 0 if the fault concerns the whole file or a variable.
    pub line: u32,
    /// The character in the line, from 1; 0 if there is no line.
    pub column: u32,
    /// The message.
    pub message: String,
    /// What to do; `None` if the message makes that plain.
    pub hint: Option<String>,
}

impl Fault {
    /// Creates a fault of the whole file.
    #[must_use]
    pub fn of_file(origin: &str, message: impl Into<String>) -> Self {
        Self { origin: origin.to_owned(), line: 0, column: 0, message: message.into(), hint: None }
    }

    /// The same fault with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A file's name may have any characters, and this text goes to a terminal.
        f.write_str(&self.origin.replace(char::is_control, "?"))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// The faults of a file, in the order of the file. Displayed one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Faults {}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// Quotes a text for a fault: escaped, because it goes to a terminal, and no longer than a line.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let head: String = text.chars().take(SHOWN).collect();
    let more = if head.len() < text.len() { "…" } else { "" };
    format!("{head:?}{more}")
}
