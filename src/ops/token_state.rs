//! How the shop's account stands with its network. The tokens themselves are sealed secrets.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// What is known of an account's access token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenState {
    /// When the token was renewed last.
    pub renewed_at: Option<Timestamp>,
    /// Since when the network refuses the account, and why.
    pub signed_out: Option<(Timestamp, String)>,
}

impl OpsDatabase {
    /// The state of a network's token; the default if nothing is known.
    ///
    /// # Errors
    /// When the database fails.
    pub fn token_state(&self, network: &str) -> Result<TokenState, OpsError> {
        const SQL: &str = "SELECT renewed_at, signed_out_at, signed_out FROM token_states WHERE network = ?1";
        let state = self.read(|connection| {
            let row = |row: &rusqlite::Row<'_>| {
                let (renewed, at, reason) = (row.get::<_, Option<i64>>(0)?, row.get(1)?, row.get(2)?);
                let signed_out = Option::zip(at, reason).map(|(at, reason)| (Timestamp::from_ms(at), reason));
                Ok(TokenState { renewed_at: renewed.map(Timestamp::from_ms), signed_out })
            };
            connection.query_row(SQL, [network], row).optional()
        })?;
        Ok(state.unwrap_or_default())
    }

    /// Records that a token was renewed: the account is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub fn store_renewal(&self, network: &str, at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO token_states (network, renewed_at) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET renewed_at = excluded.renewed_at, signed_out_at = NULL, signed_out = NULL";
        self.change(|transaction| transaction.execute(SQL, params![network, at.ms()]).map(drop))
    }

    /// Records that the network refuses the account; the first reason stays until the account is signed in again.
    ///
    /// # Errors
    /// When the database fails.
    pub fn store_signed_out(&self, network: &str, reason: &str, at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO token_states (network, signed_out_at, signed_out) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET signed_out_at = excluded.signed_out_at, signed_out = excluded.signed_out
            WHERE signed_out_at IS NULL";
        self.change(|transaction| transaction.execute(SQL, params![network, at.ms(), reason]).map(drop))
    }
}
