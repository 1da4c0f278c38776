//! How to judge the end of a history.

/// How to judge the end of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The engine is still running: reservations may be pending.
    Open,
    /// Nothing more will come: every reservation must have ended.
    Strict,
}
