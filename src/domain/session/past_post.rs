//! A post that was decided or refused, and what a second delivery of it is answered.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::domain::answer::Answer;
use crate::domain::id::{Account, OfferNo, PostId, ReservationId};
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};

/// How long an account is not told the same "no" about the same offer again.
pub const TOLD_FOR: Millis = Millis::from_secs(3600);

/// What a post is remembered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kept {
    /// It was decided, as the journal says.
    Decided,
    /// It was refused, of which the journal does not know.
    Refused {
        /// Whether its author was told so.
        told: bool,
    },
    /// What its author was told; what was answered to the post itself is forgotten.
    Told,
}

/// What is remembered of an answer, beside its [`Details`], which most have none of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PastPost {
    pub(super) post: PostId,
    pub(super) at: Timestamp,
    pub(super) offer: OfferNo,
    pub(super) outcome: Outcome,
    pub(super) kept: Kept,
}

/// What more an answer may say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Details {
    pub(super) ordinal: Option<NonZeroU32>,
    pub(super) units: u32,
    pub(super) place: Option<NonZeroU32>,
}

impl PastPost {
    /// What of an answer is remembered; nothing of one that is to no post, or about no offer.
    pub(super) fn of(answer: &Answer, kept: Kept) -> Option<(Self, Details)> {
        let (post, offer) = (answer.post.clone()?, answer.offer?);
        let ordinal = answer.reservation.and_then(|id| NonZeroU32::new(id.ordinal));
        let place = answer.place.and_then(NonZeroU32::new);
        let seen = Self { post, at: answer.at, offer, outcome: answer.outcome, kept };
        Some((seen, Details { ordinal, units: answer.units, place }))
    }

    /// The answer to that account once more.
    pub(super) fn answer(&self, details: Details, account: &Account) -> Answer {
        let reservation = |ordinal: NonZeroU32| ReservationId { offer: self.offer, ordinal: ordinal.get() };
        Answer {
            offer: Some(self.offer),
            reservation: details.ordinal.map(reservation),
            units: details.units,
            place: details.place.map(NonZeroU32::get),
            ..Answer::new(self.at, Some(self.post.clone()), account.clone(), self.outcome)
        }
    }

    /// What is remembered when another answer to the same post comes: of two events of one decision the one
    /// answer that they are; what a later decision says replaces it.
    pub(super) fn then(self, details: Details, later: &Answer) -> (Self, Details) {
        let merged = (self.at == later.at).then(|| self.answer(details, &later.account).then(later.clone()));
        Self::of(merged.as_ref().unwrap_or(later), self.kept).unwrap_or((self, details))
    }

    /// Whether that post is the one, and what was answered to it is remembered.
    pub(super) fn answers(&self, post: &PostId) -> bool {
        self.post == *post && self.kept != Kept::Told
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.kept, Kept::Refused { .. })
    }

    /// Whether the author was told so lately.
    pub(super) fn is_told(&self, at: Timestamp) -> bool {
        matches!(self.kept, Kept::Told | Kept::Refused { told: true }) && at.since(self.at) < TOLD_FOR
    }

    /// What there is to remember of it at `at`, if posts are forgotten that were decided before `horizon`.
    pub(super) fn lasting(&self, horizon: Timestamp, at: Timestamp) -> Option<Kept> {
        if self.kept != Kept::Told && self.at >= horizon {
            Some(self.kept)
        } else {
            self.is_told(at).then_some(Kept::Told)
        }
    }

    /// Forgets what was answered to the post. Returns whether anything is left: what its author was told.
    pub(super) fn forget_answer(&mut self, at: Timestamp) -> bool {
        let told = self.is_told(at);
        self.kept = Kept::Told;
        told
    }
}
