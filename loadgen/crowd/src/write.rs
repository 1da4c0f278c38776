//! The crowd's lines: linked accounts and posts.

use crate::bytes::{push, push_number, push_padded};
use crate::crowd::Crowd;
use crate::handle::push_handle;
use crate::hashing::{RandomStream, below, choose};
use crate::line::{Author, NETWORK, close_post, open_post};
use crate::post::{PostKind, PostPlan};

const REGIONS: [&str; 8] = ["US-NY", "US-CA", "US-TX", "US-IL", "US-WA", "US-FL", "US-OR", "US-MA"];

impl Crowd {
    /// Appends the line of the person's linked account. Returns false and appends nothing if there is none.
    pub fn write_account(&self, out: &mut Vec<u8>, person: u64) -> bool {
        if !self.is_linked(person) {
            return false;
        }
        let (owner, cards) = (self.person_at(person), &self.plan.cards);
        let prepaid = owner.is_among(cards.prepaid, RandomStream::Funding);
        push(out, r#"{"network":""#);
        push(out, NETWORK);
        push(out, r#"","author_id":""#);
        push_number(out, self.author_id(person));
        push(out, r#"","card":{"token":""#);
        push(out, owner.card_token_prefix(cards));
        push_number(out, person);
        push(out, r#"","brand":"amex","funding":""#);
        push(out, if prepaid { "prepaid" } else { "credit" });
        push(out, r#"","last4":""#);
        push_padded(out, below(owner.bits(RandomStream::CardDigits), 10_000), 4);
        push(out, r#""},"email":""#);
        push_handle(out, self.seed, person);
        push(out, r#"@example.com","region":""#);
        push(out, choose(owner.bits(RandomStream::Region), &REGIONS));
        push(out, "\"}\n");
        true
    }

    /// Appends the line of a post.
    ///
    /// # Panics
    /// If the plan has no such target.
    pub fn write_post(&self, out: &mut Vec<u8>, post: &PostPlan, post_id: u64, posted_at_ms: i64) {
        let (author, habits) = (self.person_at(post.person), &self.plan.habits);
        let tags = self.tags.get(post.target).expect("a target of the plan");
        open_post(out, self.author(post.person), post_id, posted_at_ms);
        let mut repost_of = None;
        match post.kind {
            PostKind::Claim => tags.buy.push_claim(out, author, habits, false),
            PostKind::ClaimAgain => tags.buy.push_claim(out, author, habits, true),
            PostKind::Confirm => tags.confirm.push_confirm(out, author, habits),
            PostKind::Cancel => tags.cancel.push_cancel(out, author, habits),
            PostKind::Repost { claimant, claim_id } => {
                repost_of = Some(claim_id);
                tags.buy.push_claim(out, self.person_at(claimant), habits, false);
            }
            PostKind::ManualRt { claimant } => {
                push(out, "RT @");
                push_handle(out, self.seed, claimant);
                push(out, ": ");
                tags.buy.push_claim(out, self.person_at(claimant), habits, false);
            }
        }
        close_post(out, repost_of);
    }

    /// Appends a claim: [`write_post`](Self::write_post) of [`PostKind::Claim`].
    pub fn write_claim(
        &self,
        out: &mut Vec<u8>,
        person: u64,
        target: usize,
        post_id: u64,
        posted_at_ms: i64,
    ) {
        let post = PostPlan { person, target, kind: PostKind::Claim };
        self.write_post(out, &post, post_id, posted_at_ms);
    }

    /// Appends a confirmation: [`write_post`](Self::write_post) of [`PostKind::Confirm`].
    pub fn write_confirm(
        &self,
        out: &mut Vec<u8>,
        person: u64,
        target: usize,
        post_id: u64,
        posted_at_ms: i64,
    ) {
        let post = PostPlan { person, target, kind: PostKind::Confirm };
        self.write_post(out, &post, post_id, posted_at_ms);
    }

    /// Appends a cancellation: [`write_post`](Self::write_post) of [`PostKind::Cancel`].
    pub fn write_cancel(
        &self,
        out: &mut Vec<u8>,
        person: u64,
        target: usize,
        post_id: u64,
        posted_at_ms: i64,
    ) {
        let post = PostPlan { person, target, kind: PostKind::Cancel };
        self.write_post(out, &post, post_id, posted_at_ms);
    }

    fn author(&self, person: u64) -> Author {
        Author { id: self.author_id(person), seed: self.seed, number: person }
    }
}
