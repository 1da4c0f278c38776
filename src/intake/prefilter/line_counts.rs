//! Counts of the lines that passed through the prefilter's input.

/// Counts of the lines of one text, or of consecutive texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// All lines; also the number of the last line.
    pub lines: u64,
    /// Lines that are not blank.
    pub filled: u64,
}
