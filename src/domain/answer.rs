//! Answers: what is said about each post that mattered, and about each turn that time or a provider decided.

use super::event::{Event, Way};
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::outcome::Outcome;
use super::time::Timestamp;

/// The outcome of one post, or of one turn that no post brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The post; none for a turn of time or of a provider.
    pub post: Option<PostId>,
    /// Whose.
    pub account: Account,
    /// Of which offer.
    pub offer: Option<OfferNo>,
    /// What became of it.
    pub outcome: Outcome,
    /// The reservation concerned.
    pub reservation: Option<ReservationId>,
    /// How many units it is about.
    pub units: u32,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// Until when a parked confirmation waits for its claim: the answer is not final before.
    pub parked_until: Option<Timestamp>,
    /// Whether the post had been decided before: this repeats what was answered then.
    pub duplicate: bool,
    /// Journal time.
    pub at: Timestamp,
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
            duplicate: false,
            at,
        }
    }

    fn of(self, offer: OfferNo, units: u32) -> Self {
        Self { offer: Some(offer), units, ..self }
    }

    fn reserved(self, id: ReservationId, units: u32) -> Self {
        Self { reservation: Some(id), ..self.of(id.offer, units) }
    }

    /// The answer that an event of journal time `at` gives, if it gives one.
    #[must_use]
    pub fn to_event(at: Timestamp, event: &Event) -> Option<Self> {
        let new = |post: Option<&PostId>, account: &Account, outcome| {
            Self::new(at, post.cloned(), account.clone(), outcome)
        };
        Some(match event {
            Event::Reserved { id, claim, .. } => {
                new(Some(&claim.post), &claim.account, Outcome::Reserved).reserved(*id, claim.units)
            }
            Event::Waitlisted { offer, claim, place } => Self {
                place: Some(*place),
                ..new(Some(&claim.post), &claim.account, Outcome::Waitlisted).of(*offer, claim.units)
            },
            Event::WaiterConfirmed { offer, account, post, place } => {
                Self { place: Some(*place), ..new(Some(post), account, Outcome::Waitlisted).of(*offer, 0) }
            }
            Event::Promoted { id, account, units, .. } => {
                new(None, account, Outcome::Promoted).reserved(*id, *units)
            }
            Event::ConfirmParked { offer, account, post, until, .. } => Self {
                parked_until: Some(*until),
                ..new(Some(post), account, Outcome::NothingToConfirm).of(*offer, 0)
            },
            Event::ParkingEnded { offer, account, post } => {
                new(Some(post), account, Outcome::NothingToConfirm).of(*offer, 0)
            }
            Event::Confirmed { id, account, post, units, way } => {
                // A post that a waiter made ahead had its answer then; the promotion is time's turn.
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
            Event::OfferAdded { .. }
            | Event::OfferOpened { .. }
            | Event::OfferSoldOut { .. }
            | Event::OfferClosed { .. }
            | Event::Prompted { .. }
            | Event::Authorized { .. }
            | Event::Delivered { .. }
            | Event::DeadLettered { .. }
            | Event::Dropped { .. }
            | Event::AccountSilenced { .. }
            | Event::AccountHeard { .. } => return None,
        })
    }

    /// The answers that a decision gives, in order: one for each post, the last word on it.
    #[must_use]
    pub fn to_decision(at: Timestamp, events: &[Event]) -> Vec<Self> {
        let mut answers: Vec<Self> = Vec::with_capacity(events.len());
        for answer in events.iter().filter_map(|event| Self::to_event(at, event)) {
            // One post may bring about two facts: a one-step claim is reserved and confirmed at once.
            let earlier =
                answers.iter_mut().find(|earlier| answer.post.is_some() && earlier.post == answer.post);
            match earlier {
                Some(earlier) => *earlier = answer,
                None => answers.push(answer),
            }
        }
        answers
    }
}
