//! A post that was decided, and what was answered: as much of it as a second delivery must be told.

use serde::{Deserialize, Serialize};

use crate::domain::answer::Answer;
use crate::domain::id::{Account, OfferNo, PostId, ReservationId};
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// What is remembered of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) post: PostId,
    outcome: Outcome,
    offer: OfferNo,
    ordinal: Option<u32>,
    units: u32,
    place: Option<u32>,
    pub(super) at: Timestamp,
}

impl Seen {
    /// What of an answer is remembered, and by whose session; nothing of one that is to no post, or about
    /// no offer.
    pub(super) fn of(answer: Answer) -> Option<(Self, Account)> {
        let Answer { post, account, outcome, offer, reservation, units, place, at, .. } = answer;
        let ordinal = reservation.map(|id| id.ordinal);
        Some((Self { post: post?, outcome, offer: offer?, ordinal, units, place, at }, account))
    }

    /// The answer to that account once more.
    pub(super) fn answer(&self, account: &Account) -> Answer {
        Answer {
            offer: Some(self.offer),
            reservation: self.ordinal.map(|ordinal| ReservationId { offer: self.offer, ordinal }),
            units: self.units,
            place: self.place,
            ..Answer::new(self.at, Some(self.post.clone()), account.clone(), self.outcome)
        }
    }

    /// What is remembered when another answer to the same post comes: of two facts of one decision the one
    /// answer that they are; what a later decision says replaces it.
    pub(super) fn then(&mut self, later: Self, account: &Account) {
        if self.at == later.at {
            let merged = self.answer(account).then(later.answer(account));
            let ordinal = merged.reservation.map(|id| id.ordinal);
            let Answer { outcome, units, place, .. } = merged;
            *self = Self { outcome, ordinal, units, place, ..later };
        } else {
            *self = later;
        }
    }
}
