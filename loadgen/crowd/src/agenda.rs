//! What claims entail: late and repeated deliveries, second posts, reposts. Kept in time order until due.

use crate::arrival::Arrival;
use crate::crowd::Crowd;
use crate::hash::{Question, below};
use crate::post::{PostKind, PostPlan};
use rand::{Rng, RngExt};
use std::collections::BTreeMap;

/// Something due: a post yet to be made, or a delivery of one that was.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Later {
    Post(PostPlan),
    Delivery(Arrival),
}

/// Things due, by their time in milliseconds from the opening; at the same time, by their entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    due: BTreeMap<(u64, u64), Later>,
    entered: u64,
}

impl Agenda {
    /// When the next thing is due.
    pub(crate) fn head_ms(&self) -> Option<u64> {
        self.due.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Takes the next thing off.
    pub(crate) fn take(&mut self) -> Option<Later> {
        self.due.pop_first().map(|(_, later)| later)
    }

    /// A claim that the network holds back until its confirmation has been delivered; returns the late arrival.
    pub(crate) fn early_confirm(&mut self, post: PostPlan, claim: Arrival, rng: &mut impl Rng) -> Arrival {
        let confirm_at_ms = claim.at_ms + rng.random_range(200..1_000);
        self.post(confirm_at_ms, PostPlan { kind: PostKind::Confirm, ..post });
        let late = Arrival { at_ms: confirm_at_ms + rng.random_range(50..3_000), ..claim };
        self.enter(late.at_ms, Later::Delivery(late));
        late
    }

    /// What the claim's author, its network and its readers do with it after its (first) arrival.
    pub(crate) fn mischief(&mut self, crowd: &Crowd, post: PostPlan, claim: Arrival, rng: &mut impl Rng) {
        let (claimant, habits) = (post.person, &crowd.plan.habits);
        let known = crowd.known(claimant);
        if known.is_among(habits.redelivered, Question::Redelivery) {
            let at_ms = claim.at_ms + rng.random_range(1..5_000);
            self.enter(at_ms, Later::Delivery(Arrival { at_ms, ..claim }));
        }
        if known.is_among(habits.posts_again, Question::SecondPost) {
            let again = PostPlan { kind: PostKind::ClaimAgain, ..post };
            self.post(claim.at_ms + rng.random_range(500..10_000), again);
        }
        let others = crowd.plan.accounts.saturating_sub(1);
        let steps = 1 + below(known.bits(Question::Follower), others);
        let follower = (claimant + steps) % crowd.plan.accounts;
        if known.is_among(habits.reposted, Question::Repost) {
            let kind = PostKind::Repost { claimant, claim_id: claim.post_id };
            let repost = PostPlan { person: follower, kind, ..post };
            self.post(claim.at_ms + rng.random_range(300..15_000), repost);
        }
        if known.is_among(habits.manual_rt, Question::ManualRt) {
            let copy = PostPlan { person: follower, kind: PostKind::ManualRt { claimant }, ..post };
            self.post(claim.at_ms + rng.random_range(300..15_000), copy);
        }
    }

    fn post(&mut self, at_ms: u64, post: PostPlan) {
        self.enter(at_ms, Later::Post(post));
    }

    fn enter(&mut self, at_ms: u64, later: Later) {
        self.entered += 1;
        self.due.insert((at_ms, self.entered), later);
    }
}
