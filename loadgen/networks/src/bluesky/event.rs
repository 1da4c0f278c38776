//! What the network tells everybody.

use ipld_core::cid::Cid;
use serde_json::Value;

/// A change of an account.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) did: String,
    /// When it was sequenced, in microseconds since 1970; different for each event.
    pub(crate) time_us: i64,
    pub(crate) change: Change,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Commit(Box<Commit>),
    Identity { handle: String },
    Account { is_active: bool },
}

/// A commit of one record.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) cid: Cid,
    pub(crate) rev: String,
    pub(crate) since: Option<String>,
    pub(crate) action: Action,
    pub(crate) collection: String,
    pub(crate) rkey: String,
    /// The record and its CID, but for a deletion.
    pub(crate) record: Option<(Value, Cid)>,
    /// What the key named before.
    pub(crate) previous: Option<Cid>,
    /// Root of the tree before.
    pub(crate) previous_data: Option<Cid>,
    /// The archive of what is new.
    pub(crate) archive: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
