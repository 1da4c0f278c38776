//! What an operator decided about a network.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// Whether the shop uses a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkState {
    /// It reads and answers there.
    Connected,
    /// It neither reads nor answers until it is resumed; it stays signed in.
    Paused,
    /// It is signed out there.
    Disconnected,
}

impl NetworkState {
    const ALL: [Self; 3] = [Self::Connected, Self::Paused, Self::Disconnected];

    /// Its name, as operators see it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Paused => "paused",
            Self::Disconnected => "disconnected",
        }
    }
}

impl FromSql for NetworkState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        let state = Self::ALL.into_iter().find(|state| state.name() == name);
        state.ok_or_else(|| FromSqlError::Other(format!("{name:?} is no state of a network").into()))
    }
}

impl OpsDatabase {
    /// What was decided about a network, and when; `None` if nothing was.
    ///
    /// # Errors
    /// When the database fails, or does not hold a state.
    pub fn network_state(&self, network: &str) -> Result<Option<(NetworkState, Timestamp)>, OpsError> {
        const SQL: &str = "SELECT state, since FROM network_states WHERE network = ?1";
        self.read(|connection| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Timestamp::from_ms(row.get(1)?)));
            connection.query_row(SQL, [network], row).optional()
        })
    }

    /// Records what was decided about a network; it is durable when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub fn set_network_state(
        &self,
        network: &str,
        state: NetworkState,
        at: Timestamp,
    ) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO network_states (network, state, since) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since WHERE state <> excluded.state";
        self.change(|transaction| transaction.execute(SQL, params![network, state.name(), at.ms()]).map(drop))
    }
}
