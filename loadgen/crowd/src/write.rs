//! The crowd's lines: linked accounts and posts, appended to the caller's bytes.

use crate::crowd::Crowd;
use crate::handle::push_handle;
use crate::hash::{Question, below, choose};
use crate::line::{Author, NETWORK, close_post, open_post, push, push_number, push_padded};
use crate::post::{PostKind, PostPlan};

const REGIONS: [&str; 8] = ["US-NY", "US-CA", "US-TX", "US-IL", "US-WA", "US-FL", "US-OR", "US-MA"];

impl Crowd {
    /// Appends the person's line of linked accounts; false, and nothing appended, if they linked none.
    pub fn write_account(&self, out: &mut Vec<u8>, person: u64) -> bool {
        if !self.is_linked(person) {
            return false;
        }
        let (known, cards) = (self.known(person), &self.plan.cards);
        let prepaid = known.is_among(cards.prepaid, Question::Funding);
        push(out, r#"{"network":""#);
        push(out, NETWORK);
        push(out, r#"","author_id":""#);
        push_number(out, self.author_id(person));
        push(out, r#"","card":{"token":""#);
        push(out, known.card_luck(cards));
        push_number(out, person);
        push(out, r#"","brand":"amex","funding":""#);
        push(out, if prepaid { "prepaid" } else { "credit" });
        push(out, r#"","last4":""#);
        push_padded(out, below(known.bits(Question::CardDigits), 10_000), 4);
        push(out, r#""},"email":""#);
        push_handle(out, self.seed, person);
        push(out, r#"@example.com","region":""#);
        push(out, choose(known.bits(Question::Region), &REGIONS));
        push(out, "\"}\n");
        true
    }

    /// Appends the line of a post.
    ///
    /// # Panics
    /// If the target is not one of the plan's.
    pub fn write_post(&self, out: &mut Vec<u8>, post: &PostPlan, post_id: u64, posted_at_ms: i64) {
        let (known, habits) = (self.known(post.person), &self.plan.habits);
        let tags = self.tags.get(post.target).expect("a target of the plan");
        open_post(out, self.author(post.person), post_id, posted_at_ms);
        let mut repost_of = None;
        match post.kind {
            PostKind::Claim => tags.buy.push_claim(out, known, habits, false),
            PostKind::ClaimAgain => tags.buy.push_claim(out, known, habits, true),
            PostKind::Confirm => tags.confirm.push_confirm(out, known, habits),
            PostKind::Cancel => tags.cancel.push_cancel(out, known, habits),
            PostKind::Repost { claimant, claim_id } => {
                repost_of = Some(claim_id);
                tags.buy.push_claim(out, self.known(claimant), habits, false);
            }
            PostKind::ManualRt { claimant } => {
                push(out, "RT @");
                push_handle(out, self.seed, claimant);
                push(out, ": ");
                tags.buy.push_claim(out, self.known(claimant), habits, false);
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
