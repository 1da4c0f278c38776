//! A post that was decided or refused, and the answer that a second delivery gets.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::domain::answer::Answer;
use crate::domain::id::{Account, OfferNo, PostId, ReservationId};
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};

/// How long an account is not notified again of the same refusal of the same offer.
pub const RENOTIFY_AFTER: Millis = Millis::from_secs(3600);

/// Why a post is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kept {
    /// It was decided; the journal records the decision.
    Decided,
    /// It was refused; the journal does not record refusals.
    Refused {
        /// Whether its author was notified of the refusal.
        notified: bool,
    },
    /// Its author was notified of the outcome; the answer to the post itself is forgotten.
    Notified,
}

/// The part of an answer that every remembered post has. Most answers have no [`Details`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PastPost {
    pub(super) post: PostId,
    pub(super) at: Timestamp,
    pub(super) offer: OfferNo,
    pub(super) outcome: Outcome,
    pub(super) kept: Kept,
}

/// The optional part of a remembered answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Details {
    pub(super) ordinal: Option<NonZeroU32>,
    pub(super) units: u32,
    pub(super) place: Option<NonZeroU32>,
}

impl PastPost {
    /// Splits an answer into what is remembered; none if it names no post or no offer.
    pub(super) fn of(answer: &Answer, kept: Kept) -> Option<(Self, Details)> {
        let (post, offer) = (answer.post.clone()?, answer.offer?);
        let ordinal = answer.reservation.and_then(|id| NonZeroU32::new(id.ordinal));
        let place = answer.place.and_then(NonZeroU32::new);
        let seen = Self { post, at: answer.at, offer, outcome: answer.outcome, kept };
        Some((seen, Details { ordinal, units: answer.units, place }))
    }

    /// Rebuilds the answer to `account`.
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

    /// Combines this with a later answer to the same post. Two events of one decision merge into one answer;
    /// the answer of a later decision replaces this one.
    pub(super) fn then(self, details: Details, later: &Answer) -> (Self, Details) {
        let merged = (self.at == later.at).then(|| self.answer(details, &later.account).then(later.clone()));
        Self::of(merged.as_ref().unwrap_or(later), self.kept).unwrap_or((self, details))
    }

    /// Whether this is the post `post`, and its answer is still remembered.
    pub(super) fn answers(&self, post: &PostId) -> bool {
        self.post == *post && self.kept != Kept::Notified
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.kept, Kept::Refused { .. })
    }

    /// Whether its author was notified of the outcome within `RENOTIFY_AFTER`.
    pub(super) fn is_notified(&self, at: Timestamp) -> bool {
        matches!(self.kept, Kept::Notified | Kept::Refused { notified: true })
            && at.since(self.at) < RENOTIFY_AFTER
    }

    /// What is to be remembered at `at`, if answers given before `horizon` are forgotten; none if the post is
    /// forgotten as a whole.
    pub(super) fn lasting(&self, horizon: Timestamp, at: Timestamp) -> Option<Kept> {
        if self.kept != Kept::Notified && self.at >= horizon {
            Some(self.kept)
        } else {
            self.is_notified(at).then_some(Kept::Notified)
        }
    }

    /// Forgets the answer to the post. Returns whether anything is left: that its author was notified.
    pub(super) fn forget_answer(&mut self, at: Timestamp) -> bool {
        let notified = self.is_notified(at);
        self.kept = Kept::Notified;
        notified
    }
}
