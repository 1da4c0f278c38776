//! Counts of what a sale read, and the lines that it left out.

use serde::Serialize;

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Lines that were not blank.
    pub lines: u64,
    /// Posts that concern an offer.
    pub relevant: u64,
    /// Lines of the transaction feed that were not blank.
    pub transactions: u64,
    /// Lines that could not be understood, and were left out.
    pub bad_lines: u64,
}

/// A line that could not be understood, or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}
