//! A campaign: the offers that share limits, and the sessions of the accounts that talk to them.
//! The decider that shells call: it lets the session and the offer judge in turn, in one step.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use super::agenda::Agenda;
use super::answer::Answer;
use super::command::{Command, Report, Said, StockChange, Wish};
use super::credit::{CreditAsk, CreditOffer};
use super::decision::Decision;
use super::event::Event;
use super::id::{Account, OfferNo};
use super::money::Money;
use super::offer::{Ask, DUE_PER_DECISION, Offer};
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::rules::Pace;
use super::session::{CLOCK_SKEW, PARKED_FOR, Session, TOLD_FOR};
use super::time::{Millis, Timestamp};

/// The whole truth about one campaign.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    offers: BTreeMap<OfferNo, Offer>,
    credits: BTreeMap<OfferNo, CreditOffer>,
    sessions: HashMap<Account, Session, foldhash::quality::RandomState>,
    offers_due: Agenda<OfferNo>,
    sessions_due: Agenda<Account>,
    /// Who had a post decided, and when: the order in which sessions may forget.
    decided: VecDeque<(Timestamp, Account)>,
    /// Who was told of a refusal, and when.
    told: VecDeque<(Timestamp, Account)>,
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

    /// The statement-credit offers, by number.
    pub fn credits(&self) -> impl Iterator<Item = (OfferNo, &CreditOffer)> {
        self.credits.iter().map(|(&no, offer)| (no, offer))
    }

    /// One statement-credit offer.
    #[must_use]
    pub fn credit(&self, no: OfferNo) -> Option<&CreditOffer> {
        self.credits.get(&no)
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
            Command::AddOffer { offer, .. } | Command::AddCreditOffer { offer, .. }
                if self.offers.contains_key(offer) || self.credits.contains_key(offer) =>
            {
                Err(Outcome::NotRelevant.into())
            }
            Command::AddCreditOffer { offer, terms } => {
                Ok(Decision::of(Event::CreditOfferAdded { offer: *offer, terms: terms.clone() }))
            }
            Command::AddOffer { offer, terms } => {
                Ok(Decision::of(Event::OfferAdded { offer: *offer, terms: terms.clone() }))
            }
            Command::Say(said) => self.judge_post(now, said),
            Command::Restock(StockChange { offer, units, key }) => {
                self.known(*offer)?.decide(now, Ask::Restock(*units, key))
            }
            Command::Withdraw(StockChange { offer, units, key }) => {
                self.known(*offer)?.decide(now, Ask::Withdraw(*units, key))
            }
            Command::Transact { offer, transaction } => {
                self.known_credit(*offer)?.decide(now, CreditAsk::Transact(transaction))
            }
            // The standing of an account is no campaign's.
            Command::Unfreeze(_) => Err(Outcome::NotRelevant.into()),
            Command::ExpireDue => Ok(self.expire_due(now)),
            Command::Report(report) => self.judge_report(now, report),
        }
    }

    fn known(&self, offer: OfferNo) -> Result<&Offer, Refusal> {
        self.offers.get(&offer).ok_or_else(|| Outcome::NotRelevant.into())
    }

    fn known_credit(&self, offer: OfferNo) -> Result<&CreditOffer, Refusal> {
        self.credits.get(&offer).ok_or_else(|| Outcome::NotRelevant.into())
    }

    fn judge_post(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let session = self.sessions.get(&said.account);
        match &said.wish {
            Wish::Repost { of, tagged } => {
                // Whose prompt it is decides; anybody may repost anything.
                let own = session.into_iter().flat_map(Session::held).find(|offer| {
                    let mut held = self
                        .offers
                        .get(offer)
                        .into_iter()
                        .flat_map(|offer| offer.reservations_of(&said.account));
                    held.any(|(_, reservation)| reservation.prompt.as_ref() == Some(of))
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
            Wish::Accept(id) => self.judge_tagged(now, session, said, id.offer),
            Wish::Freeze => self.pass_everything_on(now, session, said),
            Wish::Enroll(offer) => self.judge_enrollment(now, session, said, *offer),
            Wish::Stop | Wish::Start => Err(Outcome::NotRelevant.into()),
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
        let offer = self.known(offer_no)?;
        if let Some(pace) = offer.terms().rules.pace
            && session.is_some_and(|session| session.is_too_fast(now, pace))
        {
            return Err(Outcome::RateLimited.into());
        }
        Session::believe(now, said.posted_at, offer.terms().max_lateness)?;
        // Passing on is always allowed.
        if said.standing.frozen && !matches!(said.wish, Wish::Cancel(_)) {
            return Err(Outcome::Frozen.into());
        }
        match said.wish {
            Wish::Buy(_) => {
                // A confirmation counts for a claim only if it was published after it.
                let parked = session.and_then(|session| session.parked(offer_no));
                let parked = parked.filter(|parked| parked.posted_at >= said.posted_at);
                let decided =
                    offer.decide(now, Ask::Claim { said, parked: parked.map(|parked| &parked.post) })?;
                self.check_spending(now, session, said, offer, decided)
            }
            Wish::Cancel(_) => offer.decide(now, Ask::Cancel(said)),
            Wish::Confirm(_) | Wish::Repost { .. } => offer
                .decide(now, Ask::Confirm(said))
                .or_else(|refusal| self.park(now, session, offer_no, offer, said, refusal)),
            Wish::Accept(_) => offer.decide(now, Ask::Confirm(said)),
            _ => Err(Outcome::NotRelevant.into()),
        }
    }

    fn judge_enrollment(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &Said,
        offer: OfferNo,
    ) -> Result<Decision, Refusal> {
        if let Some(first) = self.first_answer(session, said) {
            return Err(first);
        }
        let offer = self.known_credit(offer)?;
        Session::believe(now, said.posted_at, offer.terms().max_lateness)?;
        if said.standing.frozen {
            return Err(Outcome::Frozen.into());
        }
        offer.decide(now, CreditAsk::Enroll(said))
    }

    /// Lets a claim pass if the account may spend so much: with what it ordered today, what is kept for
    /// it and what it waits for, anywhere in the campaign.
    fn check_spending(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &Said,
        offer: &Offer,
        decided: Decision,
    ) -> Result<Decision, Refusal> {
        let Some(cap) = offer.terms().rules.spend_cap else { return Ok(decided) };
        let counts = |amount: Money| if amount.currency == cap.currency { amount.minor } else { 0 };
        let claimed = decided.events.iter().filter_map(|event| match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => Some(counts(claim.amount)),
            _ => None,
        });
        let held = session.into_iter().flat_map(Session::held).filter_map(|no| self.offers.get(no));
        let open = held.flat_map(|offer| offer.claims_of(&said.account)).map(|claim| counts(claim.amount));
        let spent = session.map_or(0, |session| session.spent_on(now));
        let total = claimed.chain(open).fold(spent, i64::saturating_add);
        if total > cap.minor { Err(Outcome::SpendCap.into()) } else { Ok(decided) }
    }

    /// Passes on all that the account has in the campaign and has not confirmed.
    fn pass_everything_on(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &Said,
    ) -> Result<Decision, Refusal> {
        let held = session.into_iter().flat_map(Session::held).filter_map(|no| self.offers.get(no));
        let mut all = Decision::default();
        for decision in held.filter_map(|offer| offer.decide(now, Ask::Cancel(said)).ok()) {
            all.events.extend(decision.events);
            all.effects.extend(decision.effects);
        }
        if all.events.is_empty() { Err(Outcome::NotRelevant.into()) } else { Ok(all) }
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
            offer.claims_of(&said.account).any(|claim| claim.post == said.post).then_some(offer)
        });
        match claimed {
            Some(offer) => offer.decide(now, Ask::Cancel(said)).map_err(|_| Outcome::NotRelevant.into()),
            None => Err(Outcome::NotRelevant.into()),
        }
    }

    fn judge_report(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        match report {
            Report::Delivered(keys) => Ok(Decision::of(Event::Delivered { keys: keys.clone() })),
            Report::Dropped(keys) => Ok(Decision::of(Event::Dropped { keys: keys.clone() })),
            Report::DeadLettered { key, reason } => {
                Ok(Decision::of(Event::DeadLettered { key: *key, reason: reason.clone() }))
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
                let decided = match self.offers.get(no) {
                    Some(offer) => offer.decide(now, Ask::ExpireDue),
                    None => {
                        let credit = self.credits.get(no).expect("the agenda names offers that are there");
                        credit.decide(now, CreditAsk::ExpireDue)
                    }
                };
                decided.expect("time is never refused")
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
        self.count_post(at, decision);
        // What is due is bounded for one decision; the rest of it follows in the next.
        let more_is_due = decision.events.len() >= DUE_PER_DECISION;
        for event in &decision.events {
            let Some(no) = event.offer() else { continue };
            if let Some(credit) = self.credits.get(&no) {
                self.offers_due.set(&no, credit.next_deadline());
            }
            let Some(offer) = self.offers.get(&no) else { continue };
            offer.assert_conserved(more_is_due || matches!(event, Event::Drawn { .. }));
            self.offers_due.set(&no, offer.next_deadline());
        }
    }

    /// Counts the post that a decision answers against its account's pace.
    fn count_post(&mut self, at: Timestamp, decision: &Decision) {
        for event in &decision.events {
            let Some(pace) = event.offer().and_then(|no| self.pace_of(no)) else { return };
            let said = Answer::to_event(at, event).filter(|answer| answer.post.is_some());
            if let Some(session) = said.and_then(|answer| self.sessions.get_mut(&answer.account)) {
                session.count_post(at, pace);
                return;
            }
        }
    }

    fn pace_of(&self, no: OfferNo) -> Option<Pace> {
        self.offers.get(&no)?.terms().rules.pace
    }

    /// Whether an account is to be told an answer that no rule of the campaign gave: it was not told so
    /// lately. Notes that it is told.
    pub fn tell(&mut self, answer: &Answer) -> bool {
        let Some(offer) = answer.offer else { return false };
        let session = self.sessions.entry(answer.account.clone()).or_default();
        let first = session.tell(offer, answer.outcome, answer.at);
        if first {
            self.told.push_back((answer.at, answer.account.clone()));
        }
        first
    }

    /// Remembers at `at` that a post was refused, and returns the answer to it with whether the
    /// account is told so for the first time. No fact: the journal does not know of it.
    pub fn refuse(&mut self, at: Timestamp, said: &Said, refusal: Refusal) -> (Answer, bool) {
        let place = match refusal {
            Refusal::Duplicate(first) => return (Answer { duplicate: true, ..*first }, false),
            // Before lots are drawn nobody has a place.
            Refusal::AlreadyWaiting { place } => Some(place).filter(|place| *place > 0),
            _ => None,
        };
        let (post, account) = (Some(said.post.clone()), said.account.clone());
        let answer = Answer::new(at, post, account, refusal.outcome());
        let answer = Answer { offer: said.wish.offer(), place, ..answer };
        // The button of a signed link may be pressed again, and its page tells what came of it.
        if answer.offer.is_none() || matches!(said.wish, Wish::Accept(_)) {
            return (answer, false);
        }
        self.decided.push_back((at, said.account.clone()));
        let pace = answer.offer.and_then(|no| self.pace_of(no));
        let session = self.sessions.entry(said.account.clone()).or_default();
        if let Some(pace) = pace.filter(|_| answer.outcome != Outcome::RateLimited) {
            session.count_post(at, pace);
        }
        session.refuse(answer.clone());
        let first = self.tell(&answer);
        (answer, first)
    }

    fn apply(&mut self, at: Timestamp, event: &Event) {
        if let Event::OfferAdded { offer, terms } = event {
            self.memory = self.memory.max(terms.max_lateness);
            self.offers.insert(*offer, Offer::new(*offer, (**terms).clone()));
        }
        if let Event::CreditOfferAdded { offer, terms } = event {
            self.memory = self.memory.max(terms.max_lateness);
            self.credits.insert(*offer, CreditOffer::new(*offer, (**terms).clone()));
        }
        if let Some(credit) = event.offer().and_then(|no| self.credits.get_mut(&no)) {
            credit.evolve(at, event);
            // A transaction is nobody's word: it concerns a card, and no session.
            if !matches!(event, Event::Enrolled { .. }) {
                return;
            }
        }
        if let Some(offer) = event.offer().and_then(|no| self.offers.get_mut(&no)) {
            offer.evolve(at, event);
        }
        if let Some(account) = event.account() {
            let session = self.sessions.entry(account.clone()).or_default();
            session.evolve(at, event);
            if let Some((no, offer)) = event.offer().and_then(|no| Some((no, self.offers.get(&no)?))) {
                note_holding(session, no, offer, account, event);
                note_spending(session, offer, event);
            }
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
        while self.told.front().is_some_and(|(told_at, _)| at.since(*told_at) >= TOLD_FOR) {
            let Some((_, account)) = self.told.pop_front() else { return };
            let Some(session) = self.sessions.get_mut(&account) else { continue };
            session.forget_told(at);
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
        for credit in self.credits.values() {
            credit.digest(hasher);
        }
        let stored = self.sessions.iter().filter(|(_, session)| session.is_stored());
        let sessions: BTreeMap<_, _> = stored.collect();
        sessions.hash(hasher);
    }
}

/// Keeps in the session what the offer has for the account, where a fact may have ended that.
fn note_holding(session: &mut Session, no: OfferNo, offer: &Offer, account: &Account, event: &Event) {
    let may_end = matches!(
        event,
        Event::Sold { .. }
            | Event::Declined { .. }
            | Event::Expired { .. }
            | Event::Released { .. }
            | Event::LeftLine { .. }
            | Event::LineEnded { .. }
            | Event::TakenBack { .. }
            | Event::Refunded { .. }
    );
    if may_end {
        session.set_held(no, offer.is_held_by(account));
    }
}

/// Keeps in the session what its account spends, where the offer asks for it.
fn note_spending(session: &mut Session, offer: &Offer, event: &Event) {
    if offer.terms().rules.spend_cap.is_none() {
        return;
    }
    let (id, placed) = match event {
        Event::Confirmed { id, .. } => (id, true),
        Event::Declined { id, .. } | Event::TakenBack { id, .. } => (id, false),
        _ => return,
    };
    let Some(order) = offer.order(id.ordinal) else { return };
    let (placed_at, minor) = (order.placed_at, order.claim.amount.minor);
    if placed { session.spend(placed_at, minor) } else { session.unspend(placed_at, minor) }
}
