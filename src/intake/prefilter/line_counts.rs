//! Counts of the lines that went through the prefilter.

/// Lines of one text, or of several that follow each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// All lines, which is the number of the last one.
    pub lines: u64,
    /// Lines that are not blank.
    pub filled: u64,
}
