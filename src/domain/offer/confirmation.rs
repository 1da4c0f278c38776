//! The post that confirms a reservation, and what it makes of the payment.

use crate::domain::cid::Cid;
use crate::domain::event::{Claim, Way};
use crate::domain::heard_posts::HeardPost;
use crate::domain::id::PostId;
use crate::domain::time::Timestamp;

/// How a reservation is confirmed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirmation<'c> {
    /// The confirming post; in a one-step sale the claim.
    pub(super) post: &'c PostId,
    /// The hash of the post, if a stream told of it that nobody has to trust.
    pub(super) cid: Option<&'c Cid>,
    pub(super) way: Way,
    /// The deadline of the reservation.
    pub(super) deadline: Timestamp,
}

impl Confirmation<'_> {
    /// The posts that are to be read again before the card is asked: those of claim and confirmation of which such a
    /// stream told.
    pub(super) fn heard_posts(&self, claim: &Claim) -> Vec<HeardPost> {
        // So are most orders, and each passes here.
        if claim.cid.is_none() && self.cid.is_none() {
            return Vec::new();
        }
        let claim_and_confirmation =
            [(&claim.post, claim.cid.as_deref()), (self.post, self.cid.filter(|_| *self.post != claim.post))];
        let heard =
            |(post, cid): (&PostId, Option<&Cid>)| Some(HeardPost { post: post.clone(), cid: cid?.clone() });
        claim_and_confirmation.into_iter().filter_map(heard).collect()
    }
}
