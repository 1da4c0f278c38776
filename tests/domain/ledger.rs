//! An independent ledger: it reads only the records of a campaign, keeps its own state, and checks every
//! promise of the sale at each event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashtag::domain::campaign::Campaign;
use flashtag::domain::decision::Record;
use flashtag::domain::draw::{Seed, draw, entry_line};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::{Authorized, Claim, Event, Way};
use flashtag::domain::holding::Holding;
use flashtag::domain::id::{Account, OfferNo, PostId, ReservationId};
use flashtag::domain::reservation::Stage;
use flashtag::domain::sale_order::{Deadlines, LineAtClose};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};

/// A live reservation in the ledger.
#[derive(Debug, Clone)]
struct Live {
    claim: Claim,
    stage: Stage,
    deadline: Timestamp,
}

/// The requests to the card provider for one order.
#[derive(Debug, Clone, Default)]
struct Requests {
    authorize: u32,
    capture: u32,
    void: u32,
    refund: u32,
    order: u32,
}

#[derive(Debug, Clone)]
struct OfferLedger {
    terms: Arc<Terms>,
    closed: bool,
    /// Since when the sale is paused, and whether its deadlines are frozen.
    paused: Option<(Timestamp, bool)>,
    line_released: bool,
    allotment: u32,
    gathering: bool,
    live: BTreeMap<u32, Live>,
    line: Vec<Claim>,
    sold: u32,
    sold_to: BTreeMap<Account, u32>,
    /// Orders that were sold, or taken back before the capture.
    sold_orders: BTreeMap<u32, Claim>,
    taken_back: BTreeSet<u32>,
    /// Reservations that ended. None ends twice or comes back, except to be refunded.
    ended: BTreeSet<u32>,
    asked: BTreeMap<u32, Requests>,
}

impl OfferLedger {
    fn new(terms: Terms) -> Self {
        Self {
            allotment: terms.units,
            gathering: terms.rules.draw.is_some(),
            terms: Arc::new(terms),
            closed: false,
            paused: None,
            line_released: false,
            live: BTreeMap::new(),
            line: Vec::new(),
            sold: 0,
            sold_to: BTreeMap::new(),
            sold_orders: BTreeMap::new(),
            taken_back: BTreeSet::new(),
            ended: BTreeSet::new(),
            asked: BTreeMap::new(),
        }
    }

    fn reserved(&self) -> u32 {
        self.live.values().map(|live| live.claim.units).sum()
    }

    fn available(&self) -> u32 {
        let taken = self.reserved() + self.sold;
        self.allotment.checked_sub(taken).expect("never_oversold")
    }

    /// The claims of an account's reservations, except those that only wait for a refund.
    fn claims_of<'b>(&'b self, account: &'b Account) -> impl Iterator<Item = &'b Claim> {
        let live = self.live.values().filter(|live| live.stage != Stage::Returning);
        live.map(|live| &live.claim).filter(move |claim| claim.account == *account)
    }

    /// Whether a waiter exists who could be served.
    fn a_waiter_is_passed_over(&self) -> bool {
        let partial = self.terms.rules.partial;
        let free = self.available();
        let served = |claim: &Claim| if partial { free > 0 } else { claim.units <= free };
        !self.gathering && !self.line_released && self.line.iter().any(served)
    }

    fn waits(&self, account: &Account) -> Option<usize> {
        self.line.iter().position(|claim| claim.account == *account)
    }

    fn grant(&mut self, id: ReservationId, claim: Claim, deadline: Timestamp) {
        let of_one_claim = self.claims_of(&claim.account).all(|held| held.post == claim.post);
        assert!(of_one_claim, "one_open_claim_per_account: {}", claim.account);
        assert!(claim.units <= self.available(), "never_oversold");
        let sold = self.sold_to.get(&claim.account).copied().unwrap_or(0);
        assert!(sold + claim.units <= self.terms.limit_per_account, "never_above_the_limit");
        assert!(!self.ended.contains(&id.ordinal), "reservation_ids_are_not_used_twice");
        let before = self.live.insert(id.ordinal, Live { claim, stage: Stage::Held, deadline });
        assert!(before.is_none(), "reservation_ids_are_not_used_twice");
    }

    fn join(&mut self, claim: Claim, place: u32) {
        let of_one_claim = self.claims_of(&claim.account).all(|held| held.post == claim.post);
        assert!(of_one_claim && self.waits(&claim.account).is_none(), "one_place_per_account");
        self.line.push(claim);
        if !self.gathering {
            assert_eq!(place as usize, self.line.len(), "a waiter's place is correct");
        }
    }

    /// Takes units of a waiter's claim off the waitlist.
    fn served(&mut self, account: &Account, units: u32) -> Claim {
        let ahead = self.waits(account).expect("only waiters are served");
        let partial = self.terms.rules.partial;
        let free = self.available();
        let passed = self.line.iter().take(ahead).any(|claim| partial || claim.units <= free);
        assert!(!passed, "first_come_first_served");
        let waiter = self.line.get_mut(ahead).expect("just found");
        let total = |units| self.terms.total_at(units, waiter.rate).expect("countable");
        let part = Claim { units, amount: total(units), ..waiter.clone() };
        if waiter.units == units {
            return self.line.remove(ahead);
        }
        assert!(partial && units == free, "parts are as large as they can be");
        let rest = waiter.units - units;
        (waiter.amount, waiter.units) = (total(rest), rest);
        part
    }

    fn live(&mut self, id: ReservationId) -> &mut Live {
        self.live.get_mut(&id.ordinal).expect("facts_name_live_reservations")
    }

    fn turn(&mut self, id: ReservationId, from: Stage, to: Stage) {
        let live = self.live(id);
        assert_eq!(live.stage, from, "every reservation lives as the table of transitions says");
        live.stage = to;
    }

    fn end(&mut self, id: ReservationId, account: &Account, units: u32, from: &[Stage]) -> Live {
        let live = self.live.remove(&id.ordinal).expect("facts_name_live_reservations");
        assert!(from.contains(&live.stage), "{:?} does not end so", live.stage);
        assert_eq!((&live.claim.account, live.claim.units), (account, units));
        self.ended.insert(id.ordinal);
        live
    }

    fn book(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Reserved { id, claim, deadline } => {
                assert!(
                    !self.a_waiter_is_passed_over(),
                    "first_come_first_served: the claim overtook the waitlist"
                );
                assert!(!self.gathering, "no waiter is served while claims are gathered");
                assert!(self.paused.is_none() && !self.closed, "a paused or closed sale takes no claims");
                assert!(
                    claim.posted_at >= self.terms.opens && claim.posted_at < self.terms.closes.after(),
                    "only claims within the sale count"
                );
                assert!(claim.posted_at <= at, "no post is later than its arrival");
                self.grant(*id, (**claim).clone(), *deadline);
            }
            Event::Waitlisted { claim, place, .. } => self.join((**claim).clone(), *place),
            Event::Entered { claim, .. } => self.join((**claim).clone(), 0),
            Event::Drawn { seed, .. } => self.draw(seed),
            Event::Restocked { units, .. } => self.allotment += units,
            Event::Withdrawn { units, .. } => self.allotment -= units,
            Event::WaiterConfirmed { account, place, .. } => {
                let ahead = self.waits(account).expect("only waiters confirm ahead");
                let expected = if self.gathering { 0 } else { ahead + 1 };
                assert_eq!(*place as usize, expected, "a waiter's place is correct");
            }
            Event::Promoted { id, account, units, deadline } => {
                let claim = self.served(account, *units);
                self.grant(*id, claim, *deadline);
            }
            Event::Prompted { id, deadline, .. } => {
                let live = self.live(*id);
                assert!(*deadline <= live.deadline, "a prompt never lengthens a window");
                live.deadline = *deadline;
            }
            Event::Joined { id, account, units, into } => {
                let joined = self.end(*id, account, *units, &[Stage::Held]);
                let terms = Arc::clone(&self.terms);
                let kept = self.live(ReservationId { ordinal: *into, ..*id });
                assert_eq!((&kept.claim.post, kept.stage), (&joined.claim.post, Stage::Held));
                kept.claim.units += units;
                kept.claim.amount = terms.total_at(kept.claim.units, kept.claim.rate).expect("countable");
            }
            Event::Confirmed { id, account, units, .. } => {
                assert_eq!(self.live(*id).claim.account, *account, "only the author confirms");
                assert_eq!(self.live(*id).claim.units, *units);
                self.turn(*id, Stage::Held, Stage::Confirmed);
            }
            Event::Authorized(Authorized { id, .. }) => self.turn(*id, Stage::Confirmed, Stage::Authorized),
            Event::Sold { id, account, units, amount, .. } => {
                let live = self.end(*id, account, *units, &[Stage::Authorized]);
                assert_eq!(live.claim.amount, *amount, "the price agreed is the price captured");
                self.sold += units;
                self.sold_orders.insert(id.ordinal, live.claim);
                *self.sold_to.entry(account.clone()).or_default() += units;
            }
            Event::Declined { id, account, units, .. } => {
                self.end(*id, account, *units, &[Stage::Confirmed, Stage::Authorized]);
            }
            Event::Expired { id, account, units } => {
                let live = self.end(*id, account, *units, &[Stage::Held]);
                assert!(at >= live.deadline.plus(self.terms.late_grace), "never_released_early");
                assert!(
                    self.paused.is_none_or(|(_, frozen)| !frozen),
                    "nothing expires while deadlines are frozen"
                );
            }
            Event::Released { id, account, units, .. } => {
                self.end(*id, account, *units, &[Stage::Held]);
            }
            Event::LeftLine { account, .. } => {
                let ahead = self.waits(account).expect("only waiters leave the line");
                self.line.remove(ahead);
            }
            Event::LineEnded { account, .. } => {
                assert!(
                    self.closed && self.live.is_empty(),
                    "no_waiter_is_dismissed_while_units_may_come_back"
                );
                assert!(!self.a_waiter_is_passed_over(), "nobody_sent_home_while_units_are_there");
                assert_eq!(self.waits(account), Some(0), "the line ends from its head");
                self.line.remove(0);
            }
            Event::OfferPaused { deadlines, .. } => {
                assert!(self.paused.is_none() && !self.closed, "only what is on sale is paused");
                self.paused = Some((at, *deadlines == Deadlines::Freeze));
            }
            Event::OfferResumed { moved, .. } => {
                let (since, frozen) = self.paused.take().expect("only what is paused is resumed");
                assert_eq!(*moved, if frozen { at.since(since) } else { Millis::ZERO });
                // What had run out when the sale was paused stays so.
                for live in self.live.values_mut().filter(|live| live.deadline > since) {
                    live.deadline = live.deadline.plus(*moved);
                }
            }
            Event::CloseOrdered { line, .. } => self.line_released = *line == LineAtClose::Release,
            Event::LineReleased { account, .. } => {
                assert!(self.closed && self.line_released, "only an operator releases the line");
                assert_eq!(self.waits(account), Some(0), "the line is released from its head");
                self.line.remove(0);
            }
            Event::OfferClosed { .. } => self.closed = true,
            Event::OfferSoldOut { .. } => {
                assert_eq!(self.sold, self.allotment, "a sold-out offer has sold every unit")
            }
            Event::TakenBack { id, account, units, noted, .. } => {
                self.take_back(*id, account, *units, *noted);
            }
            Event::Refunded { id, account, units, amount, .. } => {
                let live = self.end(*id, account, *units, &[Stage::Returning]);
                assert_eq!(live.claim.amount, *amount, "what was captured goes back");
            }
            Event::OfferAdded { .. }
            | Event::OfferCorrected { .. }
            | Event::CreditOfferCorrected { .. }
            | Event::OfferOpened { .. }
            | Event::ConfirmParked { .. }
            | Event::ParkingEnded { .. }
            | Event::CancelParked { .. }
            | Event::ClaimCancelled { .. }
            | Event::DeletionParked { .. }
            | Event::Delivered(_)
            | Event::DeadLettered { .. }
            | Event::TakeBackNoted { .. }
            | Event::BackOnSale { .. }
            | Event::OrderFinal { .. }
            | Event::Disputed { .. }
            | Event::FraudWarned { .. }
            | Event::PromptMailed { .. }
            | Event::PromptMailDelivered { .. }
            | Event::ReminderDue { .. }
            | Event::ConfirmationHeard { .. }
            | Event::Dropped { .. }
            | Event::MailBounced { .. }
            | Event::AccountFrozen { .. }
            | Event::AccountUnfrozen { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountOptedIn { .. }
            | Event::CreditOfferAdded { .. }
            | Event::Enrolled { .. }
            | Event::PurchaseCredited { .. }
            | Event::PurchaseNotCounted { .. }
            | Event::RefundParked { .. }
            | Event::TransactionParked { .. }
            | Event::CreditReversed { .. }
            | Event::LanePaused { .. }
            | Event::LaneProbed { .. }
            | Event::LaneResumed { .. }
            | Event::DeadLetterRetried { .. }
            | Event::DeadLetterSettled { .. } => {}
        }
        self.available();
    }

    /// An order taken back before the capture returns its units at once; a captured one when it is refunded.
    fn take_back(&mut self, id: ReservationId, account: &Account, units: u32, noted: bool) {
        if !noted && self.live.contains_key(&id.ordinal) {
            self.end(id, account, units, &[Stage::Confirmed]);
            self.taken_back.insert(id.ordinal);
            return;
        }
        let claim = self.sold_orders.remove(&id.ordinal).expect("only what is sold is refunded");
        assert_eq!((&claim.account, claim.units), (account, units));
        self.sold -= units;
        *self.sold_to.get_mut(account).expect("it was sold to the account") -= units;
        self.ended.remove(&id.ordinal);
        let stage = Stage::Returning;
        self.live.insert(id.ordinal, Live { claim, stage, deadline: Timestamp::MIN });
    }

    /// Recomputes the draw from the seed; later waiters stay behind, in order.
    fn draw(&mut self, seed: &Seed) {
        let ends = self.terms.draw_window_ends().expect("only drawn openings draw");
        let (entered, behind): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.line).into_iter().partition(|claim| claim.posted_at < ends);
        let lines: Vec<_> = entered.iter().map(|claim| entry_line(&claim.account, &claim.post)).collect();
        self.line = draw(seed, &lines).into_iter().map(|lot| entered[lot].clone()).chain(behind).collect();
        self.gathering = false;
    }

    /// Checks that each payment step happens once, in order, and never without a confirmation.
    fn ask(&mut self, effect: &Effect) {
        let (Effect::Authorize(payment)
        | Effect::Capture(payment)
        | Effect::Void(payment)
        | Effect::Refund(payment)
        | Effect::Order(payment)) = effect
        else {
            return;
        };
        let ordinal = payment.id.ordinal;
        let stage = self.live.get(&ordinal).map(|live| live.stage);
        let asked = self.asked.entry(ordinal).or_default();
        match effect {
            Effect::Authorize(_) => {
                assert_eq!(stage, Some(Stage::Confirmed), "never_charged_without_confirmation");
                asked.authorize += 1;
            }
            Effect::Capture(_) => {
                assert_eq!(stage, Some(Stage::Authorized), "never_captured_before_authorized");
                asked.capture += 1;
            }
            Effect::Void(_) => {
                let releasable = asked.capture == 1 || self.taken_back.contains(&ordinal);
                assert!(stage.is_none() && releasable, "only what was authorized is voided");
                asked.void += 1;
            }
            Effect::Refund(_) => {
                // What could not be voided was captured in spite of everything.
                let is_not_voided = stage.is_none() && asked.void == 1;
                let is_taken_back = stage == Some(Stage::Returning) && asked.capture == 1;
                assert!(is_taken_back || is_not_voided, "only what is taken back is refunded");
                assert!(asked.order == 0, "only what is not shipped is refunded");
                asked.refund += 1;
            }
            Effect::Order(_) => {
                assert!(stage.is_none() && asked.capture == 1, "only what was captured is ordered");
                asked.order += 1;
            }
            _ => unreachable!("not a payment"),
        }
        let once = [asked.authorize, asked.capture, asked.void, asked.refund, asked.order];
        let once = once.iter().all(|&times| times <= 1);
        let ends = asked.void.max(asked.refund) + asked.order;
        assert!(once && ends <= 1, "never_charged_twice: {asked:?}");
    }

    fn agrees(&self, no: OfferNo, campaign: &Campaign) {
        let offer = campaign.offer(no).expect("the offer was added");
        let counts = offer.counts();
        assert_eq!(counts.available + counts.reserved + counts.sold, counts.allotment, "conservation");
        let books = (self.available(), self.reserved(), self.sold, self.line.len() as u32);
        assert_eq!(
            (counts.available, counts.reserved, counts.sold, counts.waiting),
            books,
            "the ledger agrees"
        );
        let due = offer.next_deadline() == Some(Timestamp::MIN);
        assert!(due || !self.a_waiter_is_passed_over(), "nobody_waits_while_a_unit_is_free");
        let live: Vec<_> = offer.reservations().collect();
        assert_eq!(live.len(), self.live.len());
        for (id, reservation) in live {
            let live = self.live.get(&id.ordinal).expect("the ledger has it");
            let real = (&*reservation.claim, reservation.stage, reservation.deadline);
            assert_eq!(real, (&live.claim, live.stage, live.deadline));
            let session = campaign.session(&live.claim.account).expect("a holder has a session");
            let (_, holding) =
                session.held().find(|(of, _)| *of == no).expect("a session knows what it holds");
            let mut of_account = offer.reservations_of(holding).map(|(id, _)| id);
            assert!(of_account.any(|own| own == id), "an account has its reservations");
        }
        for (ahead, claim) in self.line.iter().enumerate() {
            let place = (!self.gathering).then_some(ahead as u32 + 1);
            let session = campaign.session(&claim.account).expect("a waiter has a session");
            let (_, holding) =
                session.held().find(|(of, _)| *of == no).expect("a session knows what it waits for");
            assert_eq!(offer.place_of(holding), place, "a waiter's place is correct");
        }
        for (account, sold) in &self.sold_to {
            let holding = campaign.session(account).and_then(|session| session.holding(no));
            assert_eq!(holding.map_or(0, Holding::sold), *sold);
        }
    }
}

/// The ledgers of all offers of a campaign.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    books: BTreeMap<OfferNo, OfferLedger>,
    /// Posts that placed an order; each places one.
    confirming: BTreeSet<(Account, PostId)>,
    last: Timestamp,
}

impl Ledger {
    /// Adds one record, or panics with the promise that it breaks.
    pub(crate) fn book(&mut self, record: &Record) {
        assert!(record.at >= self.last, "journal time never goes back");
        self.last = record.at;
        for event in &record.decision.events {
            if let Event::OfferAdded { offer, terms } = event {
                let before = self.books.insert(*offer, OfferLedger::new((**terms).clone()));
                assert!(before.is_none(), "an offer's number is given once");
            }
            if let Event::Confirmed { account, post, way, .. } = event {
                let new = self.confirming.insert((account.clone(), post.clone()));
                let in_parts = matches!(way, Way::Waiting | Way::OneStep);
                assert!(new || in_parts, "one post places one order, but for a claim served in parts");
            }
            if let Some(book) = event.offer().and_then(|no| self.books.get_mut(&no)) {
                book.book(record.at, event);
            }
        }
        for effect in &record.decision.effects {
            if let Some(book) = self.books.get_mut(&effect.offer()) {
                book.ask(effect);
            }
        }
    }

    /// Compares the ledger with the campaign's own state.
    pub(crate) fn assert_agrees(&self, campaign: &Campaign) {
        for (no, book) in &self.books {
            book.agrees(*no, campaign);
        }
    }
}
