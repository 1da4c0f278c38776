//! Which events of the card processor were followed, so that none is followed twice.

use rusqlite::{OptionalExtension, params};

use super::database::OpsDatabase;
use super::error::OpsError;

/// How many events are remembered. One that is forgotten and comes again is followed again, which changes nothing: what it
/// tells of is read anew.
#[derive(Debug, Clone, Copy)]
pub struct CardEventBounds {
    /// Seconds from the oldest to the newest.
    pub age_most: i64,
    /// Upper bound on their number.
    pub count_most: u32,
}

impl Default for CardEventBounds {
    /// A day longer than webhooks are repeated.
    fn default() -> Self {
        Self { age_most: 4 * 86_400, count_most: 100_000 }
    }
}

impl OpsDatabase {
    /// Whether an event was followed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has_card_event(&self, event: &str) -> Result<bool, OpsError> {
        const SQL: &str = "SELECT 1 FROM card_events WHERE id = ?1";
        self.read(|connection| connection.query_row(SQL, [event], |_| Ok(())).optional())
            .map(|found| found.is_some())
    }

    /// Notes that an event was followed, which is durable when this returns, and forgets those beyond `bounds`, the oldest
    /// first.
    ///
    /// # Errors
    /// When the database fails; then nothing is noted.
    pub fn store_card_event(
        &self,
        event: &str,
        created: i64,
        bounds: CardEventBounds,
    ) -> Result<(), OpsError> {
        const PUT: &str = "INSERT INTO card_events (id, created) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        const BY_AGE: &str =
            "DELETE FROM card_events WHERE created < (SELECT max(created) FROM card_events) - ?1";
        const BY_NUMBER: &str = "DELETE FROM card_events WHERE id IN
            (SELECT id FROM card_events ORDER BY created DESC, id LIMIT -1 OFFSET ?1)";
        self.change(|transaction| {
            transaction.execute(PUT, params![event, created])?;
            transaction.execute(BY_AGE, [bounds.age_most])?;
            transaction.execute(BY_NUMBER, [bounds.count_most]).map(drop)
        })
    }
}
