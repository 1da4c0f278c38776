//! What a person of the crowd posts, before it has an id and a time.

/// A post to be written by [`Crowd::write_post`](crate::Crowd::write_post).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostPlan {
    /// Who posts: an index in `0..accounts`.
    pub person: u64,
    /// About which target: an index into the plan's targets.
    pub target: usize,
    /// What the post says.
    pub kind: PostKind,
}

/// The kinds of posts that matter to an engine, rightly or wrongly posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostKind {
    /// The buy tag.
    Claim,
    /// The buy tag once more, in other words: networks swallow a second post of the same text.
    ClaimAgain,
    /// The confirmation tag.
    Confirm,
    /// The cancel tag.
    Cancel,
    /// A repost of somebody's claim: it contains the buy tag and must not buy.
    Repost {
        /// Whose claim.
        claimant: u64,
        /// The post id of that claim.
        claim_id: u64,
    },
    /// Somebody's claim copied by hand as `RT @...`: it must not buy either.
    ManualRt {
        /// Whose claim.
        claimant: u64,
    },
}

/// What an engine answered to a claim, as far as people react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A unit is kept; please confirm.
    Reserved,
    /// A unit came back to one who waited in line; please confirm.
    Promoted,
}
