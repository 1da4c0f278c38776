//! A refusal: a value with a reason, never an error. Refusals change nothing and are not journaled.

use super::answer::Answer;
use super::id::OfferNo;
use super::outcome::Outcome;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The rule with this code refuses the command.
    Because(Outcome),
    /// The rule with this code refuses a post that names its offer by none of its words: a repost names the
    /// offer by its prompt.
    Concerning {
        /// The offer that the post concerns.
        offer: OfferNo,
        /// The code.
        outcome: Outcome,
    },
    /// The claim's account is in line already, at this place.
    AlreadyWaiting {
        /// The place in line, from 1.
        place: u32,
    },
    /// Fewer units are available than the command withdraws.
    Committed {
        /// Units that are available.
        available: u32,
    },
    /// The number of units, or their price, overflows.
    TooMany,
    /// The change was made before under this idempotency key.
    Repeated,
    /// The idempotency key was used for a different change.
    KeyReused,
    /// The effect is no dead letter: it was never given up, is tried again, or was settled.
    NotDead,
    /// A dead letter cannot be settled so.
    Unsettled(&'static str),
    /// The post was decided before, with this answer.
    Duplicate(Box<Answer>),
}

impl Refusal {
    /// The outcome code of the refusal; for a duplicate, the code of its first answer.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Because(outcome) | Self::Concerning { outcome, .. } => *outcome,
            Self::AlreadyWaiting { .. } => Outcome::AlreadyWaiting,
            Self::Committed { .. } | Self::TooMany | Self::KeyReused => Outcome::LimitReached,
            Self::NotDead | Self::Unsettled(_) => Outcome::NotRelevant,
            Self::Repeated => Outcome::Duplicate,
            Self::Duplicate(first) => first.outcome,
        }
    }

    /// The offer that the refused post concerns, if the refusal knows more of that than the post says.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        if let Self::Concerning { offer, .. } = self { Some(*offer) } else { None }
    }

    /// The same refusal, of a post that concerns that offer.
    #[must_use]
    pub fn concerning(self, offer: OfferNo) -> Self {
        if let Self::Because(outcome) = self { Self::Concerning { offer, outcome } } else { self }
    }
}

/// Whether a refusal is explained by a reply. Posts that are not the author's own words, or that are not
/// believed, get no reply: it would answer the wrong person.
#[must_use]
pub fn is_explained(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::NotLinked
            | Outcome::CardIneligible
            | Outcome::NotOpen
            | Outcome::Closed
            | Outcome::Paused
            | Outcome::SoldOut
            | Outcome::FullyReserved
            | Outcome::LimitReached
            | Outcome::AlreadyReserved
            | Outcome::AlreadyWaiting
            | Outcome::NothingToConfirm
            | Outcome::ConfirmLate
            | Outcome::LookAlikeTag
            | Outcome::RateLimited
            | Outcome::SpendCap
            | Outcome::Frozen
            | Outcome::AccountTooNew
            | Outcome::AlreadyEnrolled
    )
}

impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        Self::Because(outcome)
    }
}
