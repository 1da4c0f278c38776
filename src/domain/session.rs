//! A session: one account's conversation with one campaign. It remembers what was said and what is
//! held, so that a post said twice is decided once, and a confirmation may come before its claim.

mod seen;
mod unstored;

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use seen::Seen;
use unstored::Unstored;

pub use unstored::TOLD_FOR;

use super::answer::Answer;
use super::event::Event;
use super::id::{Account, OfferNo, PostId};
use super::outcome::Outcome;
use super::rules::Pace;
use super::time::{Millis, Timestamp};

/// How long a confirmation that came before its claim waits for it.
pub const PARKED_FOR: Millis = Millis::from_secs(30);

/// How far ahead of its arrival a post's own time may be: clocks differ by a little.
pub const CLOCK_SKEW: Millis = Millis::from_secs(1);

/// A confirmation that waits for its claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// The day (UTC) of an instant, counted from 1970.
#[must_use]
pub fn day_of(at: Timestamp) -> i64 {
    at.ms().div_euclid(86_400_000)
}

/// What an account spent on one day (UTC), in minor units of its campaign's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Spent {
    day: i64,
    minor: i64,
}

/// What one account said to one campaign lately, and what it holds there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Session {
    /// As few bytes as can be: the crowd that only was refused has a session as well, and nothing here.
    seen: Box<[Seen]>,
    held: SmallVec<[OfferNo; 2]>,
    parked: Box<[Parked]>,
    /// Kept only where an offer of the campaign has a cap.
    spent: Option<Box<Spent>>,
    /// No part of the state that a restart brings back; most who get something have none.
    unstored: Option<Box<Unstored>>,
}

impl Hash for Session {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.seen, &self.held, &self.parked, &self.spent).hash(hasher);
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
        let decided = self.seen.iter().find(|seen| seen.post == *post);
        let seen = decided.or_else(|| self.unstored.as_ref()?.refused(post))?;
        let parked = self.parked.iter().find(|parked| parked.post == *post);
        Some(Answer { parked_until: parked.map(|parked| parked.until), ..seen.answer(account) })
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
            Event::Waitlisted { offer, .. } | Event::Entered { offer, .. } => self.hold(*offer),
            Event::ConfirmParked { offer, post, posted_at, until, .. } => {
                let (offer, post) = (*offer, post.clone());
                push(&mut self.parked, Parked { offer, post, posted_at: *posted_at, until: *until });
            }
            Event::ParkingEnded { post, .. }
            | Event::Confirmed { post, .. }
            | Event::WaiterConfirmed { post, .. } => retain(&mut self.parked, |parked| parked.post != *post),
            _ => {}
        }
    }

    /// Notes whether the account still has, or waits for, something of an offer.
    pub fn set_held(&mut self, offer: OfferNo, held: bool) {
        if held {
            self.hold(offer);
        } else {
            self.held.retain(|held| *held != offer);
        }
    }

    fn unstored(&mut self) -> &mut Unstored {
        self.unstored.get_or_insert_default()
    }

    /// Remembers a refusal, so that a second delivery of the post is answered the same.
    pub fn refuse(&mut self, answer: &Answer) {
        if let Some((seen, _)) = Seen::of(answer.clone()) {
            self.unstored().refuse(seen);
        }
    }

    /// Whether the account is to be told this about this offer: it was not told so lately. Notes that it
    /// is told.
    pub fn tell(&mut self, offer: OfferNo, outcome: Outcome, at: Timestamp) -> bool {
        self.unstored().tell(offer, outcome, at)
    }

    /// Forgets what the account was told long before `at`.
    pub fn forget_told(&mut self, at: Timestamp) {
        if let Some(unstored) = &mut self.unstored {
            unstored.forget_told(at);
        }
    }

    /// Whether the account posts faster than that at `now`.
    #[must_use]
    pub fn is_too_fast(&self, now: Timestamp, pace: Pace) -> bool {
        self.unstored.as_ref().is_some_and(|unstored| unstored.is_too_fast(now, pace))
    }

    /// Counts a post that came at `at` against that pace.
    pub fn count_post(&mut self, at: Timestamp, pace: Pace) {
        self.unstored().count_post(at, pace);
    }

    /// What the account spent on the day (UTC) of `at`, in minor units.
    #[must_use]
    pub fn spent_on(&self, at: Timestamp) -> i64 {
        self.spent.as_ref().filter(|spent| spent.day == day_of(at)).map_or(0, |spent| spent.minor)
    }

    /// Counts an order that was placed at `at`.
    pub fn spend(&mut self, at: Timestamp, minor: i64) {
        let minor = self.spent_on(at).saturating_add(minor);
        self.spent = Some(Box::new(Spent { day: day_of(at), minor }));
    }

    /// Counts an order of `placed_at` no more: it was declined, or taken back.
    pub fn unspend(&mut self, placed_at: Timestamp, minor: i64) {
        if let Some(spent) = self.spent.as_mut().filter(|spent| spent.day == day_of(placed_at)) {
            spent.minor = spent.minor.saturating_sub(minor).max(0);
        }
    }

    /// Forgets the posts decided before `horizon`: by their own time they are too old to count again.
    pub fn forget_before(&mut self, horizon: Timestamp) {
        retain(&mut self.seen, |seen| seen.at >= horizon);
        if let Some(unstored) = &mut self.unstored {
            unstored.forget_before(horizon);
        }
    }

    /// Forgets what was spent on days before that of `at`.
    pub fn forget_spent(&mut self, at: Timestamp) {
        self.spent.take_if(|spent| spent.day < day_of(at));
    }

    /// Whether the account holds nothing and nothing it said is remembered.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.unstored.as_ref().is_none_or(|unstored| unstored.is_over()) && !self.is_stored()
    }

    /// Whether the journal brings the session back after a restart.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        !self.seen.is_empty() || self.spent.is_some() || !self.is_idle()
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

    /// The last word on a post is what a repeated delivery is told.
    fn remember(&mut self, answer: Answer) {
        let Some((seen, account)) = Seen::of(answer) else { return };
        match self.seen.iter_mut().find(|earlier| earlier.post == seen.post) {
            Some(earlier) => earlier.then(seen, &account),
            None => push(&mut self.seen, seen),
        }
    }
}

/// Adds one without any room for more.
fn push<T>(to: &mut Box<[T]>, one: T) {
    let mut grown = std::mem::take(to).into_vec();
    grown.reserve_exact(1);
    grown.push(one);
    *to = grown.into_boxed_slice();
}

/// Keeps those of which `keeps` is true. Mostly that is all of them, or there are none.
fn retain<T>(of: &mut Box<[T]>, keeps: impl Fn(&T) -> bool) {
    if !of.iter().all(&keeps) {
        *of = std::mem::take(of).into_iter().filter(keeps).collect();
    }
}
