//! One thing that a provider has, or lacks.

use std::fmt;

use compact_str::CompactString;
use serde::Serialize;

/// Whether a sale can go on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// It is there.
    Good,
    /// It is not there, and the sale needs it.
    Missing,
    /// Nothing can tell, or the sale goes on without it.
    Advice,
}

/// One thing that a provider has, or lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Whether a sale can go on with it.
    pub kind: NoteKind,
    /// The words, without secrets.
    pub text: CompactString,
}

impl Note {
    /// Something that is there.
    #[must_use]
    pub fn good(text: impl Into<CompactString>) -> Self {
        Self { kind: NoteKind::Good, text: text.into() }
    }

    /// Something that the sale needs.
    #[must_use]
    pub fn missing(text: impl Into<CompactString>) -> Self {
        Self { kind: NoteKind::Missing, text: text.into() }
    }

    /// Something that a person should know.
    #[must_use]
    pub fn advice(text: impl Into<CompactString>) -> Self {
        Self { kind: NoteKind::Advice, text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            NoteKind::Good => "good",
            NoteKind::Missing => "MISSING",
            NoteKind::Advice => "note",
        };
        // A network's words may have any characters, and this text goes to a terminal.
        write!(f, "{kind}: {}", self.text.replace(char::is_control, "?"))
    }
}
