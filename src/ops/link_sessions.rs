//! Who is signed in on the linking page. A cookie is known by its hash only.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::{Millis, Timestamp};

/// A browser in which the owner of an account is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The account, as `network:author`.
    pub account: String,
    /// The account's name at its network, for people.
    pub shown: String,
    /// When its owner signed in.
    pub signed_in_at: Timestamp,
    /// When it was used last.
    pub seen_at: Timestamp,
}

/// How long sessions live, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionBounds {
    /// The longest pause between two uses.
    pub idle: Millis,
    /// The longest time since the sign-in.
    pub age: Millis,
    /// Upper bound on the sessions of one account: the oldest make room.
    pub of_account: u32,
    /// Upper bound on all sessions.
    pub all: u32,
}

impl OpsDatabase {
    /// Stores a session under the hash of its cookie, and forgets those whose time is over. Returns whether there was
    /// room.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_link_session(
        &self,
        id: &[u8; 32],
        session: &SessionRow,
        bounds: SessionBounds,
    ) -> Result<bool, OpsError> {
        const OVER: &str = "DELETE FROM link_sessions WHERE seen_at <= ?1 OR signed_in_at <= ?2";
        const OLDEST: &str = "DELETE FROM link_sessions WHERE id IN (SELECT id FROM link_sessions
            WHERE account = ?1 ORDER BY seen_at DESC LIMIT -1 OFFSET ?2)";
        // Values lie side by side in the file, where an account with a mention behind it would look like an e-mail address.
        const INSERT: &str = "INSERT INTO link_sessions
            (id, account, shown, signed_in_at, seen_at) VALUES (?1, ?2, ' ' || ?3, ?4, ?5)";
        let now = session.seen_at;
        self.change(|transaction| {
            let (idle, age) = (now.minus(bounds.idle).ms(), now.minus(bounds.age).ms());
            transaction.execute(OVER, [idle, age])?;
            let others = bounds.of_account.saturating_sub(1);
            transaction.execute(OLDEST, params![session.account, others])?;
            let all: u32 =
                transaction.query_row("SELECT count(*) FROM link_sessions", [], |row| row.get(0))?;
            if all >= bounds.all {
                return Ok(false);
            }
            let SessionRow { account, shown, signed_in_at, seen_at } = session;
            let values = params![id, account, shown, signed_in_at.ms(), seen_at.ms()];
            transaction.execute(INSERT, values)?;
            Ok(true)
        })
    }

    /// The session of a cookie's hash; `None` if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn link_session(&self, id: &[u8; 32]) -> Result<Option<SessionRow>, OpsError> {
        const SQL: &str =
            "SELECT account, ltrim(shown), signed_in_at, seen_at FROM link_sessions WHERE id = ?1";
        self.read(|connection| {
            let row = |row: &rusqlite::Row<'_>| {
                Ok(SessionRow {
                    account: row.get(0)?,
                    shown: row.get(1)?,
                    signed_in_at: Timestamp::from_ms(row.get(2)?),
                    seen_at: Timestamp::from_ms(row.get(3)?),
                })
            };
            connection.query_row(SQL, [id], row).optional()
        })
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When the database fails.
    pub fn touch_link_session(&self, id: &[u8; 32], at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE link_sessions SET seen_at = max(seen_at, ?2) WHERE id = ?1";
        self.change(|transaction| transaction.execute(SQL, params![id, at.ms()]).map(drop))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_link_session(&self, id: &[u8; 32]) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM link_sessions WHERE id = ?1";
        self.change(|transaction| transaction.execute(SQL, [id]).map(drop))
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_link_sessions_of(&self, account: &str) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM link_sessions WHERE account = ?1";
        self.change(|transaction| transaction.execute(SQL, [account]).map(drop))
    }
}
