//! An independent bookkeeper: it reads the records of a campaign and nothing else, keeps its own
//! books, and holds every promise of the sale against every single fact.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashtag::domain::campaign::Campaign;
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::{Claim, Event};
use flashtag::domain::id::{Account, OfferNo, PostId, ReservationId};
use flashtag::domain::reservation::Stage;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Timestamp;

/// A live reservation, as the books have it.
#[derive(Debug, Clone)]
struct Kept {
    claim: Claim,
    stage: Stage,
    deadline: Timestamp,
}

/// What the card provider was asked for one order.
#[derive(Debug, Clone, Default)]
struct Asked {
    authorize: u32,
    capture: u32,
    void: u32,
    order: u32,
}

#[derive(Debug, Clone)]
struct Book {
    terms: Arc<Terms>,
    closed: bool,
    kept: BTreeMap<u32, Kept>,
    line: Vec<Claim>,
    sold: u32,
    sold_to: BTreeMap<Account, u32>,
    /// Reservations that ended; none ends twice or comes back.
    ended: BTreeSet<u32>,
    asked: BTreeMap<u32, Asked>,
}

impl Book {
    fn new(terms: Terms) -> Self {
        Self {
            terms: Arc::new(terms),
            closed: false,
            kept: BTreeMap::new(),
            line: Vec::new(),
            sold: 0,
            sold_to: BTreeMap::new(),
            ended: BTreeSet::new(),
            asked: BTreeMap::new(),
        }
    }

    fn reserved(&self) -> u32 {
        self.kept.values().map(|kept| kept.claim.units).sum()
    }

    fn available(&self) -> u32 {
        let taken = self.reserved() + self.sold;
        self.terms.units.checked_sub(taken).expect("never_oversold")
    }

    fn has(&self, account: &Account) -> bool {
        self.kept.values().any(|kept| kept.claim.account == *account)
    }

    fn waits(&self, account: &Account) -> Option<usize> {
        self.line.iter().position(|claim| claim.account == *account)
    }

    fn grant(&mut self, id: ReservationId, claim: Claim, deadline: Timestamp) {
        assert!(!self.has(&claim.account), "one_open_reservation_per_account: {}", claim.account);
        assert!(claim.units <= self.available(), "never_oversold");
        let sold = self.sold_to.get(&claim.account).copied().unwrap_or(0);
        assert!(sold + claim.units <= self.terms.limit_per_account, "never_above_the_limit");
        assert!(!self.ended.contains(&id.ordinal), "reservation_ids_are_not_used_twice");
        let before = self.kept.insert(id.ordinal, Kept { claim, stage: Stage::Held, deadline });
        assert!(before.is_none(), "reservation_ids_are_not_used_twice");
    }

    fn join(&mut self, claim: Claim, place: u32) {
        assert_eq!(self.available(), 0, "nobody_waits_while_a_unit_is_free");
        assert!(!self.has(&claim.account) && self.waits(&claim.account).is_none(), "one_place_per_account");
        self.line.push(claim);
        assert_eq!(place as usize, self.line.len(), "places_are_told_truly");
    }

    fn kept(&mut self, id: ReservationId) -> &mut Kept {
        self.kept.get_mut(&id.ordinal).expect("facts_name_live_reservations")
    }

    fn turn(&mut self, id: ReservationId, from: Stage, to: Stage) {
        let kept = self.kept(id);
        assert_eq!(kept.stage, from, "every reservation lives as the table of transitions says");
        kept.stage = to;
    }

    fn end(&mut self, id: ReservationId, account: &Account, units: u32, from: &[Stage]) -> Kept {
        let kept = self.kept.remove(&id.ordinal).expect("facts_name_live_reservations");
        assert!(from.contains(&kept.stage), "{:?} does not end so", kept.stage);
        assert_eq!((&kept.claim.account, kept.claim.units), (account, units));
        self.ended.insert(id.ordinal);
        kept
    }

    fn book(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Reserved { id, claim, deadline } => {
                assert!(self.line.is_empty(), "first_come_first_served: a newcomer overtook the line");
                assert!(
                    claim.posted_at >= self.terms.opens && claim.posted_at < self.terms.closes,
                    "only claims of the sale's own time count"
                );
                assert!(claim.posted_at <= at, "no post is later than its arrival");
                self.grant(*id, claim.clone(), *deadline);
            }
            Event::Waitlisted { claim, place, .. } => self.join(claim.clone(), *place),
            Event::WaiterConfirmed { account, place, .. } => {
                let ahead = self.waits(account).expect("only waiters confirm ahead");
                assert_eq!(*place as usize, ahead + 1, "places_are_told_truly");
            }
            Event::Promoted { id, account, units, deadline } => {
                assert_eq!(self.waits(account), Some(0), "first_come_first_served");
                let claim = self.line.remove(0);
                assert_eq!(claim.units, *units);
                self.grant(*id, claim, *deadline);
            }
            Event::Prompted { id, deadline, .. } => {
                let kept = self.kept(*id);
                assert!(*deadline <= kept.deadline, "a prompt never lengthens a window");
                kept.deadline = *deadline;
            }
            Event::Confirmed { id, account, units, .. } => {
                assert_eq!(self.kept(*id).claim.account, *account, "only the author confirms");
                assert_eq!(self.kept(*id).claim.units, *units);
                self.turn(*id, Stage::Held, Stage::Confirmed);
            }
            Event::Authorized { id, .. } => self.turn(*id, Stage::Confirmed, Stage::Authorized),
            Event::Sold { id, account, units, amount, .. } => {
                let kept = self.end(*id, account, *units, &[Stage::Authorized]);
                assert_eq!(kept.claim.amount, *amount, "the price agreed is the price captured");
                self.sold += units;
                *self.sold_to.entry(account.clone()).or_default() += units;
            }
            Event::Declined { id, account, units, .. } => {
                self.end(*id, account, *units, &[Stage::Confirmed, Stage::Authorized]);
            }
            Event::Expired { id, account, units } => {
                let kept = self.end(*id, account, *units, &[Stage::Held]);
                assert!(at >= kept.deadline.plus(self.terms.late_grace), "never_released_early");
            }
            Event::Released { id, account, units, .. } => {
                self.end(*id, account, *units, &[Stage::Held]);
            }
            Event::LeftLine { account, .. } => {
                let ahead = self.waits(account).expect("only waiters leave the line");
                self.line.remove(ahead);
            }
            Event::LineEnded { account, .. } => {
                assert!(self.closed && self.kept.is_empty(), "nobody_sent_home_while_units_may_come_back");
                assert_eq!(self.waits(account), Some(0), "the line ends from its head");
                self.line.remove(0);
            }
            Event::OfferClosed { .. } => self.closed = true,
            Event::OfferSoldOut { .. } => assert_eq!(self.sold, self.terms.units, "sold out means sold"),
            Event::OfferAdded { .. }
            | Event::OfferOpened { .. }
            | Event::ConfirmParked { .. }
            | Event::ParkingEnded { .. }
            | Event::Delivered { .. }
            | Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountHeard { .. } => {}
        }
        self.available();
    }

    /// Money moves once, in its order, and never without a confirmation.
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
        let stage = self.kept.get(&ordinal).map(|kept| kept.stage);
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
                assert!(stage.is_none() && asked.capture == 1, "only what was authorized is voided");
                asked.void += 1;
            }
            Effect::Order(_) => {
                assert!(stage.is_none() && asked.capture == 1, "only what was captured is ordered");
                asked.order += 1;
            }
            _ => panic!("a purchase that nobody takes back is not refunded"),
        }
        let once = [asked.authorize, asked.capture, asked.void, asked.order].iter().all(|&times| times <= 1);
        assert!(once && asked.void + asked.order <= 1, "never_charged_twice: {asked:?}");
    }

    fn agrees(&self, no: OfferNo, campaign: &Campaign) {
        let offer = campaign.offer(no).expect("the offer was added");
        let counts = offer.counts();
        assert_eq!(counts.available + counts.reserved + counts.sold, counts.allotment, "conservation");
        let books = (self.available(), self.reserved(), self.sold, self.line.len() as u32);
        assert_eq!(
            (counts.available, counts.reserved, counts.sold, counts.waiting),
            books,
            "the books agree"
        );
        assert!(counts.available == 0 || counts.waiting == 0, "nobody_waits_while_a_unit_is_free");
        let live: Vec<_> = offer.reservations().collect();
        assert_eq!(live.len(), self.kept.len());
        for (id, reservation) in live {
            let kept = self.kept.get(&id.ordinal).expect("the books know it");
            let real = (&reservation.claim, reservation.stage, reservation.deadline);
            assert_eq!(real, (&kept.claim, kept.stage, kept.deadline));
            let of_account = offer.reservation_of(&kept.claim.account).map(|(id, _)| id);
            assert_eq!(of_account, Some(id), "one_open_reservation_per_account");
            let session = campaign.session(&kept.claim.account).expect("who holds has a session");
            assert!(session.held().contains(&no), "a session knows what it holds");
        }
        for (ahead, claim) in self.line.iter().enumerate() {
            assert_eq!(offer.place_of(&claim.account), Some(ahead as u32 + 1), "places_are_told_truly");
            assert!(offer.reservation_of(&claim.account).is_none(), "who waits has nothing");
            let session = campaign.session(&claim.account).expect("who waits has a session");
            assert!(session.held().contains(&no), "a session knows what it waits for");
        }
        for (account, sold) in &self.sold_to {
            assert_eq!(offer.sold_to(account), *sold);
        }
    }
}

/// The books of all offers of a campaign.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    books: BTreeMap<OfferNo, Book>,
    /// Posts by which an order was placed: each places one.
    confirming: BTreeSet<(Account, PostId)>,
    last: Timestamp,
}

impl Ledger {
    /// Books one record, or panics with the promise that it breaks.
    pub(crate) fn book(&mut self, record: &Record) {
        assert!(record.at >= self.last, "journal time never goes back");
        self.last = record.at;
        for event in &record.decision.events {
            if let Event::OfferAdded { offer, terms } = event {
                let before = self.books.insert(*offer, Book::new((**terms).clone()));
                assert!(before.is_none(), "an offer's number is given once");
            }
            if let Event::Confirmed { account, post, .. } = event {
                let new = self.confirming.insert((account.clone(), post.clone()));
                assert!(new, "one post places one order");
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

    /// Compares the books with what the campaign says of itself.
    pub(crate) fn assert_agrees(&self, campaign: &Campaign) {
        for (no, book) in &self.books {
            book.agrees(*no, campaign);
        }
    }
}
