//! What the shop's accounts spent of their budgets, day by day.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use super::utc_day::UtcDay;

/// Days that are kept, for an operator's look back.
const DAYS_KEPT: i64 = 400;

/// What a budget is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expense {
    /// Posts, replies and direct messages that were sent.
    Sent,
    /// Posts that were read.
    Read,
    /// Sign-ins.
    SignIn,
}

impl Expense {
    const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Read => "read",
            Self::SignIn => "sign_in",
        }
    }
}

/// A sum of expenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// How many.
    pub count: u64,
    /// Money, in millionths of the currency that the budget is in.
    pub micros: u64,
}

impl OpsDatabase {
    /// What a network has spent on one thing in one day.
    ///
    /// # Errors
    /// When the database fails.
    pub fn spent(&self, network: &str, day: UtcDay, expense: Expense) -> Result<Spent, OpsError> {
        const SQL: &str =
            "SELECT count, micros FROM spending WHERE network = ?1 AND day = ?2 AND expense = ?3";
        let key = params![network, day.number(), expense.name()];
        let spent = self.read(|connection| connection.query_row(SQL, key, sum).optional())?;
        Ok(spent.unwrap_or_default())
    }

    /// Adds an expense to a day, and returns the day's new sum. It is durable when this returns: an expense that is
    /// recorded before it is made cannot be forgotten by a crash.
    ///
    /// # Errors
    /// When the database fails; then nothing was added.
    pub fn spend(
        &self,
        network: &str,
        day: UtcDay,
        expense: Expense,
        more: Spent,
    ) -> Result<Spent, OpsError> {
        const OLD: &str = "DELETE FROM spending WHERE network = ?1 AND day < ?2";
        // Sums that no number holds stay at the largest.
        const ADD: &str =
            "INSERT INTO spending (network, day, expense, count, micros) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET
                count = iif(count > ?6 - excluded.count, ?6, count + excluded.count),
                micros = iif(micros > ?6 - excluded.micros, ?6, micros + excluded.micros)
            RETURNING count, micros";
        let most = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.change(|transaction| {
            transaction.execute(OLD, params![network, day.number() - DAYS_KEPT])?;
            let row =
                params![network, day.number(), expense.name(), most(more.count), most(more.micros), i64::MAX];
            transaction.query_row(ADD, row, sum)
        })
    }
}

fn sum(row: &rusqlite::Row<'_>) -> rusqlite::Result<Spent> {
    let (count, micros) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
    Ok(Spent { count: count.unsigned_abs(), micros: micros.unsigned_abs() })
}
