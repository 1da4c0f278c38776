//! Answers: the result of each post that concerns the shop, and of each step that time or a provider decides.

use super::event::{Event, Way};
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::money::Money;
use super::outcome::Outcome;
use super::time::Timestamp;
use super::transaction::{Transaction, TransactionId};

/// The outcome of one post or card transaction, or of a step that time or a provider decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The post that is answered; `None` for a card transaction and for a step of time or of a provider.
    pub post: Option<PostId>,
    /// The post's author, or the account that the step concerns.
    pub account: Account,
    /// The offer; `None` if the answer concerns no offer.
    pub offer: Option<OfferNo>,
    /// The outcome code.
    pub outcome: Outcome,
    /// The reservation that the answer concerns.
    pub reservation: Option<ReservationId>,
    /// Units that the answer concerns.
    pub units: u32,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// Until when a parked confirmation waits for its claim; until then the answer is not final.
    pub parked_until: Option<Timestamp>,
    /// Details of a card transaction. Boxed because posts have none, and their answers are kept small.
    pub transacted: Option<Box<Transacted>>,
    /// Whether the post was decided before; this answer repeats the earlier one.
    pub duplicate: bool,
    /// Whether an `overloaded` answer concerns this account alone: the posts of others find room.
    pub others_have_room: bool,
    /// When the answer was decided, in journal time.
    pub at: Timestamp,
}

/// The part of an answer that only a card transaction has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transacted {
    /// The card transaction that is answered.
    pub transaction: TransactionId,
    /// The amount that was credited or taken back.
    pub credit: Option<Money>,
    /// Purchases of the card that can still earn a credit.
    pub uses_left: Option<u32>,
}

impl Answer {
    /// An answer that concerns no reservation.
    #[must_use]
    pub fn new(at: Timestamp, post: Option<PostId>, account: Account, outcome: Outcome) -> Self {
        Self {
            post,
            account,
            offer: None,
            outcome,
            reservation: None,
            units: 0,
            place: None,
            parked_until: None,
            transacted: None,
            duplicate: false,
            others_have_room: false,
            at,
        }
    }

    /// Ranks the answers of several offers to one transaction, or of several partitions to one post; the
    /// greatest is delivered. An offer that is concerned goes before one that is not, then a credited
    /// purchase, then a first delivery.
    #[must_use]
    pub fn weight(&self) -> (bool, bool, bool) {
        (self.outcome != Outcome::NotRelevant, self.credit().is_some(), !self.duplicate)
    }

    fn of(self, offer: OfferNo, units: u32) -> Self {
        Self { offer: Some(offer), units, ..self }
    }

    fn reserved(self, id: ReservationId, units: u32) -> Self {
        Self { reservation: Some(id), ..self.of(id.offer, units) }
    }

    /// Builds the answer to a card transaction, which has no post.
    #[must_use]
    pub fn to_transaction(
        at: Timestamp,
        offer: OfferNo,
        account: &Account,
        outcome: Outcome,
        transacted: Transacted,
    ) -> Self {
        Self {
            transacted: Some(Box::new(transacted)),
            ..Self::new(at, None, account.clone(), outcome).of(offer, 0)
        }
    }

    /// The amount that was credited or taken back.
    #[must_use]
    pub fn credit(&self) -> Option<Money> {
        self.transacted.as_ref()?.credit
    }

    /// The answer to an event that was recorded at `at`; `None` for an event that answers nothing.
    #[must_use]
    pub fn to_event(at: Timestamp, event: &Event) -> Option<Self> {
        let new = |post: Option<&PostId>, account: &Account, outcome| {
            Self::new(at, post.cloned(), account.clone(), outcome)
        };
        let transacted = |offer, account: &Account, transaction: &Transaction, outcome, credit, uses_left| {
            let transacted = Transacted { transaction: transaction.id.clone(), credit, uses_left };
            Self::to_transaction(at, offer, account, outcome, transacted)
        };
        Some(match event {
            Event::Reserved { id, claim, .. } => {
                new(Some(&claim.post), &claim.account, Outcome::Reserved).reserved(*id, claim.units)
            }
            Event::Waitlisted { offer, claim, place } => Self {
                place: Some(*place),
                ..new(Some(&claim.post), &claim.account, Outcome::Waitlisted).of(*offer, claim.units)
            },
            Event::WaiterConfirmed { offer, account, post, place } => Self {
                // Waiters have no places before the draw.
                place: (*place > 0).then_some(*place),
                ..new(Some(post), account, Outcome::Waitlisted).of(*offer, 0)
            },
            Event::Promoted { id, account, units, .. } => {
                new(None, account, Outcome::Promoted).reserved(*id, *units)
            }
            Event::ConfirmParked { offer, account, post, until, .. }
            | Event::CancelParked { offer, account, post, until, .. } => Self {
                parked_until: Some(*until),
                ..new(Some(post), account, Outcome::NothingToConfirm).of(*offer, 0)
            },
            Event::ParkingEnded { offer, account, post } => {
                new(Some(post), account, Outcome::NothingToConfirm).of(*offer, 0)
            }
            Event::ClaimCancelled { offer, account, post, units, .. } => {
                new(Some(post), account, Outcome::Released).of(*offer, *units)
            }
            Event::Confirmed { id, account, post, units, way } => {
                // A confirmation made while waiting was answered then; the promotion is a step of time.
                let post = (*way != Way::Waiting).then_some(post);
                new(post, account, Outcome::Confirmed).reserved(*id, *units)
            }
            Event::Sold { id, account, units, .. } => new(None, account, Outcome::Sold).reserved(*id, *units),
            Event::Declined { id, account, units, .. } => {
                new(None, account, Outcome::Declined).reserved(*id, *units)
            }
            Event::Expired { id, account, units } => {
                new(None, account, Outcome::Expired).reserved(*id, *units)
            }
            Event::Released { id, account, units, post } => {
                new(Some(post), account, Outcome::Released).reserved(*id, *units)
            }
            Event::LeftLine { offer, account, units, post } => {
                new(Some(post), account, Outcome::Released).of(*offer, *units)
            }
            Event::LineEnded { offer, account, units } => {
                new(None, account, Outcome::SoldOut).of(*offer, *units)
            }
            Event::LineReleased { offer, account, units } => {
                new(None, account, Outcome::Closed).of(*offer, *units)
            }
            Event::Entered { offer, claim } => {
                new(Some(&claim.post), &claim.account, Outcome::Waitlisted).of(*offer, claim.units)
            }
            Event::TakeBackNoted { id, account, units, post } => {
                new(Some(post), account, Outcome::Released).reserved(*id, *units)
            }
            Event::TakenBack { id, account, units, post, noted } => {
                // A post that was noted during the capture was answered then.
                new((!noted).then_some(post), account, Outcome::Released).reserved(*id, *units)
            }
            Event::Refunded { id, account, units, .. } => {
                new(None, account, Outcome::Refunded).reserved(*id, *units)
            }
            Event::AccountFrozen { account, post, .. } => new(Some(post), account, Outcome::Frozen),
            Event::AccountSilenced { account, post, .. } => new(Some(post), account, Outcome::OptedOut),
            Event::AccountOptedIn { account, post, .. } => new(Some(post), account, Outcome::OptedIn),
            Event::Enrolled { offer, enrollment } => {
                new(Some(&enrollment.post), &enrollment.account, Outcome::Enrolled).of(*offer, 0)
            }
            Event::PurchaseCredited { offer, account, transaction, credit, uses_left } => {
                transacted(*offer, account, transaction, Outcome::Credited, Some(*credit), Some(*uses_left))
            }
            Event::PurchaseNotCounted { offer, account, transaction, reason, uses_left } => {
                transacted(*offer, account, transaction, *reason, None, Some(*uses_left))
            }
            Event::RefundParked { offer, account, transaction } => {
                transacted(*offer, account, transaction, Outcome::NothingToConfirm, None, None)
            }
            Event::TransactionParked { offer, account, transaction, until } => Self {
                parked_until: Some(*until),
                ..transacted(*offer, account, transaction, Outcome::NotEnrolled, None, None)
            },
            Event::CreditReversed { offer, account, transaction, reversed } => {
                transacted(*offer, account, transaction, Outcome::CreditReversed, Some(*reversed), None)
            }
            Event::OfferAdded { .. }
            | Event::CreditOfferAdded { .. }
            | Event::OfferOpened { .. }
            | Event::OfferSoldOut { .. }
            | Event::OfferClosed { .. }
            | Event::Prompted { .. }
            | Event::Authorized(_)
            | Event::Delivered(_)
            | Event::DeadLettered { .. }
            | Event::Restocked { .. }
            | Event::BackOnSale { .. }
            | Event::Withdrawn { .. }
            | Event::Drawn { .. }
            | Event::OrderFinal { .. }
            | Event::Disputed { .. }
            | Event::FraudWarned { .. }
            | Event::OfferPaused { .. }
            | Event::OfferResumed { .. }
            | Event::CloseOrdered { .. }
            | Event::OfferCorrected { .. }
            | Event::CreditOfferCorrected { .. }
            | Event::PromptMailed { .. }
            | Event::PromptMailDelivered { .. }
            | Event::ReminderDue { .. }
            | Event::ConfirmationHeard { .. }
            | Event::Dropped { .. }
            | Event::MailBounced { .. }
            | Event::Joined { .. }
            | Event::DeletionParked { .. }
            | Event::AccountUnfrozen { .. }
            | Event::LanePaused { .. }
            | Event::LaneProbed { .. }
            | Event::LaneResumed { .. }
            | Event::DeadLetterRetried { .. }
            | Event::DeadLetterSettled { .. } => return None,
        })
    }

    /// Merges the answers to two events of one post into one: the later answer counts, with two exceptions. A
    /// claim that got a part of its units stays reserved or confirmed though the rest waits, and released
    /// units are added up.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        match (self.outcome, later.outcome) {
            (Outcome::Reserved | Outcome::Confirmed, Outcome::Waitlisted) => {
                Self { place: later.place, ..self }
            }
            (Outcome::Released, Outcome::Released) => {
                let reservation = self.reservation.or(later.reservation);
                Self { reservation, units: self.units + later.units, ..later }
            }
            _ => later,
        }
    }

    /// The answers that a decision gives, in the order of its events: one for each post.
    #[must_use]
    pub fn to_decision(at: Timestamp, events: &[Event]) -> Vec<Self> {
        let mut answers: Vec<Self> = Vec::with_capacity(events.len());
        for answer in events.iter().filter_map(|event| Self::to_event(at, event)) {
            let earlier =
                answers.iter_mut().find(|earlier| answer.post.is_some() && earlier.post == answer.post);
            match earlier {
                Some(earlier) => *earlier = earlier.clone().then(answer),
                None => answers.push(answer),
            }
        }
        answers
    }
}
