//! How an offer judges: claims, confirmations, passing on, time and the card provider's word.

use super::{Holding, Offer};
use crate::domain::command::{Report, Said, Wish};
use crate::domain::decision::Decision;
use crate::domain::effect::{Effect, News, Notice, Payment};
use crate::domain::event::{Claim, Event, Way};
use crate::domain::id::{EffectKey, PostId, ReservationId};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::{Reservation, Stage};
use crate::domain::time::Timestamp;

/// Reservations that one decision lets expire, and waiters that it sends home; the rest follow in
/// the next, so that a record of the journal has a bound.
const DUE_PER_DECISION: usize = 256;

/// What an offer can be asked.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// A unit.
    Claim {
        /// By whom.
        said: &'a Said,
        /// The post that confirmed it before it came.
        parked: Option<&'a PostId>,
    },
    /// To place the order.
    Confirm(&'a Said),
    /// To pass the unit or the place in line on.
    Cancel(&'a Said),
    /// What is due at this time.
    ExpireDue,
    /// What follows from a provider's word.
    Report(&'a Report),
}

impl Offer {
    /// Judges at `now`. Reads the state and changes nothing.
    ///
    /// # Errors
    /// The reason, where the answer is no.
    pub fn decide(&self, now: Timestamp, ask: Ask<'_>) -> Result<Decision, Refusal> {
        match ask {
            Ask::Claim { said, parked } => self.judge_claim(now, said, parked),
            Ask::Confirm(said) => self.judge_confirm(now, said),
            Ask::Cancel(said) => self.judge_cancel(now, said),
            Ask::ExpireDue => Ok(self.expire_due(now)),
            Ask::Report(report) => self.judge_report(now, report),
        }
    }

    fn judge_claim(&self, now: Timestamp, said: &Said, parked: Option<&PostId>) -> Result<Decision, Refusal> {
        let claim = self.admit(now, said)?;
        let mut draft = Draft::new(self, now);
        if self.available >= claim.units {
            let confirmed = if self.terms.one_step() {
                Some((claim.post.clone(), Way::OneStep))
            } else {
                parked.map(|post| (post.clone(), Way::Parked))
            };
            draft.reserve(claim, confirmed);
        } else if self.reserved == 0 {
            return Err(Outcome::SoldOut.into());
        } else if !self.terms.waitlist || self.waitlist.len() >= self.terms.waitlist_max {
            return Err(Outcome::FullyReserved.into());
        } else {
            draft.wait(claim, self.waitlist.len() + 1, parked);
        }
        Ok(draft.decision)
    }

    /// Everything about a claim but the stock: who may buy, when, and how much.
    fn admit(&self, now: Timestamp, said: &Said) -> Result<Claim, Refusal> {
        let link = said.link.as_ref().ok_or(Outcome::NotLinked)?;
        if !self.terms.accepts(link) {
            return Err(Outcome::CardIneligible.into());
        }
        let posted_at = said.posted_at.min(now);
        if posted_at < self.terms.opens {
            return Err(Outcome::NotOpen.into());
        }
        if posted_at >= self.terms.closes || now >= self.terms.ends() {
            return Err(Outcome::Closed.into());
        }
        let units = 1;
        let nothing = Holding::default();
        let holding = self.holdings.get(&said.account).unwrap_or(&nothing);
        if holding.reservation.is_some() {
            return Err(Outcome::AlreadyReserved.into());
        }
        if let Some(ticket) = holding.ticket {
            return Err(Refusal::AlreadyWaiting { place: self.waitlist.place(ticket) });
        }
        if holding.sold.saturating_add(units) > self.terms.limit_per_account {
            return Err(Outcome::LimitReached.into());
        }
        let amount = self.terms.total(units, &link.region).ok_or(Outcome::LimitReached)?;
        Ok(Claim {
            post: said.post.clone(),
            posted_at,
            account: said.account.clone(),
            units,
            amount,
            card: link.card.token.clone(),
            email: link.email.clone(),
        })
    }

    fn judge_confirm(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let holding = self.holdings.get(&said.account).ok_or(Outcome::NothingToConfirm)?;
        let posted_at = said.posted_at.min(now);
        if let Some(ordinal) = holding.reservation {
            let reservation = self.reservations.get(&ordinal).ok_or(Outcome::NothingToConfirm)?;
            in_window(reservation, posted_at)?;
            let mut draft = Draft::new(self, now);
            draft.confirm(ordinal, &reservation.claim, said.post.clone(), Way::Post);
            return Ok(draft.decision);
        }
        if let Some(ticket) = holding.ticket {
            let place = self.waitlist.place(ticket);
            let waiter = self.waitlist.get(ticket).ok_or(Outcome::NothingToConfirm)?;
            if waiter.confirmed.is_some() {
                return Err(Refusal::AlreadyWaiting { place });
            }
            if posted_at < waiter.claim.posted_at {
                return Err(Outcome::NothingToConfirm.into());
            }
            let (offer, account, post) = (self.no, said.account.clone(), said.post.clone());
            return Ok(Decision::of(Event::WaiterConfirmed { offer, account, post, place }));
        }
        match holding.expired_at {
            Some(_) => Err(Outcome::ConfirmLate.into()),
            None => Err(Outcome::NothingToConfirm.into()),
        }
    }

    /// Whether a confirmation that found nothing may be ahead of its claim. It is not where the
    /// account has a reservation or a place in line: then the claim is known already. Nor where the
    /// claim would be refused whenever it came: those who cannot buy shall not fill the journal.
    #[must_use]
    pub fn may_precede_claim(&self, now: Timestamp, said: &Said) -> bool {
        let known = self.holdings.get(&said.account);
        let free = known.is_none_or(|holding| {
            let may_buy = holding.sold < self.terms.limit_per_account;
            holding.reservation.is_none() && holding.ticket.is_none() && may_buy
        });
        let eligible = said.link.as_ref().is_none_or(|link| self.terms.accepts(link));
        let on_sale = now < self.terms.ends() && self.sold < self.terms.units;
        free && eligible && on_sale && !self.terms.one_step() && said.posted_at >= self.terms.opens
    }

    fn judge_cancel(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let holding = self.holdings.get(&said.account).ok_or(Outcome::NothingToConfirm)?;
        let mut draft = Draft::new(self, now);
        if let Some(ordinal) = holding.reservation {
            let reservation = self.reservations.get(&ordinal).ok_or(Outcome::NothingToConfirm)?;
            let claim = &reservation.claim;
            if reservation.stage != Stage::Held || precedes(said, claim) {
                return Err(Outcome::NothingToConfirm.into());
            }
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            draft.push(Event::Released { id, account, units, post: said.post.clone() });
            draft.reply(claim, Outcome::Released, Some(ordinal));
            draft.hand_on(units);
        } else if let Some(waiter) = holding.ticket.and_then(|ticket| self.waitlist.get(ticket)) {
            if precedes(said, &waiter.claim) {
                return Err(Outcome::NothingToConfirm.into());
            }
            let (account, units) = (said.account.clone(), waiter.claim.units);
            draft.push(Event::LeftLine { offer: self.no, account, units, post: said.post.clone() });
            draft.reply(&waiter.claim, Outcome::Released, None);
        } else {
            return Err(Outcome::NothingToConfirm.into());
        }
        Ok(draft.decision)
    }

    fn expire_due(&self, now: Timestamp) -> Decision {
        let mut draft = Draft::new(self, now);
        if !self.opened && now >= self.terms.opens && now < self.terms.ends() {
            draft.push(Event::OfferOpened { offer: self.no });
            draft.announce(News::Opening);
        }
        let mut units_freed = 0;
        for &ordinal in self.releases.due(now).take(DUE_PER_DECISION) {
            let Some(reservation) = self.reservations.get(&ordinal) else { continue };
            let claim = &reservation.claim;
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            draft.push(Event::Expired { id, account, units });
            draft.reply(claim, Outcome::Expired, Some(ordinal));
            units_freed += units;
        }
        draft.hand_on(units_freed);
        if !self.closed && now >= self.terms.ends() {
            draft.push(Event::OfferClosed { offer: self.no });
            draft.announce(News::Closing);
        }
        if self.line_is_over() {
            for waiter in self.waitlist.iter().take(DUE_PER_DECISION) {
                let (account, units) = (waiter.claim.account.clone(), waiter.claim.units);
                draft.push(Event::LineEnded { offer: self.no, account, units });
                draft.reply(&waiter.claim, Outcome::SoldOut, None);
            }
        }
        draft.decision
    }

    fn judge_report(&self, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
        let id = report.reservation().ok_or(Outcome::NotRelevant)?;
        let reservation = self.reservations.get(&id.ordinal);
        let mut draft = Draft::new(self, now);
        match (report, reservation) {
            (Report::Prompted { key, prompt, at, .. }, Some(held))
                if held.stage == Stage::Held && held.prompt.is_none() =>
            {
                let (key, prompt) = (*key, prompt.clone());
                // The deadline so far counts from the last instant the prompt is waited for, and no
                // prompt is delivered before its reservation, whatever the provider's clock says.
                let earliest = Timestamp::from_ms(held.deadline.ms() - self.terms.prompt_patience.ms());
                let deadline = at.plus(self.terms.confirm_within).max(earliest).min(held.deadline);
                draft.push(Event::Prompted { id, key, prompt, deadline });
            }
            (Report::Prompted { key, .. }, _) => draft.push(Event::Delivered { keys: vec![*key] }),
            (Report::Authorized { key, .. }, Some(held)) if held.stage == Stage::Confirmed => {
                draft.push(Event::Authorized { id, key: *key });
                draft.effect(Effect::Capture(payment(id, &held.claim)));
            }
            (Report::Captured { key, .. }, Some(held)) if held.stage == Stage::Authorized => {
                draft.sell(id, &held.claim, *key);
            }
            (Report::Declined { key, reason, .. }, Some(held)) if held.stage != Stage::Held => {
                let (account, units) = (held.claim.account.clone(), held.claim.units);
                draft.push(Event::Declined { id, account, units, reason: reason.clone(), key: *key });
                draft.reply(&held.claim, Outcome::Declined, Some(id.ordinal));
                if held.stage == Stage::Authorized {
                    draft.effect(Effect::Void(payment(id, &held.claim)));
                }
                draft.hand_on(units);
            }
            _ => return Err(Outcome::NotRelevant.into()),
        }
        Ok(draft.decision)
    }
}

/// The one place where a deadline is compared: the post's own time must lie before it.
fn in_window(reservation: &Reservation, posted_at: Timestamp) -> Result<(), Refusal> {
    if reservation.stage != Stage::Held || posted_at < reservation.claim.posted_at {
        Err(Outcome::NothingToConfirm.into())
    } else if posted_at >= reservation.deadline {
        Err(Outcome::ConfirmLate.into())
    } else {
        Ok(())
    }
}

/// Whether a cancellation was published before the claim: it meant an earlier one. A deletion names
/// its claim by the post itself, whatever time the network gives with it.
fn precedes(said: &Said, claim: &Claim) -> bool {
    matches!(said.wish, Wish::Cancel(_)) && said.posted_at < claim.posted_at
}

fn payment(id: ReservationId, claim: &Claim) -> Payment {
    Payment { id, account: claim.account.clone(), card: claim.card.clone(), amount: claim.amount }
}

/// A decision while it is being drawn up.
struct Draft<'a> {
    offer: &'a Offer,
    now: Timestamp,
    ordinal: u32,
    decision: Decision,
}

impl<'a> Draft<'a> {
    fn new(offer: &'a Offer, now: Timestamp) -> Self {
        Self { offer, now, ordinal: offer.next_ordinal, decision: Decision::default() }
    }

    fn push(&mut self, event: Event) {
        self.decision.events.push(event);
    }

    fn effect(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    fn next_id(&mut self) -> ReservationId {
        let id = self.offer.id(self.ordinal);
        self.ordinal += 1;
        id
    }

    fn deadline(&self) -> Timestamp {
        self.now.plus(self.offer.terms.prompt_patience).plus(self.offer.terms.confirm_within)
    }

    fn reserve(&mut self, claim: Claim, confirmed: Option<(PostId, Way)>) {
        let (id, deadline) = (self.next_id(), self.deadline());
        self.push(Event::Reserved { id, claim: claim.clone(), deadline });
        match confirmed {
            Some((post, way)) => self.confirm(id.ordinal, &claim, post, way),
            None => self.reply(&claim, Outcome::Reserved, Some(id.ordinal)),
        }
    }

    fn wait(&mut self, claim: Claim, place: u32, parked: Option<&PostId>) {
        let offer = self.offer.no;
        let notice = Notice { place: Some(place), ..self.notice(&claim, Outcome::Waitlisted, None) };
        let account = claim.account.clone();
        self.push(Event::Waitlisted { offer, claim, place });
        self.effect(Effect::Reply(notice));
        if let Some(post) = parked.cloned() {
            self.push(Event::WaiterConfirmed { offer, account, post, place });
        }
    }

    fn confirm(&mut self, ordinal: u32, claim: &Claim, post: PostId, way: Way) {
        let (id, account, units) = (self.offer.id(ordinal), claim.account.clone(), claim.units);
        self.push(Event::Confirmed { id, account, post, units, way });
        self.effect(Effect::Authorize(payment(id, claim)));
    }

    fn sell(&mut self, id: ReservationId, claim: &Claim, key: EffectKey) {
        let (account, units, amount) = (claim.account.clone(), claim.units, claim.amount);
        self.push(Event::Sold { id, account, units, amount, key });
        let notice = self.notice(claim, Outcome::Sold, Some(id.ordinal));
        self.effect(Effect::Reply(notice.clone()));
        self.effect(Effect::Email { to: claim.email.clone(), notice });
        self.effect(Effect::Order(payment(id, claim)));
        if self.offer.sold + units == self.offer.terms.units {
            self.push(Event::OfferSoldOut { offer: self.offer.no });
            self.announce(News::SoldOut);
        }
    }

    /// Gives units that came back to the head of the line, at this very instant. The head is never
    /// passed over: who asks for more than there is waits for more.
    fn hand_on(&mut self, units_freed: u32) {
        let mut free = units_freed;
        for waiter in self.offer.waitlist.iter() {
            let claim = &waiter.claim;
            if claim.units > free || free == 0 {
                break;
            }
            free -= claim.units;
            let (id, deadline) = (self.next_id(), self.deadline());
            let (account, units) = (claim.account.clone(), claim.units);
            self.push(Event::Promoted { id, account, units, deadline });
            let ahead = waiter.confirmed.clone();
            match ahead.or_else(|| self.offer.terms.one_step().then(|| claim.post.clone())) {
                Some(post) => self.confirm(id.ordinal, claim, post, Way::Waiting),
                None => self.reply(claim, Outcome::Promoted, Some(id.ordinal)),
            }
        }
    }

    fn notice(&self, claim: &Claim, outcome: Outcome, reservation: Option<u32>) -> Notice {
        let prompt = matches!(outcome, Outcome::Reserved | Outcome::Promoted);
        Notice {
            account: claim.account.clone(),
            post: claim.post.clone(),
            offer: self.offer.no,
            outcome,
            reservation,
            place: None,
            deadline: prompt.then(|| self.now.plus(self.offer.terms.confirm_within)),
            amount: Some(claim.amount),
            units: claim.units,
            about: None,
        }
    }

    fn reply(&mut self, claim: &Claim, outcome: Outcome, reservation: Option<u32>) {
        let notice = self.notice(claim, outcome, reservation);
        self.effect(Effect::Reply(notice));
    }

    fn announce(&mut self, news: News) {
        let offer = self.offer.no;
        for &network in &self.offer.terms.networks {
            self.effect(Effect::Announce { network, offer, news });
        }
    }
}
