//! Which customer of the card processor an account is.

use rusqlite::{OptionalExtension, Row, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// A customer of the card processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCustomerRow {
    /// Tells the customer from others, before the processor knows it.
    pub key: [u8; 32],
    /// The account, as `network:author`.
    pub account: String,
    /// When the processor was asked to make it.
    pub asked_at: Timestamp,
    /// The processor's id; `None` until its answer is noted.
    pub customer: Option<String>,
    /// Whether the processor is to forget it.
    pub is_forgotten: bool,
}

const COLUMNS: &str = "key, account, asked_at, customer, is_forgotten";

impl OpsDatabase {
    /// The customer that an account is; `None` if it is none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_customer(&self, account: &str) -> Result<Option<CardCustomerRow>, OpsError> {
        let sql = format!("SELECT {COLUMNS} FROM card_customers WHERE account = ?1 AND NOT is_forgotten");
        self.read(|connection| connection.query_row(&sql, [account], row).optional())
    }

    /// Notes that an account becomes a customer, before the processor is asked. One that it was before is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_card_customer(&self, key: &[u8; 32], account: &str, now: Timestamp) -> Result<(), OpsError> {
        const FORGET: &str = "UPDATE card_customers SET is_forgotten = 1 WHERE account = ?1";
        const INSERT: &str = "INSERT INTO card_customers (key, account, asked_at) VALUES (?1, ?2, ?3)";
        self.change(|transaction| {
            transaction.execute(FORGET, [account])?;
            transaction.execute(INSERT, params![key, account, now.ms()]).map(drop)
        })
    }

    /// Notes the processor's id of a customer.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fill_card_customer(&self, key: &[u8; 32], customer: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE card_customers SET customer = ?2 WHERE key = ?1";
        self.change(|transaction| transaction.execute(SQL, params![key, customer]).map(drop))
    }

    /// Whether this is the processor's id of a customer that is noted.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_card_customer(&self, customer: &str) -> Result<bool, OpsError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM card_customers WHERE customer = ?1)";
        self.read(|connection| connection.query_row(SQL, [customer], |row| row.get(0)))
    }

    /// Forgets a customer, unless its account has a card of a card page, or a page that may give one; those that were opened up
    /// to `over` and never got that far give none. Returns whether the customer is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_unused_card_customer(&self, key: &[u8; 32], over: Timestamp) -> Result<bool, OpsError> {
        // One transaction, and a page is noted before its customer is looked up: a page that opens now finds the customer, or
        // finds none and makes another one.
        const SQL: &str = "UPDATE card_customers SET is_forgotten = 1
            WHERE key = ?1 AND asked_at <= ?2 AND NOT EXISTS (SELECT 1 FROM link_cards
                WHERE link_cards.account = card_customers.account
                AND (began_at > ?2 OR card IS NOT NULL OR (session IS NOT NULL AND state != 'refused')))";
        self.change(|transaction| {
            transaction.execute(SQL, params![key, over.ms()]).map(|changed| changed > 0)
        })
    }

    /// Up to `most` customers, in the order of their keys, behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card_customers(&self, after: &[u8], most: u32) -> Result<Vec<CardCustomerRow>, OpsError> {
        let sql = format!("SELECT {COLUMNS} FROM card_customers WHERE key > ?1 ORDER BY key LIMIT ?2");
        self.read(|connection| {
            let mut query = connection.prepare(&sql)?;
            query.query_map(params![after, most], row)?.collect()
        })
    }

    /// Removes a customer, and the cards that it had: the processor has forgotten both.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_card_customer(&self, key: &[u8; 32]) -> Result<(), OpsError> {
        const CARDS: &str = "DELETE FROM link_cards WHERE card IS NOT NULL AND state IN ('linked', 'refused', 'over') AND EXISTS
            (SELECT 1 FROM card_customers WHERE key = ?1 AND substr(card, 1, length(customer) + 1) = customer || '/')";
        const CUSTOMER: &str = "DELETE FROM card_customers WHERE key = ?1";
        self.change(|transaction| {
            transaction.execute(CARDS, [key])?;
            transaction.execute(CUSTOMER, [key]).map(drop)
        })
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<CardCustomerRow> {
    Ok(CardCustomerRow {
        key: row.get(0)?,
        account: row.get(1)?,
        asked_at: Timestamp::from_ms(row.get(2)?),
        customer: row.get(3)?,
        is_forgotten: row.get(4)?,
    })
}
