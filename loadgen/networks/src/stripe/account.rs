//! What a key may do.

use std::collections::BTreeSet;

/// A restricted key: it may read and write all that this stand-in has, but for what it is denied.
#[derive(Debug, Clone, Default)]
pub struct Account {
    denied: BTreeSet<(String, bool)>,
}

impl Account {
    /// Takes a right away: on a resource, as `refunds`, to read or to write.
    #[must_use]
    pub fn without(mut self, resource: &str, writes: bool) -> Self {
        self.denied.insert((resource.to_owned(), writes));
        self
    }

    pub(super) fn may(&self, resource: &str, writes: bool) -> bool {
        !self.denied.contains(&(resource.to_owned(), writes))
    }
}
