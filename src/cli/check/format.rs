//! The form of what `check` finds.

/// The form of what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people, with the announcements
    Text,
    /// One JSON object for each finding, and nothing else
    Json,
}
