//! What a campaign makes of a post: the session judges first, then the offer.

use super::Campaign;
use crate::collections::stable_map::SlotId;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::credit::CreditAsk;
use crate::domain::decision::Decision;
use crate::domain::event::Event;
use crate::domain::holding::Holding;
use crate::domain::id::OfferNo;
use crate::domain::money::Money;
use crate::domain::offer::{Ask, Offer};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::session::{PARKED_FOR, Session};
use crate::domain::time::Timestamp;

impl Campaign {
    /// Lets the session and the offer judge a post in turn. `place` is what [`Self::place_of`] tells of its author.
    ///
    /// # Errors
    /// The reason, where the answer is no.
    ///
    /// # Panics
    /// When it is somebody else's place.
    pub fn decide_post(
        &self,
        now: Timestamp,
        said: &PostCommand,
        place: Option<SlotId>,
    ) -> Result<Decision, Refusal> {
        let session = place.map(|place| self.session_at(place, &said.account));
        match &said.intent {
            Intent::Repost { of, tagged } => {
                // Whose prompt it is decides; anybody may repost anything.
                let own = self.held(session).find(|(offer, holding)| {
                    let mut held = offer.reservations_of(holding);
                    held.any(|(_, reservation)| reservation.prompt.as_ref() == Some(of))
                });
                match (own, tagged) {
                    (Some((offer, _)), _) => self.judge_tagged(now, session, said, offer.no()),
                    (None, Some(_)) => {
                        Err(self.first_answer(session, said).unwrap_or_else(|| Outcome::Repost.into()))
                    }
                    (None, None) => {
                        Err(self.first_answer(session, said).unwrap_or_else(|| Outcome::NotRelevant.into()))
                    }
                }
            }
            Intent::Delete => self.judge_deletion(now, session, said),
            Intent::Buy(offer) | Intent::Confirm(offer) | Intent::Cancel(offer) => {
                self.judge_tagged(now, session, said, *offer)
            }
            Intent::Accept(id) => self.judge_tagged(now, session, said, id.offer),
            Intent::Freeze => self.pass_everything_on(now, session, said),
            Intent::Enroll(offer) => self.judge_enrollment(now, session, said, *offer),
            Intent::Stop | Intent::Start => Err(Outcome::NotRelevant.into()),
        }
    }

    /// What the session holds, or waits for, and of which offers.
    fn held<'c>(&'c self, session: Option<&'c Session>) -> impl Iterator<Item = (&'c Offer, &'c Holding)> {
        let held = session.into_iter().flat_map(Session::held);
        held.filter_map(|(no, holding)| Some((self.offer(no)?, holding)))
    }

    fn first_answer(&self, session: Option<&Session>, said: &PostCommand) -> Option<Refusal> {
        let first = session?.recall(&said.account, &said.post)?;
        Some(Refusal::Duplicate(Box::new(first)))
    }

    fn judge_tagged(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &PostCommand,
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
        if said.status.frozen && !matches!(said.intent, Intent::Cancel(_)) {
            return Err(Outcome::Frozen.into());
        }
        let nothing = Holding::default();
        let holding = session.and_then(|session| session.holding(offer_no)).unwrap_or(&nothing);
        match said.intent {
            Intent::Buy(_) => {
                // A confirmation counts for a claim only if it was published after it.
                let parked = session.and_then(|session| session.parked(offer_no));
                let parked = parked.filter(|parked| parked.posted_at >= said.posted_at);
                let parked = parked.map(|parked| &parked.post);
                let decided = offer.decide(now, Ask::Claim { said, holding, parked });
                if let Ok(decision) = &decided {
                    self.check_spending(now, session, offer, decision)?;
                }
                decided
            }
            Intent::Cancel(_) => offer.decide(now, Ask::Cancel { said, holding }),
            Intent::Confirm(_) | Intent::Repost { .. } => offer
                .decide(now, Ask::Confirm { said, holding })
                .or_else(|refusal| park(now, session, offer, holding, said, refusal)),
            Intent::Accept(_) => offer.decide(now, Ask::Confirm { said, holding }),
            _ => Err(Outcome::NotRelevant.into()),
        }
    }

    fn judge_enrollment(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &PostCommand,
        offer: OfferNo,
    ) -> Result<Decision, Refusal> {
        if let Some(first) = self.first_answer(session, said) {
            return Err(first);
        }
        let offer = self.known_credit(offer)?;
        Session::believe(now, said.posted_at, offer.terms().max_lateness)?;
        if said.status.frozen {
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
        offer: &Offer,
        decided: &Decision,
    ) -> Result<(), Refusal> {
        let Some(cap) = offer.terms().rules.spend_cap else { return Ok(()) };
        let counts = |amount: Money| if amount.currency == cap.currency { amount.minor } else { 0 };
        let claimed = decided.events.iter().filter_map(|event| match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => Some(counts(claim.amount)),
            _ => None,
        });
        let open = self.held(session).flat_map(|(offer, holding)| offer.claims_of(holding));
        let open = open.map(|claim| counts(claim.amount));
        let spent = session.map_or(0, |session| session.spent_on(now));
        let total = claimed.chain(open).fold(spent, i64::saturating_add);
        if total > cap.minor { Err(Outcome::SpendCap.into()) } else { Ok(()) }
    }

    /// Passes on all that the account has in the campaign and has not confirmed.
    fn pass_everything_on(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &PostCommand,
    ) -> Result<Decision, Refusal> {
        let mut all = Decision::default();
        for (offer, holding) in self.held(session) {
            let Ok(decision) = offer.decide(now, Ask::Cancel { said, holding }) else { continue };
            all.events.extend(decision.events);
            all.effects.extend(decision.effects);
        }
        if all.events.is_empty() { Err(Outcome::NotRelevant.into()) } else { Ok(all) }
    }

    /// A deleted claim that is not confirmed passes its unit, or its place in line, on.
    fn judge_deletion(
        &self,
        now: Timestamp,
        session: Option<&Session>,
        said: &PostCommand,
    ) -> Result<Decision, Refusal> {
        let claimed = self.held(session).find(|(offer, holding)| {
            let mut claims = offer.claims_of(holding);
            claims.any(|claim| claim.post == said.post)
        });
        match claimed {
            Some((offer, holding)) => {
                offer.decide(now, Ask::Cancel { said, holding }).map_err(|_| Outcome::NotRelevant.into())
            }
            None => Err(Outcome::NotRelevant.into()),
        }
    }
}

/// A confirmation that found nothing may have overtaken its claim: it waits a little.
fn park(
    now: Timestamp,
    session: Option<&Session>,
    offer: &Offer,
    holding: &Holding,
    said: &PostCommand,
    refusal: Refusal,
) -> Result<Decision, Refusal> {
    let taken = session.is_some_and(|session| session.parked(offer.no()).is_some());
    if refusal != Outcome::NothingToConfirm.into() || taken || !offer.may_precede_claim(now, said, holding) {
        return Err(refusal);
    }
    if said.link.is_none() {
        return Err(Outcome::NotLinked.into());
    }
    Ok(Decision::of(Event::ConfirmParked {
        offer: offer.no(),
        account: said.account.clone(),
        post: said.post.clone(),
        // The network's own word, though it may be a little ahead: it is compared with the claim's.
        posted_at: said.posted_at,
        until: now.plus(PARKED_FOR),
    }))
}
