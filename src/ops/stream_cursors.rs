//! Where each stream of a network goes on after a restart.

use rusqlite::{OptionalExtension, Transaction, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

impl OpsDatabase {
    /// The cursor of a stream of the network with that name; `None` if none was stored.
    ///
    /// # Errors
    /// When the database fails.
    pub fn cursor(&self, network: &str, stream: &str) -> Result<Option<String>, OpsError> {
        const SQL: &str = "SELECT cursor FROM stream_cursors WHERE network = ?1 AND stream = ?2";
        self.read(|connection| connection.query_row(SQL, [network, stream], |row| row.get(0)).optional())
    }

    /// Replaces the cursor of a stream; when this returns, the new one is durable.
    ///
    /// # Errors
    /// When the database fails; the earlier cursor then stays.
    pub fn store_cursor(
        &self,
        network: &str,
        stream: &str,
        cursor: &str,
        at: Timestamp,
    ) -> Result<(), OpsError> {
        self.change(|transaction| put(transaction, network, stream, cursor, at))
    }

    /// Forgets every cursor of a network, so that its streams begin as for the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_cursors(&self, network: &str) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM stream_cursors WHERE network = ?1";
        self.change(|transaction| transaction.execute(SQL, [network]).map(drop))
    }
}

pub(super) fn put(
    transaction: &Transaction<'_>,
    network: &str,
    stream: &str,
    cursor: &str,
    at: Timestamp,
) -> rusqlite::Result<()> {
    const SQL: &str =
        "INSERT INTO stream_cursors (network, stream, cursor, stored_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET cursor = excluded.cursor, stored_at = excluded.stored_at";
    transaction.execute(SQL, params![network, stream, cursor, at.ms()]).map(drop)
}
