//! Until when the card processor holds the money of payments that are not captured.

use rusqlite::params;

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// A payment that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardHoldRow {
    /// Its id at the card processor.
    pub payment: String,
    /// The order, by the name that the card processor knows.
    pub order: String,
    /// Time since when it may be held.
    pub began_at: Timestamp,
    /// When the hold ends; `None` as long as the card processor has not told.
    pub ends_at: Option<Timestamp>,
}

impl OpsDatabase {
    /// Up to `most` payments that are held, those first that began first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_holds(&self, most: u32) -> Result<Vec<CardHoldRow>, OpsError> {
        const SQL: &str =
            "SELECT payment, sale, began_at, ends_at FROM card_holds ORDER BY began_at, payment LIMIT ?1";
        self.read(|connection| {
            let mut select = connection.prepare(SQL)?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok(CardHoldRow {
                    payment: row.get(0)?,
                    order: row.get(1)?,
                    began_at: Timestamp::from_ms(row.get(2)?),
                    ends_at: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_ms),
                })
            };
            select.query_map([most], row)?.collect()
        })
    }

    /// Stores payments that are held, each in place of what was stored of it, and removes those that are held no more. Both are
    /// durable when this returns.
    ///
    /// # Errors
    /// When the database fails; then nothing is changed.
    pub fn store_card_holds(&self, held: &[CardHoldRow], over: &[String]) -> Result<(), OpsError> {
        const PUT: &str = "INSERT INTO card_holds (payment, sale, began_at, ends_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET
                sale = excluded.sale, began_at = excluded.began_at, ends_at = excluded.ends_at";
        const REMOVE: &str = "DELETE FROM card_holds WHERE payment = ?1";
        self.change(|transaction| {
            for row in held {
                let CardHoldRow { payment, order, began_at, ends_at } = row;
                let ends_at = ends_at.map(Timestamp::ms);
                transaction.execute(PUT, params![payment, order, began_at.ms(), ends_at])?;
            }
            over.iter().try_for_each(|payment| transaction.execute(REMOVE, [payment]).map(drop))
        })
    }
}
