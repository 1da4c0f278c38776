//! A domain "no": a value with a reason, never an error. Refusals change nothing and are not journaled.

use super::answer::Answer;
use super::outcome::Outcome;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The rule that the code names.
    Because(Outcome),
    /// The claim finds its account in line already, at this place.
    AlreadyWaiting {
        /// Counted from 1.
        place: u32,
    },
    /// Fewer units are available than are to be withdrawn.
    Committed {
        /// Units that are available.
        available: u32,
    },
    /// The number of units, or their price, is too large to be counted.
    TooMany,
    /// The change was made before under this key.
    Repeated,
    /// The key was used for another change.
    KeyReused,
    /// The post was decided before; this is what was decided.
    Duplicate(Box<Answer>),
}

impl Refusal {
    /// The outcome code of the refusal; that of a duplicate is its first outcome's.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Because(outcome) => *outcome,
            Self::AlreadyWaiting { .. } => Outcome::AlreadyWaiting,
            Self::Committed { .. } | Self::TooMany | Self::KeyReused => Outcome::LimitReached,
            Self::Repeated => Outcome::Duplicate,
            Self::Duplicate(first) => first.outcome,
        }
    }
}

/// Whether a refusal is explained by a reply. Posts that are nobody's own word, or not to be
/// believed, are met with silence: a reply to them would answer the wrong person.
#[must_use]
pub fn is_explained(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::NotLinked
            | Outcome::CardIneligible
            | Outcome::NotOpen
            | Outcome::Closed
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
