//! The keys of the people, `people-keys.sqlite`: one row for each account that ever had one.
//!
//! A key is destroyed in its place: its bytes are overwritten with zeros, and the row stays and says so. So no page of
//! the file is ever rearranged around a key that is gone, and nothing but this file has to be asked whether an account
//! was erased. What the database's log still holds is removed before an erasure is reported.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::PeopleError;
use crate::domain::id::Account;
use crate::ops::{Migration, OpsDatabase, PEOPLE_KEYS, SealKey, Secret};

const MIGRATIONS: &[Migration] = &[Migration {
    sql: "
    -- The key of the person behind an account, sealed with the key of the shop's secrets; zeros once it is destroyed.
    CREATE TABLE keys (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL UNIQUE,
        sealed BLOB NOT NULL
    ) STRICT;

    -- Something that the key of the shop's secrets sealed: another key is found at the start.
    CREATE TABLE checks (
        name TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
}];

const CHECK: &str = "people-keys";

/// The key of a person.
pub(super) enum PersonKey {
    /// There is one.
    Known(Box<SealKey>),
    /// It was destroyed.
    Destroyed,
    /// The account never had one.
    None,
}

/// The open file.
pub(super) struct Keys {
    database: OpsDatabase,
    path: PathBuf,
    master: SealKey,
}

impl Keys {
    /// Opens the file, or makes it.
    pub(super) fn open(data: &Path, master: SealKey) -> Result<Self, PeopleError> {
        let path = data.join(PEOPLE_KEYS);
        let keys = Self { database: OpsDatabase::open_erasable(&path, MIGRATIONS)?, path, master };
        keys.check()?;
        Ok(keys)
    }

    /// Checks that the key of the shop's secrets is the one that sealed the keys.
    fn check(&self) -> Result<(), PeopleError> {
        const FIND: &str = "SELECT sealed FROM checks WHERE name = ?1";
        const MAKE: &str = "INSERT INTO checks (name, sealed) VALUES (?1, ?2)";
        let found = self.database.read(|connection| {
            connection.query_row(FIND, [CHECK], |row| row.get::<_, Vec<u8>>(0)).optional()
        })?;
        let Some(sealed) = found else {
            let sealed = self.master.seal(CHECK, &Secret::from(CHECK));
            let made =
                |transaction: &Transaction<'_>| transaction.execute(MAKE, params![CHECK, sealed]).map(drop);
            return Ok(self.database.change(made)?);
        };
        let opened = self.master.open(CHECK, &sealed);
        opened.map(drop).map_err(|fault| PeopleError::OtherKey { path: self.path.clone(), fault })
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The key of a person.
    pub(super) fn find(&self, account: &Account) -> Result<PersonKey, PeopleError> {
        const SQL: &str = "SELECT sealed FROM keys WHERE account = ?1";
        let name = account.to_string();
        let sealed = self.database.read(|connection| {
            connection.query_row(SQL, [&name], |row| row.get::<_, Vec<u8>>(0)).optional()
        })?;
        match sealed {
            None => Ok(PersonKey::None),
            Some(zeros) if is_destroyed(&zeros) => Ok(PersonKey::Destroyed),
            Some(sealed) => self.unseal(account, &name, &sealed).map(|key| PersonKey::Known(Box::new(key))),
        }
    }

    fn unseal(&self, account: &Account, name: &str, sealed: &[u8]) -> Result<SealKey, PeopleError> {
        let unreadable = |detail: String| PeopleError::Unreadable { account: account.clone(), detail };
        let text = self.master.open(name, sealed).map_err(|fault| unreadable(fault.to_string()))?;
        let key = str::from_utf8(text.expose()).ok().and_then(|text| text.parse().ok());
        key.ok_or_else(|| unreadable("its key is none".to_owned()))
    }

    /// Makes the keys that these people lack, durably, and returns the keys of all of them in order.
    pub(super) fn find_or_make(&self, accounts: &[&Account]) -> Result<Vec<SealKey>, PeopleError> {
        const SQL: &str = "INSERT INTO keys (account, sealed) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET sealed = excluded.sealed";
        let (mut keys, mut made) = (Vec::with_capacity(accounts.len()), Vec::new());
        for &account in accounts {
            if let PersonKey::Known(key) = self.find(account)? {
                keys.push(*key);
                continue;
            }
            let (name, text) = (account.to_string(), SealKey::random_text());
            let sealed = self.master.seal(&name, &text);
            keys.push(self.unseal(account, &name, &sealed)?);
            made.push((name, sealed));
        }
        if !made.is_empty() {
            self.database.change(|transaction| {
                let mut insert = transaction.prepare(SQL)?;
                made.iter().try_for_each(|(name, sealed)| insert.execute(params![name, sealed]).map(drop))
            })?;
        }
        Ok(keys)
    }

    /// Destroys the keys of these people, also of those that never had one. When this returns, neither the file nor its
    /// log holds them, and a power loss does not bring them back.
    pub(super) fn destroy(&self, accounts: &[&Account]) -> Result<(), PeopleError> {
        destroy(&self.database, accounts)
    }

    /// Copies the file as it is now.
    pub(super) fn copy_to(&self, copy: &Path) -> Result<(), PeopleError> {
        Ok(self.database.copy_to(copy)?)
    }
}

/// Destroys keys in the file of a data directory that no process has open; the key of the shop's secrets is not needed.
pub(super) fn destroy_closed(data: &Path, accounts: &[&Account]) -> Result<(), PeopleError> {
    destroy(&OpsDatabase::open_erasable(&data.join(PEOPLE_KEYS), MIGRATIONS)?, accounts)
}

fn destroy(database: &OpsDatabase, accounts: &[&Account]) -> Result<(), PeopleError> {
    // As long as a key, so that zeros written over it take its place.
    const SQL: &str = "INSERT INTO keys (account, sealed) VALUES (?1, zeroblob(?2))
        ON CONFLICT DO UPDATE SET sealed = zeroblob(length(sealed))";
    // Whatever key seals it, a key is as long.
    let length = SealKey::new(&[0; 32]).seal("", &SealKey::random_text()).len();
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    database.change(|transaction| {
        let mut zero = transaction.prepare(SQL)?;
        accounts.iter().try_for_each(|account| zero.execute(params![account.to_string(), length]).map(drop))
    })?;
    Ok(database.empty_log()?)
}

fn is_destroyed(sealed: &[u8]) -> bool {
    sealed.iter().all(|byte| *byte == 0)
}
