//! Letters by which the owner of an account proves to read what comes to an address. A letter carries a ticket; the ticket
//! and the address are here as hashes alone. A row stays for a day, used or not: limits count it.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use super::suppressions::AddressHash;
use crate::domain::time::{Millis, Timestamp};

/// A letter that left, or is about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressLetterRow {
    /// The hash of the ticket in it.
    pub ticket: [u8; 32],
    /// The account, as `network:author`.
    pub account: String,
    /// The account's name at its network, for people.
    pub shown: String,
    /// The address that it goes to.
    pub address: AddressHash,
    /// When it was asked for.
    pub sent_at: Timestamp,
}

/// How long a letter is valid, and how many there may be in that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLetterBounds {
    /// How long its ticket is taken, and how long it counts.
    pub life: Millis,
    /// Of one account.
    pub of_account: u32,
    /// To one address, from all accounts together.
    pub of_address: u32,
    /// In all.
    pub all: u32,
}

/// Whether a letter may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewAddressLetter {
    /// It is stored.
    Stored,
    /// Its account asked for too many.
    AccountFull,
    /// Its address got too many.
    AddressFull,
    /// Too many were asked for in all.
    Full,
}

/// The letter of a ticket that somebody shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressLetter {
    /// Its ticket was not used, and is valid.
    Open(AddressLetterRow),
    /// Its ticket was used, or another address was given since.
    Over(AddressLetterRow),
    /// There is none, or its time is over.
    Unknown,
}

impl OpsDatabase {
    /// Stores a letter before it leaves, and forgets those whose time is over. Tickets of the account for other addresses
    /// are valid no more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_address_letter(
        &self,
        letter: &AddressLetterRow,
        bounds: AddressLetterBounds,
    ) -> Result<NewAddressLetter, OpsError> {
        const OVER: &str = "DELETE FROM address_letters WHERE sent_at <= ?1";
        const OTHERS: &str = "UPDATE address_letters SET is_open = 0 WHERE account = ?1 AND address <> ?2";
        // As in the sessions, what is shown stands apart from the account before it.
        const INSERT: &str = "INSERT INTO address_letters (ticket, account, shown, address, sent_at, is_open)
            VALUES (?1, ?2, ' ' || ?3, ?4, ?5, 1)";
        let AddressLetterRow { ticket, account, shown, address, sent_at } = letter;
        self.change(|transaction| {
            transaction.execute(OVER, [sent_at.minus(bounds.life).ms()])?;
            if count(transaction, "account = ?1", params![account])? >= bounds.of_account {
                return Ok(NewAddressLetter::AccountFull);
            }
            if count(transaction, "address = ?1", params![address.bytes()])? >= bounds.of_address {
                return Ok(NewAddressLetter::AddressFull);
            }
            if count(transaction, "1", params![])? >= bounds.all {
                return Ok(NewAddressLetter::Full);
            }
            transaction.execute(OTHERS, params![account, address.bytes()])?;
            transaction.execute(INSERT, params![ticket, account, shown, address.bytes(), sent_at.ms()])?;
            Ok(NewAddressLetter::Stored)
        })
    }

    /// Forgets a letter that did not leave.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remove_address_letter(&self, ticket: &[u8; 32]) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM address_letters WHERE ticket = ?1";
        self.change(|transaction| transaction.execute(SQL, [ticket]).map(drop))
    }

    /// The letter of a ticket's hash. Reading it changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub fn address_letter(
        &self,
        ticket: &[u8; 32],
        life: Millis,
        now: Timestamp,
    ) -> Result<AddressLetter, OpsError> {
        self.read(|connection| connection.query_row(FIND, [ticket], read).optional())
            .map(|found| judged(found, life, now))
    }

    /// Uses the ticket of a letter up: a second use finds it used.
    ///
    /// # Errors
    /// When the database fails.
    pub fn take_address_letter(
        &self,
        ticket: &[u8; 32],
        life: Millis,
        now: Timestamp,
    ) -> Result<AddressLetter, OpsError> {
        const USE: &str = "UPDATE address_letters SET is_open = 0 WHERE ticket = ?1";
        self.change(|transaction| {
            let found = transaction.query_row(FIND, [ticket], read).optional()?;
            transaction.execute(USE, [ticket])?;
            Ok(judged(found, life, now))
        })
    }

    /// Whether a letter to an address was asked for by an account in the last day.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has_address_letter(&self, account: &str, address: &AddressHash) -> Result<bool, OpsError> {
        const SQL: &str = "SELECT count(*) FROM address_letters WHERE account = ?1 AND address = ?2";
        let counted = |connection: &rusqlite::Connection| {
            connection.query_row(SQL, params![account, address.bytes()], |row| row.get::<_, i64>(0))
        };
        Ok(self.read(counted)? > 0)
    }

    /// Takes the tickets of an account no more. They still count.
    ///
    /// # Errors
    /// When the database fails.
    pub fn void_address_letters(&self, account: &str) -> Result<(), OpsError> {
        const SQL: &str = "UPDATE address_letters SET is_open = 0, shown = '' WHERE account = ?1";
        self.change(|transaction| transaction.execute(SQL, [account]).map(drop))
    }
}

const FIND: &str =
    "SELECT ticket, account, ltrim(shown), address, sent_at, is_open FROM address_letters WHERE ticket = ?1";

fn count(
    transaction: &Transaction<'_>,
    which: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<u32> {
    let sql = format!("SELECT count(*) FROM address_letters WHERE {which}");
    transaction.query_row(&sql, values, |row| row.get(0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<(AddressLetterRow, bool)> {
    let letter = AddressLetterRow {
        ticket: row.get(0)?,
        account: row.get(1)?,
        shown: row.get(2)?,
        address: AddressHash::of_bytes(row.get(3)?),
        sent_at: Timestamp::from_ms(row.get(4)?),
    };
    Ok((letter, row.get(5)?))
}

fn judged(found: Option<(AddressLetterRow, bool)>, life: Millis, now: Timestamp) -> AddressLetter {
    match found {
        Some((letter, _)) if now >= letter.sent_at.plus(life) => AddressLetter::Unknown,
        Some((letter, true)) => AddressLetter::Open(letter),
        Some((letter, false)) => AddressLetter::Over(letter),
        None => AddressLetter::Unknown,
    }
}
