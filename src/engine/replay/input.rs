//! Counts of what a sale read, and the lines that it left out.

use serde::{Deserialize, Serialize};

/// Counts of what a sale read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Lines that were not blank.
    pub lines: u64,
    /// Posts that concern an offer.
    pub relevant: u64,
    /// Lines of the transaction feed that were not blank.
    pub transactions: u64,
    /// Lines that could not be parsed and were left out.
    pub bad_lines: u64,
}

/// A line that was left out, or a command that was not executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// Why it was left out.
    pub reason: String,
}
