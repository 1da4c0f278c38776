//! A session: one account's conversation with one campaign. It remembers the account's recent posts and what
//! the account holds. So a post that is delivered twice is decided once, and a confirmation may arrive before
//! its claim.

mod decide;
mod extras;
mod holdings;
mod liveness;
mod parked;
mod past_post;
mod rare;
mod stored;

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::Deserialize;

use extras::SessionExtras;
use past_post::{Details, Kept, PastPost};
use rare::RareExtras;

pub use parked::{CANCELS_PARKED_MAX, PARKED_FOR, Parked};
pub use past_post::RENOTIFY_AFTER;
pub use rare::day_of;

use super::answer::Answer;
use super::decision::Few;
use super::event::Event;
use super::holding::Holding;
use super::id::{Account, OfferNo, PostId};
use super::rules::PostRate;
use super::time::Timestamp;

/// Upper bound on the refused posts that a session remembers; the oldest is forgotten first.
const REFUSED_MAX: usize = 8;

/// Upper bound on the different refusals of which one account is notified within [`RENOTIFY_AFTER`].
const NOTIFIED_MAX: usize = 32;

/// What one account posted to one campaign recently, and what it holds there.
///
/// Most accounts post once and are refused. The map entry of such an account, key included, takes 64 bytes,
/// one cache line; everything else is boxed.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "stored::Read")]
pub struct Session {
    /// The first answered post, if its answer has no details.
    first: Option<PastPost>,
    more: Option<Box<SessionExtras>>,
}

/// Shows everything that the session remembers; omits liveness.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen: Vec<_> = self.seen().collect();
        let holdings: Vec<_> = self.holdings().collect();
        f.debug_struct("Session")
            .field("seen", &seen)
            .field("holdings", &holdings)
            .field("rare", &self.rare())
            .finish()
    }
}

/// Hashes journaled state only.
impl Hash for Session {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.decided().for_each(|seen| seen.hash(hasher));
        self.holdings().for_each(|holding| holding.hash(hasher));
        self.rare().and_then(RareExtras::stored).hash(hasher);
    }
}

impl Session {
    /// Returns the answer that this post got before.
    #[must_use]
    pub fn recall(&self, account: &Account, post: &PostId) -> Option<Answer> {
        let refused = || self.seen().find(|(seen, _)| seen.is_refused() && seen.answers(post));
        let (seen, details) = self.decided().find(|(seen, _)| seen.answers(post)).or_else(refused)?;
        let parked = self.all_parked().find(|parked| parked.post == *post);
        Some(Answer { parked_until: parked.map(|parked| parked.until), ..seen.answer(details, account) })
    }

    /// The offers of which the account has a reservation or a place on the waitlist, with its holding of
    /// each. The one that became live first comes first.
    pub fn held(&self) -> impl Iterator<Item = (OfferNo, &Holding)> {
        self.holdings().filter(|(_, holding)| holding.is_live())
    }

    /// The offers of which the account has or had something.
    pub fn holdings(&self) -> impl Iterator<Item = (OfferNo, &Holding)> {
        self.more.iter().flat_map(|more| more.holdings.iter())
    }

    /// What the account has or had of an offer.
    #[must_use]
    pub fn holding(&self, offer: OfferNo) -> Option<&Holding> {
        self.more.as_ref()?.holdings.get(offer)
    }

    /// Changes the account's holding of an offer.
    pub fn change_holding(&mut self, offer: OfferNo, change: impl FnOnce(&mut Holding)) {
        self.more_mut().holdings.change(offer, change);
        self.tidy();
    }

    /// The parked confirmation of an offer, which waits for its claim.
    #[must_use]
    pub fn parked(&self, offer: OfferNo) -> Option<&Parked> {
        let mut confirmations = self.rare().into_iter().flat_map(|rare| &rare.parked);
        confirmations.find(|parked| parked.offer == offer)
    }

    /// The parked cancellations, which wait for their claims.
    pub fn cancels(&self) -> impl Iterator<Item = &Parked> {
        self.rare().into_iter().flat_map(|rare| &rare.cancels)
    }

    /// The earliest instant at which a parked confirmation or cancellation expires.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.all_parked().map(|parked| parked.until).min()
    }

    /// The events that end the parked confirmations and cancellations which have expired by `now`.
    #[must_use]
    pub fn expire_due(&self, account: &Account, now: Timestamp) -> Few<Event> {
        let due = self.all_parked().filter(|parked| parked.until <= now);
        due.map(|parked| Event::ParkingEnded {
            offer: parked.offer,
            account: account.clone(),
            post: parked.post.clone(),
        })
        .collect()
    }

    /// Applies an event about this account, recorded at `at`.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        if let Some(answer) = Answer::to_event(at, event) {
            self.remember(&answer);
        }
        match event {
            Event::ConfirmParked { offer, post, posted_at, until, .. } => {
                let (offer, post) = (*offer, post.clone());
                let parked = &mut self.rare_mut().parked;
                parked.reserve_exact(1);
                parked.push(Parked { offer, post, posted_at: *posted_at, until: *until, cid: None });
            }
            Event::CancelParked { offer, post, posted_at, until, .. } => {
                let (offer, post) = (*offer, post.clone());
                let cancels = &mut self.rare_mut().cancels;
                cancels.push(Parked { offer, post, posted_at: *posted_at, until: *until, cid: None });
            }
            Event::ConfirmationHeard { post, cid, .. } => {
                let rare = self.rare_if_any();
                let mut parked = rare.into_iter().flat_map(|rare| &mut rare.parked);
                if let Some(parked) = parked.find(|parked| parked.post == *post) {
                    parked.cid = Some(cid.clone());
                }
            }
            Event::ParkingEnded { post, .. }
            | Event::ClaimCancelled { by: post, .. }
            | Event::Confirmed { post, .. }
            | Event::WaiterConfirmed { post, .. } => {
                if let Some(rare) = self.rare_if_any() {
                    rare.parked.retain(|parked| parked.post != *post);
                    rare.cancels.retain(|parked| parked.post != *post);
                }
                self.tidy();
            }
            _ => {}
        }
    }

    /// Remembers a refusal, so that a second delivery of the post gets the same answer. Returns whether the
    /// account is to be notified, as in [`Self::notify`].
    pub fn refuse(&mut self, answer: &Answer) -> bool {
        let notified = self.is_new(answer);
        if self.refusals() == REFUSED_MAX {
            self.forget_first_refusal(answer.at);
        }
        self.keep_answer(answer, Kept::Refused { notified });
        notified
    }

    /// Returns whether the account is to be notified of this outcome for this offer: it was not within
    /// `RENOTIFY_AFTER`. If so, records the notification.
    pub fn notify(&mut self, answer: &Answer) -> bool {
        let notified = self.is_new(answer);
        if notified {
            self.keep_answer(answer, Kept::Notified);
        }
        notified
    }

    fn is_new(&self, answer: &Answer) -> bool {
        let notified = || self.seen().filter(|(seen, _)| seen.is_notified(answer.at));
        let same = |seen: &PastPost| (Some(seen.offer), seen.outcome) == (answer.offer, answer.outcome);
        !notified().any(|(seen, _)| same(seen)) && notified().count() < NOTIFIED_MAX
    }

    /// Whether the account posts faster than `pace` at `now`.
    #[must_use]
    pub fn is_too_fast(&self, now: Timestamp, pace: PostRate) -> bool {
        self.rare().is_some_and(|rare| rare.is_too_fast(now, pace))
    }

    /// Counts a post that arrived at `at` against `pace`.
    pub fn count_post(&mut self, at: Timestamp, pace: PostRate) {
        self.rare_mut().count_post(at, pace);
    }

    /// What the account spent on the day (UTC) of `at`, in minor units.
    #[must_use]
    pub fn spent_on(&self, at: Timestamp) -> i64 {
        self.rare().map_or(0, |rare| rare.spent_on(at))
    }

    /// Adds an order that was placed at `at` to what the account spent, in minor units.
    pub fn spend(&mut self, at: Timestamp, minor: i64) {
        self.rare_mut().spend(at, minor);
    }

    /// Subtracts an order that was placed at `placed_at`: it was declined or taken back.
    pub fn unspend(&mut self, placed_at: Timestamp, minor: i64) {
        if let Some(rare) = self.rare_if_any() {
            rare.unspend(placed_at, minor);
        }
    }

    /// Forgets at `at` the posts decided before `horizon`, which by their own time are too old to be accepted
    /// again, and the notifications that were sent long ago.
    pub fn forget(&mut self, horizon: Timestamp, at: Timestamp) {
        let lasts = |seen: &PastPost| seen.lasting(horizon, at) == Some(seen.kept);
        if self.seen().all(|(seen, _)| lasts(seen)) {
            return;
        }
        self.retain(|seen| {
            let lasting = seen.lasting(horizon, at);
            seen.kept = lasting.unwrap_or(seen.kept);
            lasting.is_some()
        });
        if let Some(more) = &mut self.more {
            more.seen.shrink_to_fit();
        }
        self.tidy();
    }

    /// Whether [`Self::forget`] with horizon `at`, or a later one, may change anything. It may if a
    /// remembered post is that old. It also may if no post is left to forget: the session is over once it
    /// holds nothing, and an event that names no post may bring that about.
    #[must_use]
    pub fn may_forget_by(&self, at: Timestamp) -> bool {
        self.has_seen_nothing() || self.seen().any(|(seen, _)| seen.at <= at)
    }

    /// Forgets what was spent on days before the day of `at`.
    pub fn forget_spent(&mut self, at: Timestamp) {
        if let Some(rare) = self.rare_if_any() {
            rare.forget_spent(at);
        }
        self.tidy();
    }

    /// Whether the session can be removed: the account has and had nothing, none of its posts is remembered,
    /// and no conversation is under way.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.has_seen_nothing() && !self.is_stored() && !self.is_live()
    }

    /// Whether a restart restores the session from the journal.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        let rare = self.rare().is_some_and(|rare| rare.stored().is_some());
        rare || self.holdings().next().is_some() || self.decided().next().is_some()
    }

    /// Whether the session has a boxed part beside its one cache line. A prefetch reads this first, and then
    /// `is_idle`, which reads the boxed part.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.more.is_some()
    }

    /// Whether the account holds nothing and waits for nothing.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.held().next().is_none() && self.all_parked().next().is_none()
    }

    /// The number of posts that are remembered as refused.
    #[must_use]
    pub fn refusals(&self) -> usize {
        self.seen().filter(|(seen, _)| seen.is_refused()).count()
    }

    /// The remembered posts, in the order of their answers.
    fn seen(&self) -> impl Iterator<Item = (&PastPost, Details)> {
        let first = self.first.iter().map(|seen| (seen, Details::default()));
        let others = self.more.iter().flat_map(|more| &more.seen);
        first.chain(others.map(|(seen, details)| (seen, *details)))
    }

    fn has_seen_nothing(&self) -> bool {
        self.seen().next().is_none()
    }

    fn decided(&self) -> impl Iterator<Item = (&PastPost, Details)> {
        self.seen().filter(|(seen, _)| seen.kept == Kept::Decided)
    }

    fn all_parked(&self) -> impl Iterator<Item = &Parked> {
        self.rare().into_iter().flat_map(|rare| rare.parked.iter().chain(&rare.cancels))
    }

    fn rare(&self) -> Option<&RareExtras> {
        self.more.as_ref()?.rare.as_deref()
    }

    fn rare_if_any(&mut self) -> Option<&mut RareExtras> {
        self.more.as_mut()?.rare.as_deref_mut()
    }

    fn rare_mut(&mut self) -> &mut RareExtras {
        self.more_mut().rare.get_or_insert_default()
    }

    fn more_mut(&mut self) -> &mut SessionExtras {
        self.more.get_or_insert_default()
    }

    /// Frees boxes that are empty: millions of accounts have parked a confirmation or had a reservation once.
    fn tidy(&mut self) {
        if let Some(more) = &mut self.more {
            more.rare.take_if(|rare| rare.is_empty());
        }
        self.more.take_if(|more| more.is_empty());
    }

    /// Remembers an answer that the journal records. A repeated delivery gets the latest answer to its post.
    fn remember(&mut self, answer: &Answer) {
        let Some(post) = &answer.post else { return };
        let is_it = |seen: &PastPost| seen.kept == Kept::Decided && seen.answers(post);
        if let Some(first) = self.first.take_if(|first| is_it(first)) {
            let merged = first.then(Details::default(), answer);
            self.more_mut().seen.insert(0, merged);
            return;
        }
        let mut others = self.more.iter_mut().flat_map(|more| &mut more.seen);
        match others.find(|(seen, _)| is_it(seen)) {
            Some(merged) => *merged = merged.0.clone().then(merged.1, answer),
            None => self.keep_answer(answer, Kept::Decided),
        }
    }

    fn keep_answer(&mut self, answer: &Answer, kept: Kept) {
        if let Some((seen, details)) = PastPost::of(answer, kept) {
            self.keep(seen, details);
        }
    }

    fn keep(&mut self, seen: PastPost, details: Details) {
        if details == Details::default() && self.has_seen_nothing() {
            self.first = Some(seen);
        } else {
            let others = &mut self.more_mut().seen;
            others.reserve_exact(1);
            others.push((seen, details));
        }
    }

    /// Removes the posts for which `keep` returns false.
    fn retain(&mut self, mut keep: impl FnMut(&mut PastPost) -> bool) {
        self.first.take_if(|first| !keep(first));
        if let Some(more) = &mut self.more {
            more.seen.retain(|(seen, _)| keep(seen));
        }
    }

    /// Forgets the oldest refused post, but keeps the record that its author was notified.
    fn forget_first_refusal(&mut self, at: Timestamp) {
        let mut is_found = false;
        self.retain(|seen| {
            let is_first = seen.is_refused() && !std::mem::replace(&mut is_found, true);
            !is_first || seen.forget_answer(at)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Session};

    #[test]
    fn a_session_fits_one_cache_line() {
        assert_eq!(size_of::<Option<(Account, Session)>>(), 64);
    }
}
