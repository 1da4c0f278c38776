//! A campaign: the offers that share limits, and the sessions of the accounts that talk to them.
//! The decider that shells call: it lets the session and the offer judge in turn, in one step.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use super::agenda::Agenda;
use super::answer::Answer;
use super::command::{Command, Report, Said, Wish};
use super::decision::Decision;
use super::event::Event;
use super::id::{Account, OfferNo};
use super::offer::{Ask, Offer};
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::session::{CLOCK_SKEW, PARKED_FOR, Session};
use super::time::{Millis, Timestamp};

/// The whole truth about one campaign.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    offers: BTreeMap<OfferNo, Offer>,
    sessions: HashMap<Account, Session, foldhash::quality::RandomState>,
    offers_due: Agenda<OfferNo>,
    sessions_due: Agenda<Account>,
    /// Who had a post decided, and when: the order in which sessions may forget.
    decided: VecDeque<(Timestamp, Account)>,
    /// How long a decided post must be remembered: it could be believed on a second arrival.
    memory: Millis,
}

impl Campaign {
    /// The offers, by number.
    pub fn offers(&self) -> impl Iterator<Item = (OfferNo, &Offer)> {
        self.offers.iter().map(|(&no, offer)| (no, offer))
    }

    /// One offer.
    #[must_use]
    pub fn offer(&self, no: OfferNo) -> Option<&Offer> {
        self.offers.get(&no)
    }

    /// The session of an account, if it has said or holds anything.
    #[must_use]
    pub fn session(&self, account: &Account) -> Option<&Session> {
        self.sessions.get(account)
    }

    /// How many accounts have a session.
    #[must_use]
    pub fn sessions_len(&self) -> usize {
        self.sessions.len()
    }

    /// When the shell must next send [`Command::ExpireDue`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let offers = self.offers_due.first().map(|(due, _)| due);
        let sessions = self.sessions_due.first().map(|(due, _)| due);
        [offers, sessions].into_iter().flatten().min()
    }

    /// Whether anything is under way that time or a provider will end.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.sessions_due.is_empty() || self.offers.values().any(Offer::is_pending)
    }

    /// Judges a command at `now`. Reads the state and changes nothing.
    ///
    /// # Errors
    /// The reason, where the answer is no.
    pub fn decide(&self, now: Timestamp, command: &Command) -> Result<Decision, Refusal> {
        match command {
            // A number names one offer for ever: another under it would forget what was sold.
            Command::AddOffer { offer, .. } if self.offers.contains_key(offer) => {
                Err(Outcome::NotRelevant.into())
            }
            Command::AddOffer { offer, terms } => {
                Ok(Decision::of(Event::OfferAdded { offer: *offer, terms: terms.clone() }))
            }
            Command::Say(said) => self.judge_post(now, said),
            Command::ExpireDue => Ok(self.expire_due(now)),
            Command::Report(report) => self.judge_report(now, report),
        }
    }

    fn judge_post(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let session = self.sessions.get(&said.account);
        match &said.wish {
            Wish::Repost { of, tagged } => {
                // Whose prompt it is decides; anybody may repost anything.
                let own = session.into_iter().flat_map(Session::held).find(|&&offer| {
                    let held = self.offers.get(&offer).and_then(|offer| offer.reservation_of(&said.account));
                    held.is_some_and(|(_, reservation)| reservation.prompt.as_ref() == Some(of))
                });
                match (own, tagged) {
                    (Some(&offer), _) => self.judge_tagged(now, session, said, offer),
                    (None, Some(_)) => {
                        Err(self.first_answer(session, said).unwrap_or_else(|| Outcome::Repost.into()))
                    }
                    (None, None) => {
                        Err(self.first_answer(session, said).unwrap_or_else(|| Outcome::NotRelevant.into()))
                    }
                }
            }
            Wish::Delete => self.judge_deletion(now, session, said),
            Wish::Buy(offer) | Wish::Confirm(offer) | Wish::Cancel(offer) => {
                self.judge_tagged(now, session, said, *offer)
            }
        }
    }

    fn first_answer(&self, session: Option<&Session>, said: &Said) -> Option<Refusal> {
        let first = session?.recall(&said.account, &said.post)?;
        Some(Refusal::Duplicate(Box::new(first)))
    }

    fn judge_tagged(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &Said,
        offer_no: OfferNo,
    ) -> Result<Decision, Refusal> {
        if let Some(first) = self.first_answer(session, said) {
            return Err(first);
        }
        let offer = self.offers.get(&offer_no).ok_or(Outcome::NotRelevant)?;
        Session::believe(now, said.posted_at, offer.terms().max_lateness)?;
        match said.wish {
            Wish::Buy(_) => {
                // A confirmation counts for a claim only if it was published after it.
                let parked = session.and_then(|session| session.parked(offer_no));
                let parked = parked.filter(|parked| parked.posted_at >= said.posted_at);
                offer.decide(now, Ask::Claim { said, parked: parked.map(|parked| &parked.post) })
            }
            Wish::Cancel(_) => offer.decide(now, Ask::Cancel(said)),
            Wish::Confirm(_) | Wish::Repost { .. } | Wish::Delete => offer
                .decide(now, Ask::Confirm(said))
                .or_else(|refusal| self.park(now, session, offer_no, offer, said, refusal)),
        }
    }

    /// A confirmation that found nothing may have overtaken its claim: it waits a little.
    fn park(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        offer_no: OfferNo,
        offer: &Offer,
        said: &Said,
        refusal: Refusal,
    ) -> Result<Decision, Refusal> {
        let taken = session.is_some_and(|session| session.parked(offer_no).is_some());
        if refusal != Outcome::NothingToConfirm.into() || taken || !offer.may_precede_claim(now, said) {
            return Err(refusal);
        }
        if said.link.is_none() {
            return Err(Outcome::NotLinked.into());
        }
        Ok(Decision::of(Event::ConfirmParked {
            offer: offer_no,
            account: said.account.clone(),
            post: said.post.clone(),
            // The network's own word, though it may be a little ahead: it is compared with the claim's.
            posted_at: said.posted_at,
            until: now.plus(PARKED_FOR),
        }))
    }

    /// A deleted claim that is not confirmed passes its unit, or its place in line, on.
    fn judge_deletion(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &Said,
    ) -> Result<Decision, Refusal> {
        let claimed = session.into_iter().flat_map(Session::held).find_map(|no| {
            let offer = self.offers.get(no)?;
            (offer.claim_of(&said.account)?.post == said.post).then_some(offer)
        });
        match claimed {
            Some(offer) => offer.decide(now, Ask::Cancel(said)).map_err(|_| Outcome::NotRelevant.into()),
            None => Err(Outcome::NotRelevant.into()),
        }
    }

    fn judge_report(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        match report {
            Report::Delivered(keys) => Ok(Decision::of(Event::Delivered { keys: keys.clone() })),
            Report::DeadLettered { key, reason } => {
                Ok(Decision::of(Event::DeadLettered { key: *key, reason: reason.clone() }))
            }
            Report::Dropped(keys) => Ok(Decision::of(Event::Dropped { keys: keys.clone() })),
            Report::Undeliverable { key, .. } => {
                let reason = "the prompt cannot be delivered".into();
                Ok(Decision::of(Event::DeadLettered { key: *key, reason }))
            }
            _ => {
                let offer = report.reservation().and_then(|id| self.offers.get(&id.offer));
                offer.ok_or(Outcome::NotRelevant)?.decide(now, Ask::Report(report))
            }
        }
    }

    /// One thing that is due: the earliest offer, or the earliest session.
    fn expire_due(&self, now: Timestamp) -> Decision {
        let offer = self.offers_due.first().filter(|(due, _)| *due <= now);
        let session = self.sessions_due.first().filter(|(due, _)| *due <= now);
        match (offer, session) {
            (Some((due, no)), session) if session.is_none_or(|(other, _)| due <= other) => {
                let offer = self.offers.get(no).expect("the agenda names offers that are there");
                offer.decide(now, Ask::ExpireDue).expect("time is never refused")
            }
            (_, Some((_, account))) => {
                let session = self.sessions.get(account).expect("the agenda names sessions that are there");
                Decision { events: session.expire_due(account, now), effects: Vec::new() }
            }
            _ => Decision::default(),
        }
    }

    /// Applies a decision that was recorded at `at`.
    ///
    /// # Panics
    /// When it contradicts the state or breaks a promise.
    pub fn evolve(&mut self, at: Timestamp, decision: &Decision) {
        self.forget(at);
        for event in &decision.events {
            self.apply(at, event);
        }
        for event in &decision.events {
            let Some(no) = event.offer() else { continue };
            let Some(offer) = self.offers.get(&no) else { continue };
            offer.assert_conserved();
            self.offers_due.set(&no, offer.next_deadline());
        }
    }

    /// Remembers at `at` that a post was refused, and returns the answer to it with whether the
    /// account is told so for the first time. No fact: the journal does not know of it.
    pub fn refuse(&mut self, at: Timestamp, said: &Said, refusal: Refusal) -> (Answer, bool) {
        let place = match refusal {
            Refusal::Duplicate(first) => return (Answer { duplicate: true, ..*first }, false),
            Refusal::AlreadyWaiting { place } => Some(place),
            Refusal::Because(_) => None,
        };
        let (post, account) = (Some(said.post.clone()), said.account.clone());
        let answer = Answer::new(at, post, account, refusal.outcome());
        let answer = Answer { offer: said.wish.offer(), place, ..answer };
        if answer.offer.is_none() {
            return (answer, false);
        }
        self.decided.push_back((at, said.account.clone()));
        let session = self.sessions.entry(said.account.clone()).or_default();
        let first = session.refuse(answer.clone());
        (answer, first)
    }

    fn apply(&mut self, at: Timestamp, event: &Event) {
        if let Event::OfferAdded { offer, terms } = event {
            self.memory = self.memory.max(terms.max_lateness);
            self.offers.insert(*offer, Offer::new(*offer, (**terms).clone()));
        }
        if let Some(offer) = event.offer().and_then(|no| self.offers.get_mut(&no)) {
            offer.evolve(at, event);
        }
        if let Some(account) = event.account() {
            let session = self.sessions.entry(account.clone()).or_default();
            session.evolve(at, event);
            self.sessions_due.set(account, session.next_deadline());
            self.decided.push_back((at, account.clone()));
        }
    }

    /// Sessions forget posts that are too old to be believed again; those that hold nothing end.
    fn forget(&mut self, at: Timestamp) {
        let memory = self.memory.plus(CLOCK_SKEW).plus(CLOCK_SKEW);
        let horizon = Timestamp::from_ms(at.ms() - memory.ms());
        while self.decided.front().is_some_and(|(decided_at, _)| *decided_at < horizon) {
            let Some((_, account)) = self.decided.pop_front() else { return };
            let Some(session) = self.sessions.get_mut(&account) else { continue };
            session.forget_before(horizon);
            if session.is_over() {
                self.sessions.remove(&account);
            }
        }
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        for offer in self.offers.values() {
            offer.digest(hasher);
        }
        let stored = self.sessions.iter().filter(|(_, session)| session.is_stored());
        let sessions: BTreeMap<_, _> = stored.collect();
        sessions.hash(hasher);
    }
}
