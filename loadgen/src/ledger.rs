//! The generator's ledger: every answer, recorded independently of the server as input of the audit.

use std::collections::{BTreeMap, HashMap, HashSet};

use crowd::PostKind;

use crate::pacer::SentPost;
use crate::target::OutcomeLine;

/// Answers about one offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferLedger {
    /// Answered reservations, with the post that each answered.
    pub reserved: HashMap<String, u64>,
    /// Number of answered reservations, by person.
    pub reserved_of: HashMap<u64, u32>,
    /// Confirmed reservations.
    pub confirmed: HashSet<String>,
    /// Confirmations that may still take effect: ahead of their claim or promotion, or without an answer.
    pub confirming: u64,
    /// Claims on the waitlist.
    pub waitlisted: HashSet<u64>,
    /// Persons who claimed, whatever the answer was.
    pub claimants: HashMap<u64, Claimant>,
}

/// A person who claimed a unit of an offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimant {
    /// Whether a post of theirs was lost or came too late on this machine, so that no unit can be demanded for them.
    pub excused: bool,
}

/// The answers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By outcome code; repeated deliveries count as `duplicate`.
    pub outcomes: BTreeMap<String, u64>,
    /// By target.
    pub offers: Vec<OfferLedger>,
    /// Number of sent posts.
    pub sent: u64,
    /// Number of posts with an outcome.
    pub answered: u64,
    /// Number of posts in failed requests, whose outcome is unknown.
    pub unanswered: u64,
    /// The first invalid answers, in words.
    pub invalid_answers: Vec<String>,
    /// Number of invalid answers.
    pub invalid: u64,
}

/// Answers that say that the machine was too slow, and not that the server was wrong.
const EXCUSES: [&str; 3] = ["overloaded", "rate_limited", "confirm_late"];

/// Upper bound on the invalid answers that are kept in words.
const INVALID_KEPT: usize = 10;

/// Tells whether the post is a confirmation.
fn is_confirm(post: &SentPost) -> bool {
    post.plan.is_some_and(|plan| plan.kind == PostKind::Confirm)
}

impl Ledger {
    /// Makes an empty ledger for a number of offers.
    #[must_use]
    pub fn new(offers: usize) -> Self {
        Self { offers: vec![OfferLedger::default(); offers], ..Self::default() }
    }

    /// Records the answer to a request. Returns the posts that were answered with a new reservation.
    pub fn record(&mut self, posts: &[SentPost], lines: &[OutcomeLine<'_>]) -> Vec<SentPost> {
        self.sent += posts.len() as u64;
        self.answered += posts.len().min(lines.len()) as u64;
        if posts.len() != lines.len() {
            self.record_invalid(format!("{} posts were answered by {} outcomes", posts.len(), lines.len()));
        }
        let reserved = posts.iter().zip(lines).filter(|(post, line)| self.record_outcome(post, line));
        reserved.map(|(post, _)| *post).collect()
    }

    /// Notes that the post's author claimed a unit, and whether that counts.
    fn note_claimant(&mut self, post: &SentPost, excused: bool) {
        let Some(plan) = post.plan else { return };
        let Some(offer) = self.offers.get_mut(plan.target) else { return };
        let claims = matches!(plan.kind, PostKind::Claim | PostKind::ClaimAgain);
        if claims || offer.claimants.contains_key(&plan.person) {
            offer.claimants.entry(plan.person).or_default().excused |= excused;
        }
    }

    /// Records a request that was refused as a whole for overload.
    pub fn overloaded(&mut self, posts: &[SentPost]) {
        posts.iter().for_each(|post| self.note_claimant(post, true));
        self.sent += posts.len() as u64;
        self.answered += posts.len() as u64;
        *self.outcomes.entry("overloaded".to_owned()).or_default() += posts.len() as u64;
    }

    /// Records a request whose outcomes are unknown.
    pub fn unanswered(&mut self, posts: &[SentPost]) {
        posts.iter().for_each(|post| self.note_claimant(post, true));
        self.sent += posts.len() as u64;
        self.unanswered += posts.len() as u64;
        for post in posts.iter().filter(|post| is_confirm(post)) {
            if let Some(offer) = post.plan.and_then(|plan| self.offers.get_mut(plan.target)) {
                offer.confirming += 1;
            }
        }
    }

    /// Records one outcome, and tells whether it is a new reservation.
    fn record_outcome(&mut self, post: &SentPost, line: &OutcomeLine<'_>) -> bool {
        if line.post.as_deref().and_then(|id| id.parse().ok()) != Some(post.post_id) {
            self.record_invalid(format!("post {} got the outcome of {:?}", post.post_id, line.post));
            return false;
        }
        let counted = if line.duplicate { "duplicate" } else { &line.outcome };
        match self.outcomes.get_mut(counted) {
            Some(count) => *count += 1,
            None => drop(self.outcomes.insert(counted.to_owned(), 1)),
        }
        let Some(plan) = post.plan else {
            if !matches!(&*line.outcome, "not_relevant" | "overloaded") {
                self.record_invalid(format!(
                    "post {} is noise and was answered {}",
                    post.post_id, line.outcome
                ));
            }
            return false;
        };
        self.note_claimant(post, EXCUSES.contains(&&*line.outcome));
        let Some(offer) = self.offers.get_mut(plan.target) else { return false };
        let reservation = line.reservation.as_deref().unwrap_or_default();
        match (&*line.outcome, plan.kind) {
            ("reserved", _) => match offer.reserved.insert(reservation.to_owned(), post.post_id) {
                None => {
                    *offer.reserved_of.entry(plan.person).or_default() += 1;
                    return true;
                }
                Some(other) if other != post.post_id => {
                    self.record_invalid(format!(
                        "{reservation} was the answer to posts {other} and {}",
                        post.post_id
                    ));
                }
                Some(_) => {}
            },
            // A claim is sold at once if the sale has one step.
            ("confirmed" | "sold", _) => drop(offer.confirmed.insert(reservation.to_owned())),
            // The confirmation came from the waitlist, or ahead of its claim.
            ("waitlisted", PostKind::Confirm) => offer.confirming += u64::from(!line.duplicate),
            (_, PostKind::Confirm) if line.parked_until.is_some() => {
                offer.confirming += u64::from(!line.duplicate);
            }
            ("waitlisted", _) => drop(offer.waitlisted.insert(post.post_id)),
            _ => {}
        }
        false
    }

    fn record_invalid(&mut self, words: String) {
        self.invalid += 1;
        if self.invalid_answers.len() < INVALID_KEPT {
            self.invalid_answers.push(words);
        }
    }
}
