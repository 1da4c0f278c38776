//! Subscriptions of the activity stream.

/// A subscription of an app.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) user: u64,
    pub(crate) tag: Option<String>,
    pub(crate) at_ms: i64,
}
