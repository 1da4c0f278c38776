//! Kinds of letters that their readers stopped, by account.

use rusqlite::params;

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

impl OpsDatabase {
    /// Lets an account get no more letters of a kind; the first time stays.
    ///
    /// # Errors
    /// When the database fails.
    pub fn stop_letters(&self, account: &str, kind: &str, at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO stopped_letters (account, kind, since) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING";
        self.change(|transaction| transaction.execute(SQL, params![account, kind, at.ms()]).map(drop))
    }

    /// Lets an account get letters of every kind again.
    ///
    /// # Errors
    /// When the database fails.
    pub fn resume_letters(&self, account: &str) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM stopped_letters WHERE account = ?1";
        self.change(|transaction| transaction.execute(SQL, [account]).map(drop))
    }

    /// Whether an account gets no letters of a kind.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has_stopped_letters(&self, account: &str, kind: &str) -> Result<bool, OpsError> {
        const SQL: &str = "SELECT count(*) FROM stopped_letters WHERE account = ?1 AND kind = ?2";
        let count =
            self.read(|connection| connection.query_row(SQL, [account, kind], |row| row.get::<_, i64>(0)))?;
        Ok(count > 0)
    }
}
