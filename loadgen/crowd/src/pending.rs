//! Holds what claims entail until it is due: late and repeated deliveries, second posts and reposts.

use crate::arrival::Arrival;
use crate::crowd::Crowd;
use crate::hashing::{RandomStream, below};
use crate::post::{PostKind, PostPlan};
use rand::{Rng, RngExt};
use std::collections::BTreeMap;

/// A post that is yet to be made, or the delivery of a post that was made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    Post(PostPlan),
    Delivery(Arrival),
}

/// Pending posts and deliveries, ordered by their milliseconds from the opening and then by their insertion.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingPosts {
    due: BTreeMap<(u64, u64), Pending>,
    inserted: u64,
}

impl PendingPosts {
    /// Returns when the next item is due.
    pub(crate) fn next_at_ms(&self) -> Option<u64> {
        self.due.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Removes the next item.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        self.due.pop_first().map(|(_, pending)| pending)
    }

    /// Holds a claim back until its confirmation has been delivered, and returns the claim's late arrival.
    pub(crate) fn confirm_before_claim(
        &mut self,
        post: PostPlan,
        claim: Arrival,
        rng: &mut impl Rng,
    ) -> Arrival {
        let confirm_at_ms = claim.at_ms + rng.random_range(200..1_000);
        self.post(confirm_at_ms, PostPlan { kind: PostKind::Confirm, ..post });
        let late = Arrival { at_ms: confirm_at_ms + rng.random_range(50..3_000), ..claim };
        self.insert(late.at_ms, Pending::Delivery(late));
        late
    }

    /// Adds what the claim's author, its network and its readers do with it after its first arrival.
    pub(crate) fn add_consequences(
        &mut self,
        crowd: &Crowd,
        post: PostPlan,
        claim: Arrival,
        rng: &mut impl Rng,
    ) {
        let (claimant, habits) = (post.person, &crowd.plan.habits);
        let author = crowd.person_at(claimant);
        if author.is_among(habits.redelivered, RandomStream::Redelivery) {
            let at_ms = claim.at_ms + rng.random_range(1..5_000);
            self.insert(at_ms, Pending::Delivery(Arrival { at_ms, ..claim }));
        }
        if author.is_among(habits.posts_again, RandomStream::SecondPost) {
            let again = PostPlan { kind: PostKind::ClaimAgain, ..post };
            self.post(claim.at_ms + rng.random_range(500..10_000), again);
        }
        let others = crowd.plan.accounts.saturating_sub(1);
        let steps = 1 + below(author.bits(RandomStream::Follower), others);
        let follower = (claimant + steps) % crowd.plan.accounts;
        if author.is_among(habits.reposted, RandomStream::Repost) {
            let kind = PostKind::Repost { claimant, claim_id: claim.post_id };
            let repost = PostPlan { person: follower, kind, ..post };
            self.post(claim.at_ms + rng.random_range(300..15_000), repost);
        }
        if author.is_among(habits.manual_rt, RandomStream::ManualRt) {
            let copy = PostPlan { person: follower, kind: PostKind::ManualRt { claimant }, ..post };
            self.post(claim.at_ms + rng.random_range(300..15_000), copy);
        }
    }

    fn post(&mut self, at_ms: u64, post: PostPlan) {
        self.insert(at_ms, Pending::Post(post));
    }

    fn insert(&mut self, at_ms: u64, pending: Pending) {
        self.inserted += 1;
        self.due.insert((at_ms, self.inserted), pending);
    }
}
