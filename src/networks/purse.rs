//! What one account may spend at its network in a day, and what it has spent.

use crate::config::serve::Budget;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::{Expense, OpsDatabase, OpsError, Spent, UtcDay};

/// A day, as networks count it.
const DAY: Millis = Millis::from_secs(86_400);

/// The budget is low when a part of one in `LOW` is left.
const LOW: u64 = 4;

/// One part in `REPLIES_ALONE` of the budget is kept for replies to what was read: a buyer who is heard hears the prompt.
const REPLIES_ALONE: u64 = 10;

/// What a budget still allows, until it is renewed at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Everything.
    All,
    /// It runs low: reading is for times at which a post can win, and replies leave.
    WhatCanWin(Timestamp),
    /// The rest is for replies.
    Replies(Timestamp),
    /// Nothing.
    Nothing(Timestamp),
}

/// The purse of one account. What was spent is in the database, so a restart does not fill it.
#[derive(Debug, Clone)]
pub struct Purse {
    network: String,
    /// In millionths of a dollar; `None` for no bound.
    per_day: Option<u64>,
    database: OpsDatabase,
}

impl Purse {
    /// The purse of the account that the configuration calls `network`.
    #[must_use]
    pub fn new(network: &str, budget: Option<&Budget>, database: OpsDatabase) -> Self {
        // Budgets are in dollars, and money in cents.
        let per_day = budget.map(|budget| budget.per_day.minor.unsigned_abs().saturating_mul(10_000));
        Self { network: network.to_owned(), per_day, database }
    }

    /// What may still be paid for.
    ///
    /// # Errors
    /// When the database fails.
    pub fn allowance(&self, now: Timestamp) -> Result<Allowance, OpsError> {
        let Some(per_day) = self.per_day else { return Ok(Allowance::All) };
        let (left, until) = (per_day.saturating_sub(self.spent(now)?), day_end(now));
        Ok(if left == 0 {
            Allowance::Nothing(until)
        } else if left <= per_day / REPLIES_ALONE {
            Allowance::Replies(until)
        } else if left <= per_day / LOW {
            Allowance::WhatCanWin(until)
        } else {
            Allowance::All
        })
    }

    /// Until when nothing may be spent; `None` while something is left.
    ///
    /// # Errors
    /// When the database fails.
    pub fn empty_until(&self, now: Timestamp) -> Result<Option<Timestamp>, OpsError> {
        Ok(match self.allowance(now)? {
            Allowance::Nothing(until) => Some(until),
            _ => None,
        })
    }

    fn spent(&self, now: Timestamp) -> Result<u64, OpsError> {
        let day = UtcDay::of(now);
        let read = self.database.spent(&self.network, day, Expense::Read)?;
        let sent = self.database.spent(&self.network, day, Expense::Sent)?;
        Ok(read.micros.saturating_add(sent.micros))
    }

    /// Records an expense; it is durable when this returns.
    ///
    /// # Errors
    /// When the database fails; then nothing was recorded.
    pub fn spend(&self, expense: Expense, more: Spent, now: Timestamp) -> Result<(), OpsError> {
        if more == Spent::default() {
            return Ok(());
        }
        self.database.spend(&self.network, UtcDay::of(now), expense, more).map(drop)
    }
}

/// The end of a day of UTC.
fn day_end(now: Timestamp) -> Timestamp {
    let begin = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(DAY.ms()));
    begin.plus(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(micros: u64) -> Spent {
        Spent { count: 1, micros }
    }

    #[test]
    fn a_purse_is_empty_until_the_day_of_utc_ends() {
        let directory = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&directory.path().join("ops.sqlite")).unwrap();
        let budget: Budget = "1.50 USD per day".parse().unwrap();
        let purse = Purse::new("shop", Some(&budget), database.clone());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (evening, midnight) = (at("2026-11-29T23:00:00Z"), at("2026-11-30T00:00:00Z"));
        // An expense, and what the purse allows then.
        let table = [
            (Expense::Read, 1_124_999, Allowance::All),
            (Expense::Sent, 1, Allowance::WhatCanWin(midnight)),
            (Expense::Read, 224_999, Allowance::WhatCanWin(midnight)),
            (Expense::Read, 1, Allowance::Replies(midnight)),
            (Expense::Sent, 149_999, Allowance::Replies(midnight)),
            (Expense::Sent, 1, Allowance::Nothing(midnight)),
            (Expense::Sent, 10_000, Allowance::Nothing(midnight)),
        ];
        for (expense, micros, allowance) in table {
            purse.spend(expense, spent(micros), evening).unwrap();
            assert_eq!(purse.allowance(evening).unwrap(), allowance, "{expense:?} {micros}");
            let is_empty = allowance == Allowance::Nothing(midnight);
            assert_eq!(purse.empty_until(evening).unwrap(), is_empty.then_some(midnight), "{micros}");
        }
        assert_eq!(purse.empty_until(midnight).unwrap(), None, "a new day has a new budget");
        let unbounded = Purse::new("shop", None, database);
        assert_eq!(unbounded.empty_until(evening).unwrap(), None);
    }
}
