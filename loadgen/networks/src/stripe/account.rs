//! What a key may do.

use std::collections::BTreeSet;

/// A restricted key: it may read and write all that this stand-in has, or what it is granted, but for what it is denied.
#[derive(Debug, Clone, Default)]
pub struct Account {
    granted: Option<BTreeSet<(String, bool)>>,
    denied: BTreeSet<(String, bool)>,
}

impl Account {
    /// Takes a right away: on a resource, as `refunds`, to read or to write.
    #[must_use]
    pub fn without(mut self, resource: &str, writes: bool) -> Self {
        self.denied.insert((resource.to_owned(), writes));
        self
    }

    /// Leaves the key no other rights than these: on a resource, as `refunds`, to read or to write. Who may write may read.
    #[must_use]
    pub fn granted<'a>(mut self, rights: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let all = rights.into_iter().flat_map(|(resource, writes)| [(resource, writes), (resource, false)]);
        self.granted = Some(all.map(|(resource, writes)| (resource.to_owned(), writes)).collect());
        self
    }

    pub(super) fn may(&self, resource: &str, writes: bool) -> bool {
        let right = (resource.to_owned(), writes);
        self.granted.as_ref().is_none_or(|granted| granted.contains(&right)) && !self.denied.contains(&right)
    }
}
