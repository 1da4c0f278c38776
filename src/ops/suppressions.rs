//! Addresses that get no more e-mail: those that bounce, or complained. The database knows only hashes of them.

use hmac::{Hmac, KeyInit, Mac};
use ring::rand::SystemRandom;
use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
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

    pub(super) const fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why an address gets no e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// A mail server said that it is none, or takes no mail.
    Bounced,
    /// Its reader called a letter unwanted.
    Complained,
    /// Its reader asked for no more letters.
    Unsubscribed,
    /// An operator asked for it.
    #[default]
    Requested,
}

impl SuppressionReason {
    /// The name that is kept.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Unsubscribed => "unsubscribed",
            Self::Requested => "requested",
        }
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

    /// Lets addresses get no more e-mail, all of them or none; the first reason stays. Returns how many got e-mail until
    /// now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn suppress_all(
        &self,
        addresses: &[(AddressHash, SuppressionReason)],
        at: Timestamp,
    ) -> Result<u64, OpsError> {
        const SQL: &str = "INSERT INTO suppressions (address, reason, since) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING";
        self.change(|transaction| {
            let mut insert = transaction.prepare(SQL)?;
            let rows = addresses.iter().map(|(address, reason)| {
                insert.execute(params![address.0, reason.name(), at.ms()]).map(|rows| rows as u64)
            });
            rows.sum()
        })
    }

    /// Lets one address get no more e-mail; the first reason stays.
    ///
    /// # Errors
    /// When the database fails.
    pub fn suppress(
        &self,
        address: &AddressHash,
        reason: SuppressionReason,
        at: Timestamp,
    ) -> Result<(), OpsError> {
        self.suppress_all(&[(address.clone(), reason)], at).map(drop)
    }

    /// How many addresses get no e-mail, by reason.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count_suppressed(&self) -> Result<Vec<(String, u64)>, OpsError> {
        const SQL: &str = "SELECT reason, count(*) FROM suppressions GROUP BY reason";
        self.read(|connection| {
            let mut query = connection.prepare(SQL)?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
            rows.collect()
        })
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

    /// Lets addresses get e-mail again, all of them or none. Returns how many got none until now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn unsuppress_all(&self, addresses: &[AddressHash]) -> Result<u64, OpsError> {
        const SQL: &str = "DELETE FROM suppressions WHERE address = ?1";
        self.change(|transaction| {
            let mut delete = transaction.prepare(SQL)?;
            addresses.iter().map(|address| delete.execute([&address.0]).map(|rows| rows as u64)).sum()
        })
    }
}
