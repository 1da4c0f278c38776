//! What the end of a history means.

/// What the end of the history means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The engine runs on: reservations may be pending.
    Open,
    /// Nothing is to come: every reservation must have ended.
    Strict,
}
