//! Who tells of a post.

/// Who tells of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// The shop's own intake.
    Trusted,
    /// A stream that others run.
    Relay,
}
