//! What a person does.

use crate::society::Society;

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

impl Act {
    /// Does it at a network; returns whether it could be done.
    pub fn perform(&self, network: &mut dyn Society, now_ms: i64) -> bool {
        let Self { who, deed, text, about } = self;
        match (deed, about) {
            (Deed::Claims | Deed::Confirms | Deed::Cancels, about) => {
                network.post(who, text, about.as_deref(), now_ms).is_some()
            }
            (Deed::Reposts, Some(post)) => network.repost(who, post, now_ms).is_some(),
            (Deed::Deletes, Some(post)) => network.delete(who, post, now_ms),
            (Deed::Reposts | Deed::Deletes, None) => false,
        }
    }
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
