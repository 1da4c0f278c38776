//! How an offer judges: claims, confirmations, passing on, time and the card provider's word.

use compact_str::CompactString;

use super::{Holding, Offer};
use crate::domain::command::{Report, Said, Wish};
use crate::domain::decision::Decision;
use crate::domain::effect::{About, Effect, News, Notice, Payment};
use crate::domain::event::{Claim, Event, Way};
use crate::domain::id::{EffectKey, PostId, ReservationId};
use crate::domain::order::{Order, OrderStage};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::{Reservation, Stage};
use crate::domain::time::Timestamp;
use crate::domain::waitlist::Ticket;

/// Reservations that one decision lets expire, waiters that it serves, or sends home; the rest follow
/// in the next, so that a record of the journal has a bound.
pub const DUE_PER_DECISION: usize = 256;

/// The largest allotment, restocked units included.
pub(super) const ALLOTMENT_MAX: u32 = 100_000_000;

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
    /// To pass the units, or the place in line, on; or to take an order back.
    Cancel(&'a Said),
    /// For more units, under that key.
    Restock(u32, &'a CompactString),
    /// To take units off the sale that nobody has, under that key.
    Withdraw(u32, &'a CompactString),
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
            Ask::Restock(units, key) => self.judge_restock(now, units, key),
            Ask::Withdraw(units, key) => self.judge_withdrawal(now, units, key),
            Ask::ExpireDue => Ok(self.expire_due(now)),
            Ask::Report(report) => self.judge_report(now, report),
        }
    }

    fn judge_claim(&self, now: Timestamp, said: &Said, parked: Option<&PostId>) -> Result<Decision, Refusal> {
        let claim = self.admit(now, said)?;
        let mut draft = Draft::new(self, now);
        let room = self.terms.waitlist && self.waitlist.len() < self.terms.waitlist_max;
        if self.is_gathering() {
            if !room {
                return Err(Outcome::FullyReserved.into());
            }
            draft.enter(claim, parked);
            return Ok(draft.decision);
        }
        // Units that the line is about to get are not there for newcomers.
        let free = if self.line_is_due() { 0 } else { self.available };
        let partial = self.terms.rules.partial;
        let reachable = self.available + self.reserved;
        if free >= claim.units {
            draft.reserve(claim, 0, parked);
        } else if free > 0 && partial {
            let rest = if room { claim.units - free } else { 0 };
            draft.reserve_part(&claim, free, rest, parked);
        } else if reachable == 0 || (!partial && claim.units > reachable) {
            return Err(Outcome::SoldOut.into());
        } else if !room {
            return Err(Outcome::FullyReserved.into());
        } else {
            draft.wait(claim, parked);
        }
        Ok(draft.decision)
    }

    /// Everything about a claim but the stock: who may buy, when, and how much.
    fn admit(&self, now: Timestamp, said: &Said) -> Result<Claim, Refusal> {
        let link = said.link.as_ref().ok_or(Outcome::NotLinked)?;
        if !self.terms.accepts(link) {
            return Err(Outcome::CardIneligible.into());
        }
        self.check_account_age(said)?;
        let posted_at = said.posted_at.min(now);
        if posted_at < self.terms.opens {
            return Err(Outcome::NotOpen.into());
        }
        if posted_at >= self.terms.closes || now >= self.terms.ends() {
            return Err(Outcome::Closed.into());
        }
        let units = said.units;
        let nothing = Holding::default();
        let holding = self.holdings.get(&said.account).unwrap_or(&nothing);
        // An order that was taken back keeps nobody from claiming again.
        if self.live_of(holding).any(|(_, reservation)| reservation.stage != Stage::Returning) {
            return Err(Outcome::AlreadyReserved.into());
        }
        if let Some(ticket) = holding.ticket {
            return Err(Refusal::AlreadyWaiting { place: self.told_place(ticket) });
        }
        if holding.sold.saturating_add(units) > self.terms.limit_per_account {
            return Err(Outcome::LimitReached.into());
        }
        if let Some(limit) = self.terms.rules.limit_per_card {
            let had = self.by_card.get(&link.card.token).copied().unwrap_or(0);
            if had.saturating_add(units) > limit {
                return Err(Outcome::LimitReached.into());
            }
        }
        let rate = self.terms.tax.rate(&link.region);
        let amount = self.terms.total_at(units, rate).ok_or(Outcome::LimitReached)?;
        Ok(Claim {
            post: said.post.clone(),
            posted_at,
            account: said.account.clone(),
            units,
            amount,
            rate,
            card: link.card.token.clone(),
            email: link.email.clone(),
        })
    }

    /// A post that tells how old its author's account is must tell of one that is old enough.
    fn check_account_age(&self, said: &Said) -> Result<(), Refusal> {
        let asked = self.terms.rules.account_age.zip(said.account_since);
        match asked {
            Some((age, since)) if said.posted_at.since(since) < age => Err(Outcome::AccountTooNew.into()),
            _ => Ok(()),
        }
    }

    fn live_of<'o>(&'o self, holding: &'o Holding) -> impl Iterator<Item = (u32, &'o Reservation)> {
        let ordinals = holding.reservations.iter();
        ordinals.filter_map(|&ordinal| Some((ordinal, self.reservations.get(&ordinal)?)))
    }

    /// The place that is told; 0, before lots are drawn.
    fn told_place(&self, ticket: Ticket) -> u32 {
        if self.is_gathering() { 0 } else { self.waitlist.place(ticket) }
    }

    /// One confirmation places one order: that of the reservation that it names, or else of the oldest
    /// whose window is open.
    fn judge_confirm(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let holding = self.holdings.get(&said.account).ok_or(Outcome::NothingToConfirm)?;
        let posted_at = said.posted_at.min(now);
        let mut refused = None;
        for (ordinal, reservation) in self.live_of(holding) {
            if reservation.stage != Stage::Held || !names(said, ordinal, reservation) {
                continue;
            }
            match in_window(reservation, posted_at) {
                Ok(()) => {
                    let mut draft = Draft::new(self, now);
                    let way = if matches!(said.wish, Wish::Accept(_)) { Way::Link } else { Way::Post };
                    draft.confirm(ordinal, &reservation.claim, said.post.clone(), way);
                    return Ok(draft.decision);
                }
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        if matches!(said.wish, Wish::Accept(_)) {
            return Err(Outcome::NothingToConfirm.into());
        }
        if let Some(ticket) = holding.ticket {
            return self.judge_confirm_ahead(said, posted_at, ticket);
        }
        match holding.expired_at {
            Some(_) if holding.reservations.is_empty() => Err(Outcome::ConfirmLate.into()),
            _ => Err(Outcome::NothingToConfirm.into()),
        }
    }

    fn judge_confirm_ahead(
        &self,
        said: &Said,
        posted_at: Timestamp,
        ticket: Ticket,
    ) -> Result<Decision, Refusal> {
        let place = self.told_place(ticket);
        let waiter = self.waitlist.get(ticket).ok_or(Outcome::NothingToConfirm)?;
        if waiter.confirmed.is_some() {
            return Err(Refusal::AlreadyWaiting { place });
        }
        if posted_at < waiter.claim.posted_at {
            return Err(Outcome::NothingToConfirm.into());
        }
        let (offer, account, post) = (self.no, said.account.clone(), said.post.clone());
        Ok(Decision::of(Event::WaiterConfirmed { offer, account, post, place }))
    }

    /// Whether a confirmation that found nothing may be ahead of its claim. It is not where the
    /// account has a reservation or a place in line: then the claim is known already. Nor where the
    /// claim would be refused whenever it came: those who cannot buy shall not fill the journal.
    #[must_use]
    pub fn may_precede_claim(&self, now: Timestamp, said: &Said) -> bool {
        let known = self.holdings.get(&said.account);
        let free = known.is_none_or(|holding| {
            let may_buy = holding.sold < self.terms.limit_per_account;
            holding.reservations.is_empty() && holding.ticket.is_none() && may_buy
        });
        let eligible = said.link.as_ref().is_none_or(|link| self.terms.accepts(link));
        let on_sale = now < self.terms.ends() && self.sold < self.allotment;
        free && eligible && on_sale && !self.terms.one_step() && said.posted_at >= self.terms.opens
    }

    /// Passes on everything that the account has and has not confirmed; where there is nothing of that
    /// kind, takes back its last order.
    fn judge_cancel(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let nothing = Holding::default();
        let holding = self.holdings.get(&said.account).unwrap_or(&nothing);
        let mut draft = Draft::new(self, now);
        // The place in line first: nobody gets units back that were just passed on.
        if let Some(ticket) = holding.ticket
            && let Some(waiter) = self.waitlist.get(ticket).filter(|waiter| !spares(said, &waiter.claim))
        {
            let (account, units) = (said.account.clone(), waiter.claim.units);
            draft.push(Event::LeftLine { offer: self.no, account, units, post: said.post.clone() });
            draft.reply(&waiter.claim, Outcome::Released, None);
            draft.left = Some(ticket);
        }
        let mut freed = 0;
        for (ordinal, Reservation { claim, stage, .. }) in self.live_of(holding) {
            if *stage != Stage::Held || spares(said, claim) {
                continue;
            }
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            draft.push(Event::Released { id, account, units, post: said.post.clone() });
            draft.reply(claim, Outcome::Released, Some(ordinal));
            freed += units;
        }
        if draft.decision.events.is_empty() {
            return self.judge_take_back(now, said);
        }
        draft.hand_on(freed);
        Ok(draft.decision)
    }

    /// The last order that can still be taken back: by the post's own time, if it arrived in time.
    fn judge_take_back(&self, now: Timestamp, said: &Said) -> Result<Decision, Refusal> {
        let (Wish::Cancel(_), Some(length)) = (&said.wish, self.terms.rules.take_back) else {
            return Err(Outcome::NothingToConfirm.into());
        };
        let posted_at = said.posted_at.min(now);
        let in_time = |order: &Order| {
            let from = order.claim.posted_at;
            let arrived = self.revocable_until(order.placed_at).is_some_and(|until| now < until);
            order.taking_back.is_none()
                && arrived
                && (from..order.placed_at.plus(length)).contains(&posted_at)
        };
        let orders = self.revocable.get(&said.account).into_iter().flatten().rev();
        let mut orders = orders.filter_map(|&ordinal| Some((ordinal, self.orders.get(&ordinal)?)));
        let (ordinal, order) = orders.find(|(_, order)| in_time(order)).ok_or(Outcome::NothingToConfirm)?;
        let mut draft = Draft::new(self, now);
        draft.take_back(ordinal, order, said.post.clone());
        Ok(draft.decision)
    }

    fn judge_restock(&self, now: Timestamp, units: u32, key: &CompactString) -> Result<Decision, Refusal> {
        self.check_key(key, i64::from(units))?;
        if self.closed || now >= self.terms.ends() {
            return Err(Outcome::Closed.into());
        }
        let allotment = self.allotment.checked_add(units).filter(|&all| all <= ALLOTMENT_MAX);
        // Tax at most doubles the price.
        let countable =
            |&all: &u32| self.terms.price.checked_mul(all).is_some_and(|all| all.checked_mul(2).is_some());
        allotment.filter(countable).ok_or(Refusal::TooMany)?;
        let mut draft = Draft::new(self, now);
        draft.push(Event::Restocked { offer: self.no, units, key: key.clone() });
        draft.hand_on(units);
        Ok(draft.decision)
    }

    fn judge_withdrawal(&self, now: Timestamp, units: u32, key: &CompactString) -> Result<Decision, Refusal> {
        self.check_key(key, -i64::from(units))?;
        if units > self.available {
            return Err(Refusal::Committed { available: self.available });
        }
        let mut draft = Draft::new(self, now);
        draft.push(Event::Withdrawn { offer: self.no, units, key: key.clone() });
        if self.sold == self.allotment - units && !self.sold_out {
            draft.sell_out();
        }
        Ok(draft.decision)
    }

    fn check_key(&self, key: &CompactString, change: i64) -> Result<(), Refusal> {
        match self.changes.get(key) {
            None => Ok(()),
            Some(made) if *made == change => Err(Refusal::Repeated),
            Some(_) => Err(Refusal::KeyReused),
        }
    }

    fn expire_due(&self, now: Timestamp) -> Decision {
        let mut draft = Draft::new(self, now);
        if !self.opened && now >= self.terms.opens && now < self.terms.ends() {
            draft.push(Event::OfferOpened { offer: self.no });
            draft.announce(News::Opening);
        }
        if let Some(rule) = self.terms.rules.draw
            && self.is_gathering()
            && self.terms.draws_at().is_some_and(|at| at <= now)
        {
            draft.push(Event::Drawn { offer: self.no, seed: rule.seed });
            draft.announce(News::Drawn { entries: self.entries() });
            // The line stands in its new order when this is applied; then it is served.
            return draft.decision;
        }
        self.mail_prompts(&mut draft);
        let freed = self.expire_reservations(&mut draft);
        draft.hand_on(freed);
        for &ordinal in self.finals.due(now).take(DUE_PER_DECISION) {
            let Some(order) = self.orders.get(&ordinal) else { continue };
            let id = self.id(ordinal);
            draft.push(Event::OrderFinal { id });
            draft.effect(Effect::Order(payment(id, &order.claim)));
        }
        if !self.closed && now >= self.terms.ends() {
            draft.push(Event::OfferClosed { offer: self.no });
            draft.announce(News::Closing);
        }
        if self.line_is_over() && !self.line_is_due() {
            for waiter in self.waitlist.iter().take(DUE_PER_DECISION) {
                let (account, units) = (waiter.claim.account.clone(), waiter.claim.units);
                draft.push(Event::LineEnded { offer: self.no, account, units });
                draft.reply(&waiter.claim, Outcome::SoldOut, None);
            }
        }
        draft.decision
    }

    /// How many claims in line take part in the draw, as long as lots are not drawn.
    #[must_use]
    pub fn entries(&self) -> u32 {
        let ends = self.terms.draw_window_ends();
        let takes_part = |claim: &Claim| ends.is_some_and(|ends| claim.posted_at < ends);
        let count = self.waitlist.iter().filter(|waiter| takes_part(&waiter.claim)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn mail_prompts(&self, draft: &mut Draft<'_>) {
        let now = draft.now;
        let due = self.prompts.iter().take_while(|(due, _)| *due <= now).take(DUE_PER_DECISION);
        for &(_, ordinal) in due {
            // Whose time is over anyway is not asked any more.
            let late = |held: &&Reservation| held.awaits_prompt() && self.release_of(held) > now;
            if let Some(held) = self.reservations.get(&ordinal).filter(late) {
                draft.mail_prompt(ordinal, held, None);
            }
        }
    }

    fn release_of(&self, held: &Reservation) -> Timestamp {
        held.deadline.plus(self.terms.late_grace)
    }

    fn expire_reservations(&self, draft: &mut Draft<'_>) -> u32 {
        let mut freed = 0;
        for &ordinal in self.releases.due(draft.now).take(DUE_PER_DECISION) {
            let Some(reservation) = self.reservations.get(&ordinal) else { continue };
            let claim = &reservation.claim;
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            draft.push(Event::Expired { id, account, units });
            draft.reply(claim, Outcome::Expired, Some(ordinal));
            freed += units;
        }
        freed
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
            (Report::Authorized { key, .. }, None) => {
                // Taken back meanwhile: what was kept for us is let go.
                let order = self.orders.get(&id.ordinal).filter(|order| order.stage == OrderStage::TakenBack);
                let order = order.ok_or(Outcome::NotRelevant)?;
                draft.push(Event::Delivered { keys: vec![*key] });
                draft.effect(Effect::Void(payment(id, &order.claim)));
            }
            (Report::Captured { key, .. }, Some(held)) if held.stage == Stage::Authorized => {
                let taking_back = self.orders.get(&id.ordinal).and_then(|order| order.taking_back.clone());
                draft.sell(id, &held.claim, *key, taking_back);
            }
            (Report::Refunded { key, .. }, Some(held)) if held.stage == Stage::Returning => {
                draft.refund(id, &held.claim, *key);
            }
            (Report::Undeliverable { key, .. }, Some(held)) if held.awaits_prompt() => {
                draft.mail_prompt(id.ordinal, held, Some(*key));
            }
            (Report::Undeliverable { key, .. }, _) => draft.push(Event::Dropped { keys: vec![*key] }),
            (Report::Declined { key, reason, .. }, Some(held))
                if matches!(held.stage, Stage::Confirmed | Stage::Authorized) =>
            {
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

/// Whether a confirmation is of that reservation: a signed link and a repost name theirs.
fn names(said: &Said, ordinal: u32, reservation: &Reservation) -> bool {
    match &said.wish {
        Wish::Accept(id) => id.ordinal == ordinal,
        Wish::Repost { of, .. } => reservation.prompt.as_ref() == Some(of),
        _ => true,
    }
}

/// Whether a wish to pass on leaves that claim alone. A cancellation that was published before the claim
/// meant an earlier one; a deletion names its claim by the post itself, whatever time the network gives
/// with it; who freezes the account spares nothing.
fn spares(said: &Said, claim: &Claim) -> bool {
    match said.wish {
        Wish::Cancel(_) => said.posted_at < claim.posted_at,
        Wish::Delete => said.post != claim.post,
        _ => false,
    }
}

fn payment(id: ReservationId, claim: &Claim) -> Payment {
    Payment { id, account: claim.account.clone(), card: claim.card.clone(), amount: claim.amount }
}

/// A decision while it is being drawn up.
struct Draft<'a> {
    offer: &'a Offer,
    now: Timestamp,
    ordinal: u32,
    /// The ticket of who left the line in this very decision.
    left: Option<Ticket>,
    decision: Decision,
}

impl<'a> Draft<'a> {
    fn new(offer: &'a Offer, now: Timestamp) -> Self {
        Self { offer, now, ordinal: offer.next_ordinal, left: None, decision: Decision::default() }
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

    /// Reserves a claim, and places its order if it is confirmed already. `rest` units of it wait.
    fn reserve(&mut self, claim: Claim, rest: u32, parked: Option<&PostId>) {
        let (id, deadline) = (self.next_id(), self.deadline());
        self.push(Event::Reserved { id, claim: claim.clone(), deadline });
        if self.offer.terms.one_step() {
            self.confirm(id.ordinal, &claim, claim.post.clone(), Way::OneStep);
        } else if let Some(post) = parked {
            self.confirm(id.ordinal, &claim, post.clone(), Way::Parked);
        } else {
            let notice = self.notice(&claim, Outcome::Reserved, Some(id.ordinal));
            let waits = (rest > 0).then(|| (self.offer.waitlist.len() + 1, About::Rest { units: rest }));
            let (place, about) = waits.unzip();
            self.effect(Effect::Reply(Notice { place, about, ..notice }));
        }
    }

    /// Gives a claim what there is, and lets the rest of it wait.
    fn reserve_part(&mut self, claim: &Claim, part: u32, rest: u32, parked: Option<&PostId>) {
        let terms = &self.offer.terms;
        self.reserve(super::part_of(claim, part, terms), rest, parked);
        if rest > 0 {
            let place = self.offer.waitlist.len() + 1;
            let claim = super::part_of(claim, rest, terms);
            self.push(Event::Waitlisted { offer: self.offer.no, claim, place });
        }
    }

    fn wait(&mut self, claim: Claim, parked: Option<&PostId>) {
        let (offer, place) = (self.offer.no, self.offer.waitlist.len() + 1);
        let notice = self.notice(&claim, Outcome::Waitlisted, None);
        let about = Some(self.offer.outlook());
        let account = claim.account.clone();
        self.push(Event::Waitlisted { offer, claim, place });
        self.effect(Effect::Reply(Notice { place: Some(place), about, ..notice }));
        if let Some(post) = parked.cloned() {
            self.push(Event::WaiterConfirmed { offer, account, post, place });
        }
    }

    /// Lets a claim take part in the draw.
    fn enter(&mut self, claim: Claim, parked: Option<&PostId>) {
        let offer = self.offer.no;
        let notice = self.notice(&claim, Outcome::Waitlisted, None);
        let about = self.offer.terms.draws_at().map(|at| About::Draw { at });
        let account = claim.account.clone();
        self.push(Event::Entered { offer, claim });
        self.effect(Effect::Reply(Notice { about, ..notice }));
        if let Some(post) = parked.cloned() {
            self.push(Event::WaiterConfirmed { offer, account, post, place: 0 });
        }
    }

    fn confirm(&mut self, ordinal: u32, claim: &Claim, post: PostId, way: Way) {
        let (id, account, units) = (self.offer.id(ordinal), claim.account.clone(), claim.units);
        self.push(Event::Confirmed { id, account, post, units, way });
        self.effect(Effect::Authorize(payment(id, claim)));
    }

    /// Sells what was captured; unless its buyer has taken it back while it was being captured.
    fn sell(&mut self, id: ReservationId, claim: &Claim, key: EffectKey, taking_back: Option<PostId>) {
        let (account, units, amount) = (claim.account.clone(), claim.units, claim.amount);
        self.push(Event::Sold { id, account: account.clone(), units, amount, key });
        if let Some(post) = taking_back {
            self.push(Event::TakenBack { id, account, units, post, noted: true });
            self.effect(Effect::Refund(payment(id, claim)));
            return;
        }
        let notice = self.notice(claim, Outcome::Sold, Some(id.ordinal));
        self.effect(Effect::Reply(notice.clone()));
        self.effect(Effect::Email { to: claim.email.clone(), notice });
        if self.offer.terms.rules.take_back.is_none() {
            self.effect(Effect::Order(payment(id, claim)));
        }
        if self.offer.sold + units == self.offer.allotment && !self.offer.sold_out {
            self.sell_out();
        }
    }

    fn sell_out(&mut self) {
        self.push(Event::OfferSoldOut { offer: self.offer.no });
        self.announce(News::SoldOut);
    }

    fn take_back(&mut self, ordinal: u32, order: &Order, post: PostId) {
        let (id, account, units) = (self.offer.id(ordinal), order.claim.account.clone(), order.claim.units);
        match order.stage {
            OrderStage::Authorized => self.push(Event::TakeBackNoted { id, account, units, post }),
            OrderStage::Sold => {
                self.push(Event::TakenBack { id, account, units, post, noted: false });
                self.effect(Effect::Refund(payment(id, &order.claim)));
            }
            _ => {
                self.push(Event::TakenBack { id, account, units, post, noted: false });
                self.reply(&order.claim, Outcome::Released, Some(ordinal));
                self.hand_on(units);
            }
        }
    }

    fn refund(&mut self, id: ReservationId, claim: &Claim, key: EffectKey) {
        let (account, units, amount) = (claim.account.clone(), claim.units, claim.amount);
        self.push(Event::Refunded { id, account, units, amount, key });
        let notice = self.notice(claim, Outcome::Refunded, Some(id.ordinal));
        self.effect(Effect::Reply(notice.clone()));
        self.effect(Effect::Email { to: claim.email.clone(), notice });
        self.hand_on(units);
    }

    /// Sends the prompt by e-mail: as a reply it could not be delivered, in time or at all.
    fn mail_prompt(&mut self, ordinal: u32, held: &Reservation, key: Option<EffectKey>) {
        self.push(Event::PromptMailed { id: self.offer.id(ordinal), key });
        let notice = self.notice(&held.claim, Outcome::Reserved, Some(ordinal));
        let notice = Notice { deadline: Some(held.deadline), ..notice };
        self.effect(Effect::Email { to: held.claim.email.clone(), notice });
    }

    /// Gives units that came back, or were added, to the first in line who can be served, at this very
    /// instant. What nobody waits for is announced, if the last that was said is that there is none.
    fn hand_on(&mut self, units_freed: u32) {
        let gathering = self.offer.is_gathering();
        let mut free = self.offer.available + units_freed;
        let mut turns = self.offer.waitlist.turns();
        for _ in 0..DUE_PER_DECISION {
            if free == 0 || gathering {
                break;
            }
            let Some((ticket, waiter)) = turns.next_within(free) else { break };
            if self.left == Some(ticket) {
                continue;
            }
            let units = waiter.claim.units.min(free);
            free -= units;
            let ahead = waiter.confirmed.clone();
            if units == waiter.claim.units {
                self.promote(&waiter.claim, ahead);
            } else {
                self.promote(&super::part_of(&waiter.claim, units, &self.offer.terms), ahead);
            }
        }
        if free > 0 && units_freed > 0 && turns.next_within(free).is_none() {
            self.tell_of_units(free);
        }
    }

    /// Tells that there are units for newcomers, if there were none, or the shop added some.
    fn tell_of_units(&mut self, units: u32) {
        let on_sale = self.offer.opened && self.now < self.offer.terms.closes;
        if !on_sale || !(self.offer.sold_out || self.restocks()) {
            return;
        }
        if self.offer.sold_out {
            self.push(Event::BackOnSale { offer: self.offer.no, units });
        }
        self.announce(News::Restock { units });
    }

    fn restocks(&self) -> bool {
        self.decision.events.iter().any(|event| matches!(event, Event::Restocked { .. }))
    }

    fn promote(&mut self, claim: &Claim, ahead: Option<PostId>) {
        let (id, deadline) = (self.next_id(), self.deadline());
        let (account, units) = (claim.account.clone(), claim.units);
        self.push(Event::Promoted { id, account, units, deadline });
        match ahead.or_else(|| self.offer.terms.one_step().then(|| claim.post.clone())) {
            Some(post) => self.confirm(id.ordinal, claim, post, Way::Waiting),
            None => self.reply(claim, Outcome::Promoted, Some(id.ordinal)),
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
