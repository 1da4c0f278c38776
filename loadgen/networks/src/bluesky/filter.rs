//! What a reader of a Jetstream wants.

use super::event::{Change, Event};

/// Collections and accounts; an empty list wants all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Full names, or prefixes that end with `.*`.
    pub(crate) collections: Vec<String>,
    pub(crate) dids: Vec<String>,
    /// Kinds of events; the first Jetstream has no such filter.
    pub(crate) kinds: Vec<String>,
}

impl Filter {
    pub(crate) fn wants(&self, event: &Event) -> bool {
        let kind = match &event.change {
            Change::Commit(_) => "commit",
            Change::Identity { .. } => "identity",
            Change::Account { .. } => "account",
        };
        if !self.kinds.is_empty() && !self.kinds.iter().any(|wanted| wanted == kind) {
            return false;
        }
        let Change::Commit(commit) = &event.change else { return true };
        let has_author = self.dids.is_empty() || self.dids.contains(&event.did);
        let fits = |wanted: &String| match wanted.strip_suffix('*') {
            Some(prefix) => commit.collection.starts_with(prefix),
            None => *wanted == commit.collection,
        };
        has_author && (self.collections.is_empty() || self.collections.iter().any(fits))
    }

    /// Why a filter is refused.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.collections.len() > 100 {
            return Some("too many wanted collections".to_owned());
        }
        if self.dids.len() > 10_000 {
            return Some("too many wanted DIDs".to_owned());
        }
        let is_name = |name: &str| name.contains('.') && !name.contains(char::is_whitespace);
        let bad = self.collections.iter().find(|name| !is_name(name));
        if let Some(name) = bad {
            return Some(format!("invalid collection: {name}"));
        }
        let bad = self.dids.iter().find(|did| !did.starts_with("did:"));
        bad.map(|did| format!("invalid DID: {did}"))
    }
}
