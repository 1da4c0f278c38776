//! The sessions of a campaign: how a post finds its session, how refusals are remembered, and which sessions
//! are live.

use super::Campaign;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::domain::answer::Answer;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::id::Account;
use crate::domain::offers::Offers;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::session::{RENOTIFY_AFTER, Session};
use crate::domain::time::Timestamp;

impl Campaign {
    /// The session of an account; none if the campaign does not remember the account.
    #[must_use]
    pub fn session(&self, account: &Account) -> Option<&Session> {
        self.sessions.get(account)
    }

    /// The slot of an account's session, if it has one. The slot is reused once the session is over.
    #[must_use]
    pub fn slot_of(&self, account: &Account) -> Option<SlotId> {
        self.sessions.slot(account)
    }

    /// The slot of an account's session, as [`Self::slot_of`]: without a search if that session was used
    /// last.
    #[must_use]
    pub fn slot_of_recent(&self, account: &Account) -> Option<SlotId> {
        self.recent_of(account).or_else(|| self.slot_of(account))
    }

    /// The slot of the session that was used last, if it is the account's.
    pub(super) fn recent_of(&self, account: &Account) -> Option<SlotId> {
        let is_own = |slot: &SlotId| self.sessions.at(*slot).is_some_and(|(kept_for, _)| kept_for == account);
        self.recent.filter(is_own)
    }

    /// The session in a slot.
    #[must_use]
    pub fn session_in(&self, slot: SlotId) -> Option<&Session> {
        self.sessions.at(slot).map(|(_, session)| session)
    }

    /// The sessions of all accounts that have one.
    #[must_use]
    pub fn sessions(&self) -> &StableMap<Account, Session> {
        &self.sessions
    }

    /// The number of accounts that have a session.
    #[must_use]
    pub fn sessions_len(&self) -> usize {
        self.sessions.len()
    }

    /// Decides a post by a direct call, without an actor.
    pub(super) fn decide_post(&self, now: Timestamp, post: &PostCommand) -> Result<Decision, Refusal> {
        let session = self.session(&post.account);
        let decide = |session: &Session| session.decide_post(now, post, &self.offers);
        session.map_or_else(|| decide(&Session::default()), decide)
    }

    /// Decides a post by `decide`, with the campaign's offers and the session of its author in `slot`, or an
    /// empty session if `slot` is none.
    ///
    /// # Errors
    /// The reason of the refusal.
    ///
    /// # Panics
    /// When the slot holds another account's session.
    pub fn decide_post_by(
        &mut self,
        post: &PostCommand,
        slot: Option<SlotId>,
        decide: impl FnOnce(&mut Session, &Offers) -> Result<Decision, Refusal>,
    ) -> Result<Decision, Refusal> {
        self.recent = slot;
        let Some(slot) = slot else { return decide(&mut Session::default(), &self.offers) };
        let (account, session) = self.sessions.entry_mut(slot).expect("a session was found there");
        assert_eq!(*account, post.account, "a slot is its account's until its session is over");
        decide(session, &self.offers)
    }

    /// Returns whether an account is to be notified of an answer that no rule of the campaign gave: it was
    /// not recently. If so, records the notification.
    pub fn notify(&mut self, answer: &Answer) -> bool {
        let slot = self.sessions.slot_or_default(&answer.account);
        let first = self.sessions.at_mut(slot).is_some_and(|session| session.notify(answer));
        if first {
            self.notified.push(answer.at, slot);
        }
        first
    }

    /// Remembers at `at` that a post was refused. Returns the answer, and whether the account is to be
    /// notified because it was not recently. Refusals are not journaled. `found` is what [`Self::slot_of`]
    /// returned for the post's author.
    ///
    /// # Panics
    /// When the slot is empty or holds another account's session.
    pub fn refuse(
        &mut self,
        at: Timestamp,
        command: &PostCommand,
        found: Option<SlotId>,
        refusal: Refusal,
    ) -> (Answer, bool) {
        let offer = refusal.offer().or_else(|| command.intent.offer());
        let place = match refusal {
            Refusal::Duplicate(first) => return (Answer { duplicate: true, ..*first }, false),
            // Until the draw, no account has a place on the waitlist.
            Refusal::AlreadyWaiting { place } => Some(place).filter(|place| *place > 0),
            _ => None,
        };
        let answer = Answer::new(at, Some(command.post.clone()), command.account.clone(), refusal.outcome());
        let answer = Answer { offer, place, ..answer };
        // A signed link may be used again, and its page shows the result, so this refusal is not remembered. Nor is
        // that of a post whose time is yet to come: delivered again, it is decided.
        let passes = matches!(command.intent, Intent::Accept(_)) || answer.outcome == Outcome::Future;
        if answer.offer.is_none() || passes {
            return (answer, false);
        }
        let pace = answer.offer.filter(|_| self.paced).and_then(|no| self.pace_of(no));
        let slot = found.unwrap_or_else(|| self.sessions.slot_or_default(&command.account));
        self.decided.push(at, slot);
        let (account, session) = self.sessions.entry_mut(slot).expect("a session was found there");
        assert_eq!(*account, command.account, "a slot is its account's until its session is over");
        if let Some(pace) = pace.filter(|_| answer.outcome != Outcome::RateLimited) {
            session.count_post(at, pace);
        }
        let first = session.refuse(&answer);
        // If posts are remembered for at least as long as notifications, the note in `decided` is enough.
        if first && self.memory < RENOTIFY_AFTER {
            self.notified.push(at, slot);
        }
        (answer, first)
    }

    /// Makes the session in a slot live; its account posted at `at`. Returns whether it was passive before.
    pub fn activate(&mut self, slot: SlotId, at: Timestamp) -> bool {
        self.sessions.at_mut(slot).is_some_and(|session| session.activate(at))
    }

    /// Records that the account of the session in a slot posted at `at`, if the session is live. Returns
    /// whether it is live.
    pub fn note_activity(&mut self, slot: SlotId, at: Timestamp) -> bool {
        self.sessions.at_mut(slot).is_some_and(|session| session.note_activity(at))
    }

    /// Passivates the live session in a slot, unless it holds something or its account posted after
    /// `silent_since`. The session keeps what it remembers, and is removed if it is over. Returns whether it
    /// is passivated.
    pub fn passivate(&mut self, slot: SlotId, silent_since: Timestamp) -> bool {
        let Some(session) = self.sessions.at_mut(slot) else { return true };
        let passivated = session.passivate(silent_since);
        if session.is_over() {
            self.sessions.remove_at(slot);
        }
        passivated
    }

    pub(super) fn forget_in(&mut self, slot: SlotId, forget: impl FnOnce(&mut Session)) {
        let Some(session) = self.sessions.at_mut(slot) else { return };
        forget(session);
        if session.is_over() {
            self.sessions.remove_at(slot);
        }
    }
}
