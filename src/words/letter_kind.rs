//! The kinds of letters that their readers may stop.

use crate::domain::outcome::Outcome;

/// A kind of letters that no order needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterKind {
    /// What an enrolled card earned.
    Credits,
}

impl LetterKind {
    /// The kind of a letter about an outcome; `None` if it asks for something or tells what became of an order: who orders has
    /// to hear of it, so it is stopped with the address alone.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Enrolled | Outcome::Credited | Outcome::CreditReversed => Some(Self::Credits),
            _ => None,
        }
    }

    /// The name in links and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credits => "credits",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (name == Self::Credits.name()).then_some(Self::Credits)
    }
}
