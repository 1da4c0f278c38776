//! The shop's apps at servers where people sign in, each sealed. They are registered again if they are lost.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

impl OpsDatabase {
    /// The sealed app at a server; `None` if there is none. It counts as used.
    ///
    /// # Errors
    /// When the database fails.
    pub fn link_app(&self, server: &str, now: Timestamp) -> Result<Option<Vec<u8>>, OpsError> {
        const SQL: &str = "UPDATE link_apps SET used_at = ?2 WHERE server = ?1 RETURNING sealed";
        self.change(|transaction| {
            transaction.query_row(SQL, params![server, now.ms()], |row| row.get(0)).optional()
        })
    }

    /// Stores the sealed app at a server. Beyond `most` of them, those that were used longest ago are forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub fn store_link_app(
        &self,
        server: &str,
        sealed: &[u8],
        most: u32,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        const STORE: &str = "INSERT INTO link_apps (server, sealed, used_at) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET sealed = excluded.sealed, used_at = excluded.used_at";
        const FORGET: &str = "DELETE FROM link_apps WHERE server IN
            (SELECT server FROM link_apps ORDER BY used_at DESC, server LIMIT -1 OFFSET ?1)";
        self.change(|transaction| {
            transaction.execute(STORE, params![server, sealed, now.ms()])?;
            transaction.execute(FORGET, [most]).map(drop)
        })
    }
}
