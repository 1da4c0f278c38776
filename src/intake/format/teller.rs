//! Who tells of a post, and so whose posts it may tell of.

use crate::domain::id::Authors;

/// Who tells of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// The shop's own intake, with posts of these authors.
    Shop(Authors),
    /// A stream that others run. It tells of authors of its network alone.
    Relay,
}

impl Teller {
    /// Whose posts it may tell of.
    pub(super) const fn authors(self) -> Authors {
        match self {
            Self::Shop(authors) => authors,
            Self::Relay => Authors::OfNetworks,
        }
    }
}
