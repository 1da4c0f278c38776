//! How a session decides a post: the session's own checks come first, then the offer that the post names
//! decides.

use super::{CANCELS_PARKED_MAX, PARKED_FOR, Parked, Session};
use crate::domain::command::{Intent, PostCommand};
use crate::domain::credit::CreditAsk;
use crate::domain::decision::Decision;
use crate::domain::effect::{About, Effect, ReplyRequest};
use crate::domain::event::Event;
use crate::domain::holding::Holding;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::money::Money;
use crate::domain::offer::{Ask, Offer};
use crate::domain::offers::Offers;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;

impl Session {
    /// Decides a post of the session's account at `now`, with the campaign's offers. Changes nothing.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn decide_post(
        &self,
        now: Timestamp,
        command: &PostCommand,
        offers: &Offers,
    ) -> Result<Decision, Refusal> {
        PostDecision { now, session: self, command, offers }.decide()
    }
}

/// One post, the session that decides it, and the offers that it may concern.
struct PostDecision<'a> {
    now: Timestamp,
    session: &'a Session,
    command: &'a PostCommand,
    offers: &'a Offers,
}

impl<'a> PostDecision<'a> {
    fn decide(&self) -> Result<Decision, Refusal> {
        match &self.command.intent {
            Intent::Repost { of, tagged } => {
                // The repost counts only for the account that was prompted: anyone may repost any post.
                let otherwise = if tagged.is_some() { Outcome::Repost } else { Outcome::NotRelevant };
                match self.prompted_by(of) {
                    Some(offer) => self.decide_tagged(offer).map_err(|refusal| refusal.concerning(offer)),
                    None => Err(self.first_answer().unwrap_or_else(|| otherwise.into())),
                }
            }
            Intent::Delete => self.decide_deletion(),
            Intent::Buy(offer) | Intent::Confirm(offer) | Intent::Cancel(offer) => self.decide_tagged(*offer),
            Intent::Accept(id) => self.decide_tagged(id.offer),
            Intent::Freeze | Intent::Unlink => self.pass_everything_on(),
            Intent::Enroll(offer) => self.decide_enrollment(*offer),
            Intent::Stop | Intent::Start => Err(Outcome::NotRelevant.into()),
        }
    }

    /// The offer of which the account was prompted by that reply, if that reservation is held or expired.
    fn prompted_by(&self, reply: &PostId) -> Option<OfferNo> {
        let held = self.held().find(|(offer, holding)| {
            let mut held = offer.reservations_of(holding);
            held.any(|(_, reservation)| reservation.prompt.as_ref() == Some(reply))
        });
        let expired = || self.session.holdings().find(|(_, holding)| holding.lapsed.contains(reply));
        held.map(|(offer, _)| offer.no()).or_else(|| expired().map(|(no, _)| no))
    }

    /// The account's live holdings, each with its offer.
    fn held(&self) -> impl Iterator<Item = (&'a Offer, &'a Holding)> + use<'a> {
        let offers = self.offers;
        self.session.held().filter_map(|(no, holding)| Some((offers.purchase(no)?, holding)))
    }

    /// A `Duplicate` refusal with the first answer, if the post was answered before.
    fn first_answer(&self) -> Option<Refusal> {
        let first = self.session.recall(&self.command.account, &self.command.post)?;
        Some(Refusal::Duplicate(Box::new(first)))
    }

    fn decide_tagged(&self, offer_no: OfferNo) -> Result<Decision, Refusal> {
        let Self { now, session, command, offers } = *self;
        if let Some(first) = self.first_answer() {
            return Err(first);
        }
        let offer = offers.known(offer_no)?;
        if offer.terms().rules.pace.is_some_and(|pace| session.is_too_fast(now, pace)) {
            return Err(Outcome::RateLimited.into());
        }
        command.age_at(now).believe(offer.terms().max_lateness)?;
        // A frozen account may still cancel.
        if command.status.frozen && !matches!(command.intent, Intent::Cancel(_)) {
            return Err(Outcome::Frozen.into());
        }
        let nothing = Holding::default();
        let holding = session.holding(offer_no).unwrap_or(&nothing);
        match command.intent {
            Intent::Buy(_) => self.decide_claim(offer, holding),
            Intent::Cancel(_) => self.decide_cancellation(offer, holding),
            Intent::Repost { ref of, .. } if holding.lapsed.contains(of) => Err(Outcome::ConfirmLate.into()),
            Intent::Confirm(_) | Intent::Repost { .. } => self.decide_confirmation(offer, holding),
            Intent::Accept(_) => offer.decide(now, Ask::Confirm { command, holding }),
            _ => Err(Outcome::NotRelevant.into()),
        }
    }

    fn decide_claim(&self, offer: &Offer, holding: &Holding) -> Result<Decision, Refusal> {
        let Self { now, session, command, .. } = *self;
        if let Some(cancel) = session
            .cancels()
            .find(|cancel| cancel.offer == offer.no() && cancel.posted_at >= command.posted_at.min(now))
        {
            return self.cancel_ahead(offer, holding, cancel);
        }
        // A confirmation counts only if it was not published before its claim.
        let parked = session.parked(offer.no()).filter(|parked| parked.posted_at >= command.posted_at);
        // Checked in place: a decision is large, and `?` would move it.
        let mut decided = offer.decide(now, Ask::Claim { command, holding, parked });
        if let Ok(decision) = &decided
            && let Err(refusal) = self.check_spending(offer, decision)
        {
            decided = Err(refusal);
        }
        decided
    }

    /// Decides a claim whose author cancelled it before it came: it gets nothing, and asks for nothing. A claim
    /// that would be refused is refused.
    fn cancel_ahead(&self, offer: &Offer, holding: &Holding, cancel: &Parked) -> Result<Decision, Refusal> {
        let Self { now, command, .. } = *self;
        offer.decide(now, Ask::Claim { command, holding, parked: None })?;
        let (offer, account, post) = (offer.no(), command.account.clone(), command.post.clone());
        let request = ReplyRequest {
            units: command.units,
            about: Some(About::CancelledAhead),
            ..ReplyRequest::new(account.clone(), post.clone(), offer, Outcome::Released)
        };
        let (units, by) = (command.units, cancel.post.clone());
        let mut decision = Decision::of(Event::ClaimCancelled { offer, account, post, units, by });
        decision.effects.push(Effect::Reply(request));
        Ok(decision)
    }

    fn decide_cancellation(&self, offer: &Offer, holding: &Holding) -> Result<Decision, Refusal> {
        let Self { now, command, .. } = *self;
        let decided = offer.decide(now, Ask::Cancel { command, holding });
        match decided {
            Err(refusal) => self.park_cancellation(offer, holding, refusal),
            Ok(_) => decided,
        }
    }

    /// Parks a cancellation that found nothing: it may have overtaken its claim, which must then get nothing.
    fn park_cancellation(
        &self,
        offer: &Offer,
        holding: &Holding,
        refusal: Refusal,
    ) -> Result<Decision, Refusal> {
        let Self { now, session, command, offers } = *self;
        let may_wait = refusal == Outcome::NothingToConfirm.into()
            && command.link.is_some()
            && session.cancels().count() < CANCELS_PARKED_MAX
            && !offers.parking_is_full()
            && offer.awaits_claim(now, command, holding);
        if !may_wait {
            return Err(refusal);
        }
        Ok(Decision::of(Event::CancelParked {
            offer: offer.no(),
            account: command.account.clone(),
            post: command.post.clone(),
            posted_at: command.posted_at,
            until: now.plus(PARKED_FOR),
        }))
    }

    fn decide_confirmation(&self, offer: &Offer, holding: &Holding) -> Result<Decision, Refusal> {
        let Self { now, command, .. } = *self;
        let decided = offer.decide(now, Ask::Confirm { command, holding });
        match decided {
            Err(refusal) => self.park(offer, holding, refusal),
            Ok(_) => decided,
        }
    }

    fn decide_enrollment(&self, offer: OfferNo) -> Result<Decision, Refusal> {
        let Self { now, command, offers, .. } = *self;
        if let Some(first) = self.first_answer() {
            return Err(first);
        }
        let offer = offers.known_credit(offer)?;
        command.age_at(now).believe(offer.terms().max_lateness)?;
        if command.status.frozen {
            return Err(Outcome::Frozen.into());
        }
        offer.decide(now, CreditAsk::Enroll(command))
    }

    /// Checks a claim against the spend cap. What the account ordered today, its open reservations and its
    /// places on waitlists count, across the whole campaign.
    fn check_spending(&self, offer: &Offer, decided: &Decision) -> Result<(), Refusal> {
        let Some(cap) = offer.terms().rules.spend_cap else { return Ok(()) };
        let counts = |amount: Money| if amount.currency == cap.currency { amount.minor } else { 0 };
        let claimed = decided.events.iter().filter_map(|event| match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => Some(counts(claim.amount)),
            _ => None,
        });
        let open = self.held().flat_map(|(offer, holding)| offer.claims_of(holding));
        let open = open.map(|claim| counts(claim.amount));
        let spent = self.session.spent_on(self.now);
        let total = claimed.chain(open).fold(spent, i64::saturating_add);
        if total > cap.minor { Err(Outcome::SpendCap.into()) } else { Ok(()) }
    }

    /// Cancels every unconfirmed reservation and waitlist place that the account has in the campaign.
    fn pass_everything_on(&self) -> Result<Decision, Refusal> {
        let mut all = Decision::default();
        for (offer, holding) in self.held() {
            let cancel = Ask::Cancel { command: self.command, holding };
            let Ok(decision) = offer.decide(self.now, cancel) else { continue };
            // The post is answered once, whatever number of offers it concerns.
            let replied = !all.effects.is_empty();
            let decision = if replied { decision.without_reply_to(&self.command.account) } else { decision };
            all.events.extend(decision.events);
            all.effects.extend(decision.effects);
        }
        if all.events.is_empty() { Err(Outcome::NotRelevant.into()) } else { Ok(all) }
    }

    /// Cancels the reservation or waitlist place of a deleted claim that is not confirmed.
    fn decide_deletion(&self) -> Result<Decision, Refusal> {
        let claimed = self.held().find(|(offer, holding)| {
            let mut claims = offer.claims_of(holding);
            claims.any(|claim| claim.post == self.command.post)
        });
        let (offer, holding) = claimed.ok_or(Outcome::NotRelevant)?;
        let cancel = Ask::Cancel { command: self.command, holding };
        offer.decide(self.now, cancel).map_err(|_| Outcome::NotRelevant.into())
    }

    /// Parks a confirmation that found no claim: it may have overtaken its claim, and waits for it up to
    /// `PARKED_FOR`.
    fn park(&self, offer: &Offer, holding: &Holding, refusal: Refusal) -> Result<Decision, Refusal> {
        let Self { now, session, command, offers } = *self;
        let may_wait = refusal == Outcome::NothingToConfirm.into()
            && session.parked(offer.no()).is_none()
            && !offers.parking_is_full()
            && offer.may_precede_claim(now, command, holding);
        if !may_wait {
            return Err(refusal);
        }
        if command.link.is_none() {
            return Err(Outcome::NotLinked.into());
        }
        let mut decision = Decision::of(Event::ConfirmParked {
            offer: offer.no(),
            account: command.account.clone(),
            post: command.post.clone(),
            // The network's own time, even if it lies slightly ahead: it is compared with the claim's own
            // time.
            posted_at: command.posted_at,
            until: now.plus(PARKED_FOR),
        });
        decision.events.extend(command.heard(offer.no()));
        Ok(decision)
    }
}
