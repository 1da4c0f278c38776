//! The generator's own ledger: what was answered to whom. It is kept beside the server's books to audit them.

use std::collections::{BTreeMap, HashMap, HashSet};

use crowd::PostKind;

use crate::pacer::SentPost;
use crate::target::OutcomeLine;

/// What was answered about one offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferLedger {
    /// Reservations that somebody was told, with the post that was told so.
    pub reserved: HashMap<String, u64>,
    /// How many of those each person was told.
    pub reserved_of: HashMap<u64, u32>,
    /// Reservations that were confirmed.
    pub confirmed: HashSet<String>,
    /// Confirmations that may yet count: ahead of their claim or of their turn, or without an answer.
    pub confirming: u64,
    /// Claims in line.
    pub waitlisted: HashSet<u64>,
}

/// All answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By outcome code; repeated deliveries count as `duplicate`.
    pub outcomes: BTreeMap<String, u64>,
    /// By target.
    pub offers: Vec<OfferLedger>,
    /// Posts that were sent.
    pub sent: u64,
    /// Posts that got an outcome.
    pub answered: u64,
    /// Posts of requests that failed: nobody knows what became of them.
    pub unanswered: u64,
    /// What no correct server answers, in words; the first few.
    pub wrongs: Vec<String>,
    /// How many of them.
    pub wrong: u64,
}

/// Of the answers that are wrong so many are kept in words.
const WRONGS_KEPT: usize = 10;

/// Whether it is a confirmation.
fn is_confirm(post: &SentPost) -> bool {
    post.plan.is_some_and(|plan| plan.kind == PostKind::Confirm)
}

impl Ledger {
    /// An empty ledger for so many offers.
    #[must_use]
    pub fn new(offers: usize) -> Self {
        Self { offers: vec![OfferLedger::default(); offers], ..Self::default() }
    }

    /// Enters the answer to a request. Returns the posts that were just told that a unit is kept for them.
    pub fn enter(&mut self, posts: &[SentPost], lines: &[OutcomeLine<'_>]) -> Vec<SentPost> {
        self.sent += posts.len() as u64;
        self.answered += posts.len().min(lines.len()) as u64;
        if posts.len() != lines.len() {
            self.note(format!("{} posts were answered by {} outcomes", posts.len(), lines.len()));
        }
        let told = posts.iter().zip(lines).filter(|(post, line)| self.enter_line(post, line));
        told.map(|(post, _)| *post).collect()
    }

    /// Enters a request in which nothing was decided.
    pub fn overloaded(&mut self, posts: &[SentPost]) {
        self.sent += posts.len() as u64;
        self.answered += posts.len() as u64;
        *self.outcomes.entry("overloaded".to_owned()).or_default() += posts.len() as u64;
    }

    /// Enters a request of which nobody knows what became of it.
    pub fn unanswered(&mut self, posts: &[SentPost]) {
        self.sent += posts.len() as u64;
        self.unanswered += posts.len() as u64;
        for post in posts.iter().filter(|post| is_confirm(post)) {
            if let Some(offer) = post.plan.and_then(|plan| self.offers.get_mut(plan.target)) {
                offer.confirming += 1;
            }
        }
    }

    /// Whether the post was just told that a unit is kept for it.
    fn enter_line(&mut self, post: &SentPost, line: &OutcomeLine<'_>) -> bool {
        if line.post.as_deref().and_then(|id| id.parse().ok()) != Some(post.post_id) {
            self.note(format!("post {} got the outcome of {:?}", post.post_id, line.post));
            return false;
        }
        let counted = if line.duplicate { "duplicate" } else { &line.outcome };
        match self.outcomes.get_mut(counted) {
            Some(count) => *count += 1,
            None => drop(self.outcomes.insert(counted.to_owned(), 1)),
        }
        let Some(plan) = post.plan else {
            if !matches!(&*line.outcome, "not_relevant" | "overloaded") {
                self.note(format!("post {} is noise and was answered {}", post.post_id, line.outcome));
            }
            return false;
        };
        let Some(offer) = self.offers.get_mut(plan.target) else { return false };
        let reservation = line.reservation.as_deref().unwrap_or_default();
        match (&*line.outcome, plan.kind) {
            ("reserved", _) => match offer.reserved.insert(reservation.to_owned(), post.post_id) {
                None => {
                    *offer.reserved_of.entry(plan.person).or_default() += 1;
                    return true;
                }
                Some(other) if other != post.post_id => {
                    self.note(format!("{reservation} was told to posts {other} and {}", post.post_id));
                }
                Some(_) => {}
            },
            // A claim is, where the sale has one step.
            ("confirmed" | "sold", _) => drop(offer.confirmed.insert(reservation.to_owned())),
            // Said by one who waits in line, or ahead of the claim.
            ("waitlisted", PostKind::Confirm) => offer.confirming += u64::from(!line.duplicate),
            (_, PostKind::Confirm) if line.parked_until.is_some() => {
                offer.confirming += u64::from(!line.duplicate);
            }
            ("waitlisted", _) => drop(offer.waitlisted.insert(post.post_id)),
            _ => {}
        }
        false
    }

    fn note(&mut self, words: String) {
        self.wrong += 1;
        if self.wrongs.len() < WRONGS_KEPT {
            self.wrongs.push(words);
        }
    }
}
