//! A domain "no": a value with a reason, never an error. Refusals change nothing and are not journaled.

use super::answer::Answer;
use super::outcome::Outcome;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The rule named by the code says no.
    Because(Outcome),
    /// The claim finds its account in line already, at this place.
    AlreadyWaiting {
        /// Counted from 1.
        place: u32,
    },
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
    )
}

impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        Self::Because(outcome)
    }
}
