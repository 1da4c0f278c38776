//! A session: one account's conversation with one campaign. It remembers what was said and what is
//! held, so that a post said twice is decided once, and a confirmation may come before its claim.

use std::hash::{Hash, Hasher};

use smallvec::SmallVec;

use super::answer::Answer;
use super::event::Event;
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::outcome::Outcome;
use super::time::{Millis, Timestamp};

/// How long a confirmation that came before its claim waits for it.
pub const PARKED_FOR: Millis = Millis::from_secs(30);

/// How far ahead of its arrival a post's own time may be: clocks differ by a little.
pub const CLOCK_SKEW: Millis = Millis::from_secs(1);

/// A post that was decided, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Seen {
    post: PostId,
    outcome: Outcome,
    offer: OfferNo,
    ordinal: Option<u32>,
    units: u32,
    place: Option<u32>,
    at: Timestamp,
}

/// A confirmation that waits for its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parked {
    /// Of which offer.
    pub offer: OfferNo,
    /// The confirming post.
    pub post: PostId,
    /// When it was published.
    pub posted_at: Timestamp,
    /// Until when it waits.
    pub until: Timestamp,
}

/// Refused posts that one account's session remembers; the oldest gives way.
const REFUSED_MAX: usize = 8;

/// What one account said to one campaign lately, and what it holds there.
#[derive(Debug, Clone, Default)]
pub struct Session {
    seen: SmallVec<[Seen; 1]>,
    held: SmallVec<[OfferNo; 2]>,
    parked: Vec<Parked>,
    /// Refusals are not journaled, so these are no part of the state that a restart brings back.
    refused: Vec<Answer>,
}

impl Hash for Session {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.seen, &self.held, &self.parked).hash(hasher);
    }
}

impl Session {
    /// Judges whether a post's own time can be believed on its arrival at `now`.
    ///
    /// # Errors
    /// `future` for a post later than its arrival, `stale` for one older than `max_lateness`.
    pub fn believe(now: Timestamp, posted_at: Timestamp, max_lateness: Millis) -> Result<(), Outcome> {
        if posted_at > now.plus(CLOCK_SKEW) {
            Err(Outcome::Future)
        } else if now.since(posted_at) > max_lateness {
            Err(Outcome::Stale)
        } else {
            Ok(())
        }
    }

    /// What was answered to that post before.
    #[must_use]
    pub fn recall(&self, account: &Account, post: &PostId) -> Option<Answer> {
        let Some(seen) = self.seen.iter().find(|seen| seen.post == *post) else {
            return self.refused.iter().find(|answer| answer.post.as_ref() == Some(post)).cloned();
        };
        let reservation = seen.ordinal.map(|ordinal| ReservationId { offer: seen.offer, ordinal });
        Some(Answer {
            offer: Some(seen.offer),
            reservation,
            units: seen.units,
            place: seen.place,
            parked_until: self.parked.iter().find(|parked| parked.post == *post).map(|parked| parked.until),
            ..Answer::new(seen.at, Some(post.clone()), account.clone(), seen.outcome)
        })
    }

    /// The offers of which the account has a reservation or a place in line.
    #[must_use]
    pub fn held(&self) -> &[OfferNo] {
        &self.held
    }

    /// The confirmation of that offer that waits for its claim.
    #[must_use]
    pub fn parked(&self, offer: OfferNo) -> Option<&Parked> {
        self.parked.iter().find(|parked| parked.offer == offer)
    }

    /// When the first parked confirmation has waited long enough.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.parked.iter().map(|parked| parked.until).min()
    }

    /// The parked confirmations that have waited long enough at `now`, as facts.
    #[must_use]
    pub fn expire_due(&self, account: &Account, now: Timestamp) -> Vec<Event> {
        let due = self.parked.iter().filter(|parked| parked.until <= now);
        due.map(|parked| Event::ParkingEnded {
            offer: parked.offer,
            account: account.clone(),
            post: parked.post.clone(),
        })
        .collect()
    }

    /// Applies a fact about this account, recorded at `at`.
    pub fn evolve(&mut self, at: Timestamp, event: &Event) {
        if let Some(answer) = Answer::to_event(at, event) {
            self.remember(answer);
        }
        match event {
            Event::Reserved { id, .. } => self.hold(id.offer),
            Event::Waitlisted { offer, .. } => self.hold(*offer),
            Event::Sold { id, .. }
            | Event::Declined { id, .. }
            | Event::Expired { id, .. }
            | Event::Released { id, .. } => self.let_go(id.offer),
            Event::LeftLine { offer, .. } | Event::LineEnded { offer, .. } => self.let_go(*offer),
            Event::ConfirmParked { offer, post, posted_at, until, .. } => self.parked.push(Parked {
                offer: *offer,
                post: post.clone(),
                posted_at: *posted_at,
                until: *until,
            }),
            Event::ParkingEnded { post, .. }
            | Event::Confirmed { post, .. }
            | Event::WaiterConfirmed { post, .. } => self.parked.retain(|parked| parked.post != *post),
            _ => {}
        }
    }

    /// Remembers a refusal, so that a second delivery of the post is answered the same. Returns
    /// whether the account is told this about this offer for the first time.
    pub fn refuse(&mut self, answer: Answer) -> bool {
        let told = |earlier: &Answer| (earlier.offer, earlier.outcome) == (answer.offer, answer.outcome);
        let first = !self.refused.iter().any(told);
        if self.refused.len() == REFUSED_MAX {
            self.refused.remove(0);
        }
        self.refused.push(answer);
        first
    }

    /// Forgets the posts decided before `horizon`: by their own time they are too old to count again.
    pub fn forget_before(&mut self, horizon: Timestamp) {
        self.seen.retain(|seen| seen.at >= horizon);
        self.refused.retain(|answer| answer.at >= horizon);
    }

    /// Whether the account holds nothing and nothing it said is remembered.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.refused.is_empty() && !self.is_stored()
    }

    /// Whether the journal brings the session back after a restart.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        !self.seen.is_empty() || !self.is_idle()
    }

    /// Whether the account holds nothing and waits for nothing.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.held.is_empty() && self.parked.is_empty()
    }

    fn hold(&mut self, offer: OfferNo) {
        if !self.held.contains(&offer) {
            self.held.push(offer);
        }
    }

    fn let_go(&mut self, offer: OfferNo) {
        self.held.retain(|held| *held != offer);
    }

    /// The last word on a post is what a repeated delivery is told.
    fn remember(&mut self, answer: Answer) {
        let (Some(post), Some(offer)) = (answer.post, answer.offer) else { return };
        let seen = Seen {
            post,
            outcome: answer.outcome,
            offer,
            ordinal: answer.reservation.map(|id| id.ordinal),
            units: answer.units,
            place: answer.place,
            at: answer.at,
        };
        match self.seen.iter_mut().find(|earlier| earlier.post == seen.post) {
            Some(earlier) => *earlier = seen,
            None => self.seen.push(seen),
        }
    }
}
