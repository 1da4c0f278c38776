//! What the streaming interface tells.

/// A change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A status is new.
    Update(u64),
    /// A status is gone.
    Delete { id: u64, author: u64 },
    /// An account has a new notification.
    Notification(u64),
}

/// Something that an account is told.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) id: u64,
    /// Whom it tells.
    pub(crate) to: u64,
    /// Whose act it is.
    pub(crate) from: u64,
    /// `mention` or `reblog`.
    pub(crate) kind: &'static str,
    pub(crate) status: u64,
    pub(crate) at_ms: i64,
    /// Whether it is held back: not streamed, and listed only with `include_filtered`.
    pub(crate) is_filtered: bool,
}
