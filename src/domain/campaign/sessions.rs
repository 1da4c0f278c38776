//! The sessions of a campaign: how a post finds its session, what is remembered of refusals, and which sessions are live.

use super::Campaign;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::domain::answer::Answer;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::id::Account;
use crate::domain::offers::Offers;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::session::{Session, TOLD_FOR};
use crate::domain::time::Timestamp;

impl Campaign {
    /// The session of an account, if it has said or holds anything.
    #[must_use]
    pub fn session(&self, account: &Account) -> Option<&Session> {
        self.sessions.get(account)
    }

    /// The slot of an account's session, if it has one; the account's until the session is over.
    #[must_use]
    pub fn slot_of(&self, account: &Account) -> Option<SlotId> {
        self.sessions.slot(account)
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

    /// How many accounts have a session.
    #[must_use]
    pub fn sessions_len(&self) -> usize {
        self.sessions.len()
    }

    /// Decides a post by a plain call: no actor is asked.
    pub(super) fn decide_post(&self, now: Timestamp, post: &PostCommand) -> Result<Decision, Refusal> {
        let session = self.session(&post.account);
        let decide = |session: &Session| session.decide_post(now, post, &self.offers);
        session.map_or_else(|| decide(&Session::default()), decide)
    }

    /// Lets `decide` decide a post: with the session of its author in `slot`, or an empty one where there is none, and
    /// with the offers.
    ///
    /// # Errors
    /// The reason, where the answer is no.
    ///
    /// # Panics
    /// When the slot is another account's.
    pub fn decide_post_by(
        &mut self,
        post: &PostCommand,
        slot: Option<SlotId>,
        decide: impl FnOnce(&mut Session, &Offers) -> Result<Decision, Refusal>,
    ) -> Result<Decision, Refusal> {
        let Some(slot) = slot else { return decide(&mut Session::default(), &self.offers) };
        let (account, session) = self.sessions.entry_mut(slot).expect("a session was found there");
        assert_eq!(*account, post.account, "a slot is its account's until its session is over");
        decide(session, &self.offers)
    }

    /// Whether an account is to be told an answer that no rule of the campaign gave: it was not told so
    /// lately. Notes that it is told.
    pub fn tell(&mut self, answer: &Answer) -> bool {
        let slot = self.sessions.slot_or_default(&answer.account);
        let first = self.sessions.at_mut(slot).is_some_and(|session| session.tell(answer));
        if first {
            self.told.push(answer.at, slot);
        }
        first
    }

    /// Remembers at `at` that a post was refused, and returns the answer to it with whether the
    /// account is told so for the first time. No event: the journal does not know of it. `found` is what
    /// [`Self::slot_of`] returned for the post's author.
    ///
    /// # Panics
    /// When the slot is empty, or another account's.
    pub fn refuse(
        &mut self,
        at: Timestamp,
        command: &PostCommand,
        found: Option<SlotId>,
        refusal: Refusal,
    ) -> (Answer, bool) {
        let place = match refusal {
            Refusal::Duplicate(first) => return (Answer { duplicate: true, ..*first }, false),
            // Before lots are drawn nobody has a place in line.
            Refusal::AlreadyWaiting { place } => Some(place).filter(|place| *place > 0),
            _ => None,
        };
        let answer = Answer::new(at, Some(command.post.clone()), command.account.clone(), refusal.outcome());
        let answer = Answer { offer: command.intent.offer(), place, ..answer };
        // The button of a signed link may be pressed again, and its page tells what came of it.
        if answer.offer.is_none() || matches!(command.intent, Intent::Accept(_)) {
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
        // Where the decided post is remembered for as long, the session is visited for that anyway.
        if first && self.memory < TOLD_FOR {
            self.told.push(at, slot);
        }
        (answer, first)
    }

    /// Makes the session in a slot live: its account was heard at `at`. Returns whether it was not live before.
    pub fn activate(&mut self, slot: SlotId, at: Timestamp) -> bool {
        self.sessions.at_mut(slot).is_some_and(|session| session.activate(at))
    }

    /// Notes that the account of the session in a slot was heard at `at`, if the session is live. Returns whether it is.
    pub fn note_heard(&mut self, slot: SlotId, at: Timestamp) -> bool {
        self.sessions.at_mut(slot).is_some_and(|session| session.note_heard(at))
    }

    /// Passivates the live session in a slot, unless it holds something or was heard after `silent_since`. What it
    /// remembers stays; a session that is over ends. Returns whether it is passivated.
    pub fn passivate(&mut self, slot: SlotId, silent_since: Timestamp) -> bool {
        let Some(session) = self.sessions.at_mut(slot) else { return true };
        let passivated = session.passivate(silent_since);
        if session.is_over() {
            self.sessions.remove_at(slot);
        }
        passivated
    }

    pub(super) fn let_forget(&mut self, slot: SlotId, forget: impl FnOnce(&mut Session)) {
        let Some(session) = self.sessions.at_mut(slot) else { return };
        forget(session);
        if session.is_over() {
            self.sessions.remove_at(slot);
        }
    }
}
