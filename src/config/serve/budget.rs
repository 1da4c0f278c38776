//! What an account may cost at its network.

use std::fmt;
use std::str::FromStr;

use crate::domain::money::{Currency, Money};

/// Upper bound on the cost of one day, by UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The amount.
    pub per_day: Money,
}

/// The text is no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no amount in US dollars per day")]
pub struct NotABudget;

impl FromStr for Budget {
    type Err = NotABudget;

    fn from_str(text: &str) -> Result<Self, NotABudget> {
        let amount = text.strip_suffix(" per day").ok_or(NotABudget)?;
        // Networks charge in dollars.
        let per_day: Money = amount.trim().parse().map_err(|_| NotABudget)?;
        if Some(per_day.currency) == Currency::parse("USD") { Ok(Self { per_day }) } else { Err(NotABudget) }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per day", self.per_day)
    }
}
