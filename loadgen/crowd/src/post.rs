//! A post of the crowd, before it has an id and a time.

/// A post to be written by [`Crowd::write_post`](crate::Crowd::write_post).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostPlan {
    /// Index of the author in `0..accounts`.
    pub person: u64,
    /// Index into the plan's targets.
    pub target: usize,
    /// Meaning of the post.
    pub kind: PostKind,
}

/// The kinds of posts that contain a live tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostKind {
    /// Contains the buy tag.
    Claim,
    /// Contains the buy tag again, in other words: networks drop a second post of the same text.
    ClaimAgain,
    /// Contains the confirmation tag.
    Confirm,
    /// Contains the cancel tag.
    Cancel,
    /// Reposts another person's claim: contains the buy tag and must not buy.
    Repost {
        /// Author of the claim.
        claimant: u64,
        /// Post id of the claim.
        claim_id: u64,
    },
    /// Copies another person's claim by hand as `RT @...`: must not buy either.
    ManualRt {
        /// Author of the claim.
        claimant: u64,
    },
}

/// The engine's prompts, to which people react.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// A claim reserved a unit.
    Reserved,
    /// A claim on the waitlist was promoted.
    Promoted,
}
