//! Addresses that get no more e-mail: those that bounce, or complained. The database knows only hashes of them.

use hmac::{Hmac, KeyInit, Mac};
use ring::rand::SystemRandom;
use rusqlite::{OptionalExtension, params};
use sha2::Sha256;

use super::database::OpsDatabase;
use super::error::OpsError;
use crate::domain::time::Timestamp;

/// The salted hash of an e-mail address. The salt belongs to one database, so two shops cannot compare theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressHash([u8; 32]);

impl AddressHash {
    /// Addresses differ in neither case nor blanks around them.
    fn of(salt: &[u8], address: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(salt).expect("a key may have any length");
        let address = address.trim().to_lowercase();
        Self(mac.chain_update(address.as_bytes()).finalize().into_bytes().into())
    }
}

impl OpsDatabase {
    /// The hash under which this database knows an address.
    ///
    /// # Errors
    /// When the database fails.
    pub fn address_hash(&self, address: &str) -> Result<AddressHash, OpsError> {
        const FIND: &str = "SELECT salt FROM salts WHERE purpose = 'suppressions'";
        const MAKE: &str = "INSERT INTO salts (purpose, salt) VALUES ('suppressions', ?1)
            ON CONFLICT DO NOTHING";
        let salt = self.read(|connection| connection.query_row(FIND, [], |row| row.get(0)).optional())?;
        let salt: Vec<u8> = match salt {
            Some(salt) => salt,
            None => {
                let fresh = ring::rand::generate::<[u8; 32]>(&SystemRandom::new());
                let fresh = fresh.expect("the system has randomness").expose();
                // The salt of a caller that was quicker stays.
                self.change(|transaction| {
                    transaction.execute(MAKE, [&fresh])?;
                    transaction.query_row(FIND, [], |row| row.get(0))
                })?
            }
        };
        Ok(AddressHash::of(&salt, address))
    }

    /// Lets an address get no more e-mail; the first reason stays.
    ///
    /// # Errors
    /// When the database fails.
    pub fn suppress(&self, address: &AddressHash, reason: &str, at: Timestamp) -> Result<(), OpsError> {
        const SQL: &str = "INSERT INTO suppressions (address, reason, since) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING";
        self.change(|transaction| transaction.execute(SQL, params![address.0, reason, at.ms()]).map(drop))
    }

    /// Why an address gets no e-mail, and since when; `None` if it gets e-mail.
    ///
    /// # Errors
    /// When the database fails.
    pub fn suppressed(&self, address: &AddressHash) -> Result<Option<(String, Timestamp)>, OpsError> {
        const SQL: &str = "SELECT reason, since FROM suppressions WHERE address = ?1";
        self.read(|connection| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Timestamp::from_ms(row.get(1)?)));
            connection.query_row(SQL, [&address.0], row).optional()
        })
    }

    /// Lets an address get e-mail again.
    ///
    /// # Errors
    /// When the database fails.
    pub fn unsuppress(&self, address: &AddressHash) -> Result<(), OpsError> {
        const SQL: &str = "DELETE FROM suppressions WHERE address = ?1";
        self.change(|transaction| transaction.execute(SQL, [&address.0]).map(drop))
    }
}
