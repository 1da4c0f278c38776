//! The prefilter: finds the lines that may matter by their raw bytes, before anything is parsed.

pub mod handle;
pub mod line_counts;
pub mod live_tags;
pub mod needles;
pub mod passing_lines;
pub mod scan;
