//! A campaign: the offers that share limits, and the sessions of the accounts that post about them. Its slab
//! of sessions and its table of offers are its whole state. Both the live handlers of a post and a replay
//! work on the entries of these two.

use std::fmt;
use std::hash::Hasher;

mod notes;
mod prefetch;
mod quiet_periods;
mod sessions;
mod stored;

use notes::Notes;
use quiet_periods::QuietPeriods;

use crate::collections::deadline_map::DeadlineMap;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::collections::unordered_hash::hash_all;
use crate::domain::answer::Answer;
use crate::domain::arrival::Arrival;
use crate::domain::command::{Command, Report, StockChange};
use crate::domain::credit::{CreditAsk, CreditOffer};
use crate::domain::decision::Decision;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::holding::Holding;
use crate::domain::id::{Account, OfferNo};
use crate::domain::offer::{Ask, DUE_PER_DECISION, Offer};
use crate::domain::offers::Offers;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::rules::PostRate;
use crate::domain::session::{RENOTIFY_AFTER, Session, day_of};
use crate::domain::time::{Millis, Timestamp};

/// Upper bound on the accounts of a campaign that have something parked until their claims come. The posts of
/// further accounts are decided at once.
const PARKED_MAX: usize = 100_000;

/// The complete state of one campaign.
#[derive(Clone, Default)]
pub struct Campaign {
    offers: Offers,
    sessions: StableMap<Account, Session>,
    /// The session that was used last: a post is decided, and its events are applied, in the same one. Only
    /// saves searches, so it is not stored.
    recent: Option<SlotId>,
    offers_due: DeadlineMap<Timestamp, OfferNo>,
    sessions_due: DeadlineMap<Timestamp, Account>,
    /// Which session answered a post or was changed by an event, and when: the order in which sessions may
    /// forget. Entries may be stale, because slots are reused; a stale entry makes the slot's new session
    /// forget only what is due anyway.
    decided: Notes,
    /// Which session's account was notified of a refusal, and when.
    notified: Notes,
    /// Which session's account placed an order that counts against a cap, and when.
    spent: Notes,
    /// How long a decided post must be remembered: until a second delivery is refused as stale, and the post
    /// no longer counts against its account's pace.
    memory: Millis,
    /// Whether an offer caps what an account spends; orders of the other offers then count as well.
    capped: bool,
    /// Whether an offer limits the pace of an account's posts.
    paced: bool,
    /// The times without a record, which hardly count towards forgetting.
    quiet_periods: QuietPeriods,
}

impl Campaign {
    /// The purchase offers, by number.
    pub fn offers(&self) -> impl Iterator<Item = (OfferNo, &Offer)> {
        self.offers.purchases()
    }

    /// One purchase offer.
    #[must_use]
    pub fn offer(&self, no: OfferNo) -> Option<&Offer> {
        self.offers.purchase(no)
    }

    /// The statement-credit offers, by number.
    pub fn credits(&self) -> impl Iterator<Item = (OfferNo, &CreditOffer)> {
        self.offers.credits()
    }

    /// One statement-credit offer.
    #[must_use]
    pub fn credit(&self, no: OfferNo) -> Option<&CreditOffer> {
        self.offers.credit(no)
    }

    /// One purchase offer, for its actor.
    pub fn offer_mut(&mut self, no: OfferNo) -> Option<&mut Offer> {
        self.offers.purchase_mut(no)
    }

    /// One statement-credit offer, for its actor.
    pub fn credit_mut(&mut self, no: OfferNo) -> Option<&mut CreditOffer> {
        self.offers.credit_mut(no)
    }

    /// When [`Command::ExpireDue`] is to be sent next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let offers = self.offers_due.first().map(|(due, _)| due);
        let sessions = self.sessions_due.first().map(|(due, _)| due);
        [offers, sessions].into_iter().flatten().min()
    }

    /// Whether anything is in progress that a deadline or a provider will end.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.sessions_due.is_empty() || self.offers().any(|(_, offer)| offer.is_pending())
    }

    /// Whether an account waits for a deadline, for a provider, or in line for the end of a sale.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        !self.sessions_due.is_empty() || self.offers().any(|(_, offer)| offer.is_awaited())
    }

    /// Decides a command at `now`. Reads the state and changes nothing.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn decide(&self, now: Timestamp, command: &Command) -> Result<Decision, Refusal> {
        match command {
            // A number names one offer forever: a second offer under it would lose what the first one sold.
            Command::AddOffer { offer, .. } | Command::AddCreditOffer { offer, .. }
                if self.offers.contains(*offer) =>
            {
                Err(Outcome::NotRelevant.into())
            }
            Command::AddCreditOffer { offer, terms } => {
                Ok(Decision::of(Event::CreditOfferAdded { offer: *offer, terms: terms.clone() }))
            }
            Command::AddOffer { offer, terms } => {
                Ok(Decision::of(Event::OfferAdded { offer: *offer, terms: terms.clone() }))
            }
            Command::CorrectOffer { offer, terms } => {
                self.offers.known(*offer)?.check_correction(now, terms)?;
                Ok(Decision::of(Event::OfferCorrected { offer: *offer, terms: terms.clone() }))
            }
            Command::CorrectCreditOffer { offer, terms } => {
                self.offers.known_credit(*offer)?.check_correction(now)?;
                Ok(Decision::of(Event::CreditOfferCorrected { offer: *offer, terms: terms.clone() }))
            }
            Command::Say(post) => self.decide_post(now, post),
            Command::Restock(StockChange { offer, units, key }) => {
                self.offers.known(*offer)?.decide(now, Ask::Restock(*units, key))
            }
            Command::Withdraw(StockChange { offer, units, key }) => {
                self.offers.known(*offer)?.decide(now, Ask::Withdraw(*units, key))
            }
            Command::Operate(order) => match self.offers.purchase(order.offer) {
                Some(offer) => offer.decide(now, Ask::Operate(order)),
                None => self.offers.known_credit(order.offer)?.decide(now, CreditAsk::Operate(order)),
            },
            Command::Transact { offer, transaction, .. } => self
                .offers
                .known_credit(*offer)?
                .decide(now, CreditAsk::Transact(transaction, Arrival::at(now))),
            Command::NoteObjection(note) => self.offers.known(note.id.offer)?.decide(now, Ask::Object(note)),
            // The status of an account belongs to the partition, not to a campaign.
            Command::Unfreeze(_) | Command::SetStatus(_) | Command::Unlink(_) => {
                Err(Outcome::NotRelevant.into())
            }
            // So do dead letters.
            Command::RetryDeadLetter(_) | Command::SettleDeadLetter(_) => Err(Outcome::NotRelevant.into()),
            Command::ExpireDue => Ok(self.expire_due(now)),
            Command::Report(report) => self.decide_report(now, report),
        }
    }

    fn decide_report(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        match report {
            Report::Delivered(done) => Ok(Decision::of(Event::Delivered(done.clone()))),
            Report::Dropped(keys) => Ok(Decision::of(Event::Dropped { keys: keys.clone() })),
            Report::MailBounced(keys) => Ok(Decision::of(Event::MailBounced { keys: keys.clone() })),
            Report::DeadLettered { key, reason } => {
                Ok(Decision::of(Event::DeadLettered { key: *key, reason: reason.clone() }))
            }
            _ => {
                let offer = report.reservation().and_then(|id| self.offers.purchase(id.offer));
                offer.ok_or(Outcome::NotRelevant)?.decide_report(now, report)
            }
        }
    }

    /// Decides what is due first: the earliest offer or the earliest session.
    fn expire_due(&self, now: Timestamp) -> Decision {
        let offer = self.offers_due.first().filter(|(due, _)| *due <= now);
        let session = self.sessions_due.first().filter(|(due, _)| *due <= now);
        match (offer, session) {
            (Some((due, no)), session) if session.is_none_or(|(other, _)| due <= other) => {
                let decided = match self.offers.purchase(*no) {
                    Some(offer) => offer.decide(now, Ask::ExpireDue),
                    None => {
                        let credit = self.offers.credit(*no).expect("the queue names offers that are there");
                        credit.decide(now, CreditAsk::ExpireDue)
                    }
                };
                decided.expect("time is never refused")
            }
            (_, Some((_, account))) => {
                let session = self.sessions.get(account).expect("the queue names sessions that are there");
                Decision { events: session.expire_due(account, now), ..Decision::default() }
            }
            _ => Decision::default(),
        }
    }

    /// Applies a decision that was recorded at `at`.
    ///
    /// # Panics
    /// When the decision contradicts the state or violates an invariant.
    pub fn apply(&mut self, at: Timestamp, decision: &Decision) {
        self.forget(at);
        for event in &decision.events {
            self.apply_event(at, event);
        }
        if self.paced {
            self.count_post(at, decision);
        }
        if let Some(Event::Released { .. } | Event::LeftLine { .. }) = decision.events.first() {
            self.note_frozen(at, decision);
        }
        // One decision expires a bounded number of entries; the next decision continues.
        let more_is_due = decision.events.len() >= DUE_PER_DECISION;
        for event in &decision.events {
            let Some(no) = event.offer() else { continue };
            if let Some(credit) = self.offers.credit(no) {
                self.offers_due.set(&no, credit.next_deadline());
            }
            let Some(offer) = self.offers.purchase(no) else { continue };
            offer.assert_conserved(more_is_due || matches!(event, Event::Drawn { .. }));
            self.offers_due.set(&no, offer.next_deadline());
        }
    }

    /// Counts the post that a decision answers against its account's pace. A parked confirmation counts when
    /// it arrives, and not again when it expires.
    fn count_post(&mut self, at: Timestamp, decision: &Decision) {
        for event in decision.events.iter().filter(|event| !matches!(event, Event::ParkingEnded { .. })) {
            let Some(pace) = event.offer().and_then(|no| self.pace_of(no)) else { return };
            let answer = Answer::to_event(at, event).filter(|answer| answer.post.is_some());
            if let Some(session) = answer.and_then(|answer| self.sessions.get_mut(&answer.account)) {
                session.count_post(at, pace);
                return;
            }
        }
    }

    /// Records which accounts a decision notifies of their freeze, so that they are not notified again.
    fn note_frozen(&mut self, at: Timestamp, decision: &Decision) {
        for effect in &decision.effects {
            if let Effect::Reply(request) = effect
                && request.outcome == Outcome::Frozen
            {
                let post = Some(request.post.clone());
                let answer = Answer::new(at, post, request.account.clone(), Outcome::Frozen);
                self.notify(&Answer { offer: Some(request.offer), ..answer });
            }
        }
    }

    fn pace_of(&self, no: OfferNo) -> Option<PostRate> {
        self.offers.purchase(no)?.terms().rules.pace
    }

    fn apply_event(&mut self, at: Timestamp, event: &Event) {
        self.take_terms(event);
        if let Some(credit) = event.offer().and_then(|no| self.offers.credit_mut(no)) {
            credit.apply(at, event);
            // A transaction is not a post: it concerns a card, and no session.
            if !matches!(event, Event::Enrolled { .. }) {
                return;
            }
        }
        match event.account() {
            Some(account) => self.apply_to(account, at, event),
            None => self.apply_to_offer(at, event),
        }
    }

    /// Takes in the terms of an offer that is added or corrected.
    fn take_terms(&mut self, event: &Event) {
        if let Event::OfferAdded { offer, terms } | Event::OfferCorrected { offer, terms } = event {
            let paced = terms.rules.pace.map(|pace| pace.per).unwrap_or_default();
            self.memory = self.memory.max(terms.max_lateness).max(paced);
            self.capped |= terms.rules.spend_cap.is_some();
            self.paced |= terms.rules.pace.is_some();
            match self.offers.purchase_mut(*offer).filter(|_| matches!(event, Event::OfferCorrected { .. })) {
                Some(known) => known.correct((**terms).clone()),
                None => self.offers.add(*offer, (**terms).clone()),
            }
        }
        if let Event::CreditOfferAdded { offer, terms } | Event::CreditOfferCorrected { offer, terms } = event
        {
            self.memory = self.memory.max(terms.max_lateness);
            let corrects = matches!(event, Event::CreditOfferCorrected { .. });
            match self.offers.credit_mut(*offer).filter(|_| corrects) {
                Some(known) => known.correct((**terms).clone()),
                None => self.offers.add_credit(*offer, (**terms).clone()),
            }
        }
    }

    /// Applies an event that names no account.
    fn apply_to_offer(&mut self, at: Timestamp, event: &Event) {
        let Some((no, offer)) = event.offer().and_then(|no| Some((no, self.offers.purchase_mut(no)?))) else {
            return;
        };
        offer.apply(at, event, &mut Holding::default());
        if let Event::Drawn { .. } = event {
            for (ticket, waiter) in offer.line() {
                let session = self.sessions.get_mut(&waiter.claim.account).expect("who waits has a session");
                session.change_holding(no, |holding| holding.draw(ticket));
            }
        }
    }

    /// Applies an event to the session of the account that it names, and to the offer that it names.
    fn apply_to(&mut self, account: &Account, at: Timestamp, event: &Event) {
        let slot = self.recent_of(account).unwrap_or_else(|| self.sessions.slot_or_default(account));
        self.recent = Some(slot);
        let session = self.sessions.at_mut(slot).expect("just found");
        if let Some((no, offer)) = event.offer().and_then(|no| Some((no, self.offers.purchase_mut(no)?))) {
            session.change_holding(no, |holding| offer.apply(at, event, holding));
            if self.capped {
                note_spending(session, offer, event);
                if let Event::Confirmed { .. } = event {
                    self.spent.push(at, slot);
                }
            }
        }
        session.apply(at, event);
        self.sessions_due.set(account, session.next_deadline());
        self.note_parking();
        // A decision may have several events; one note for its account is enough.
        self.decided.push_once(at, slot);
    }

    fn note_parking(&mut self) {
        self.offers.set_parking_is_full(self.sessions_due.len() >= PARKED_MAX);
    }

    /// Makes sessions forget posts that are too old to be accepted again, and spending of past days. Removes
    /// the sessions that are over by then.
    fn forget(&mut self, at: Timestamp) {
        // A post is remembered until it is stale by the wall clock, to which journal time may be slewed meanwhile.
        let slewed = Millis::from_ms(self.memory.ms() / 16);
        let memory = self.memory.plus(slewed).plus(Arrival::AHEAD_MAX).plus(Arrival::AHEAD_MAX);
        let horizon = self.quiet_periods.note_record(at, memory);
        while let Some(slot) = self.decided.take_if(|decided_at| decided_at < horizon) {
            self.forget_in(slot, |session| session.forget(horizon, at));
        }
        while let Some(slot) = self.notified.take_if(|notified_at| at.since(notified_at) >= RENOTIFY_AFTER) {
            self.forget_in(slot, |session| session.forget(horizon, at));
        }
        while let Some(slot) = self.spent.take_if(|spent_at| day_of(spent_at) < day_of(at)) {
            self.forget_in(slot, |session| session.forget_spent(at));
        }
    }

    /// The notes that still name the session for which they were made, and that still matter to it. A stale
    /// note names a slot whose new session has no post as old as the note.
    fn naming<'n>(&'n self, notes: &'n Notes) -> impl Iterator<Item = (Timestamp, SlotId)> + 'n {
        notes.iter().filter(|(at, slot)| {
            let session = self.sessions.at(*slot).map(|(_, session)| session);
            session.is_some_and(|session| session.may_forget_by(*at))
        })
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        for (_, offer) in self.offers() {
            offer.digest(hasher);
        }
        for (_, credit) in self.credits() {
            credit.digest(hasher);
        }
        hash_all(self.sessions.iter().filter(|(_, session)| session.is_stored()), hasher);
    }
}

/// Shows the accounts that the queues name instead of their slots: slots differ between a replay and a
/// snapshot.
impl fmt::Debug for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offers, sessions, offers_due, sessions_due, .. } = self;
        let Self { decided, notified, spent, memory, capped, paced, .. } = self;
        let names = |notes| {
            let named = self.naming(notes).filter_map(|(at, slot)| Some((at, sessions.at(slot)?.0)));
            named.collect::<Vec<_>>()
        };
        f.debug_struct("Campaign")
            .field("offers", offers)
            .field("sessions", sessions)
            .field("due", &(offers_due, sessions_due))
            .field("decided", &names(decided))
            .field("notified", &names(notified))
            .field("spent", &spent.iter().map(|(at, slot)| (at, sessions.at(slot))).collect::<Vec<_>>())
            .field("rules", &(memory, capped, paced))
            .finish()
    }
}

/// Updates what the session's account spent, if the event places or cancels an order.
fn note_spending(session: &mut Session, offer: &Offer, event: &Event) {
    let (id, placed) = match event {
        Event::Confirmed { id, .. } => (id, true),
        Event::Declined { id, .. } | Event::TakenBack { id, .. } => (id, false),
        _ => return,
    };
    let Some(order) = offer.order(id.ordinal) else { return };
    let (placed_at, minor) = (order.placed_at, order.claim.amount.minor);
    if placed { session.spend(placed_at, minor) } else { session.unspend(placed_at, minor) }
}
