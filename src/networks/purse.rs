//! What one account may spend at its network in a day, and what it has spent.

use crate::config::serve::Budget;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::{Expense, OpsDatabase, OpsError, Spent, UtcDay};

/// A day, as networks count it.
const DAY: Millis = Millis::from_secs(86_400);

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

    /// Until when nothing may be spent; `None` while something is left.
    ///
    /// # Errors
    /// When the database fails.
    pub fn empty_until(&self, now: Timestamp) -> Result<Option<Timestamp>, OpsError> {
        let Some(per_day) = self.per_day else { return Ok(None) };
        let day = UtcDay::of(now);
        let read = self.database.spent(&self.network, day, Expense::Read)?;
        let sent = self.database.spent(&self.network, day, Expense::Sent)?;
        let is_empty = read.micros.saturating_add(sent.micros) >= per_day;
        Ok(is_empty.then(|| day_end(now)))
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
        // An expense, and until when the purse is empty then.
        let table = [
            (Expense::Read, 1_000_000, None),
            (Expense::Sent, 499_999, None),
            (Expense::Read, 1, Some(midnight)),
            (Expense::Sent, 10_000, Some(midnight)),
        ];
        for (expense, micros, empty_until) in table {
            purse.spend(expense, spent(micros), evening).unwrap();
            assert_eq!(purse.empty_until(evening).unwrap(), empty_until, "{expense:?} {micros}");
        }
        assert_eq!(purse.empty_until(midnight).unwrap(), None, "a new day has a new budget");
        let unbounded = Purse::new("shop", None, database);
        assert_eq!(unbounded.empty_until(evening).unwrap(), None);
    }
}
