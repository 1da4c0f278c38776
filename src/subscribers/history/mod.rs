//! The history as a file: every record as the line that `flashtag history` prints, followed live.
//!
//! The file is its own position: nothing else is stored, so nothing can disagree with it.

pub mod history_file;
mod line;
mod rewriting;
mod tail;

pub use history_file::HistoryFile;
