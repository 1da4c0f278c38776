//! What the owner of a linked account agreed to: one row for each account.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;

impl OpsDatabase {
    /// Stores what the owner of an account agreed to; it is durable when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub fn store_link_consents(&self, account: &str, consents: &str) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO link_consents (account, consents) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET consents = excluded.consents";
        self.change(|transaction| transaction.execute(SQL, params![account, consents]).map(drop))
    }

    /// What the owner of an account agreed to; `None` if nothing is known.
    ///
    /// # Errors
    /// When the database fails.
    pub fn link_consents(&self, account: &str) -> Result<Option<String>, OpsError> {
        const SQL: &str = "SELECT consents FROM link_consents WHERE account = ?1";
        self.read(|connection| connection.query_row(SQL, [account], |row| row.get(0)).optional())
    }

    /// Forgets what the owner of an account agreed to.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_link_consents(&self, account: &str) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM link_consents WHERE account = ?1";
        self.change(|transaction| transaction.execute(SQL, [account]).map(drop))
    }
}
