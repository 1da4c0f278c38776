//! What a person does.

/// An act of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Handle of the person.
    pub who: String,
    /// What it is.
    pub deed: Deed,
    /// The text that is posted; empty for a repost and a deletion.
    pub text: String,
    /// The post that is answered, reposted or deleted.
    pub about: Option<String>,
}

/// A kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Posts a claim.
    Claims,
    /// Confirms what the shop reserved.
    Confirms,
    /// Gives back what the shop reserved.
    Cancels,
    /// Reposts the announcement.
    Reposts,
    /// Deletes the claim.
    Deletes,
}
