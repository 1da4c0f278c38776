//! The sealed people, `people.sqlite`.

use std::path::Path;

use rusqlite::{OptionalExtension, params};

use super::error::PeopleError;
use crate::domain::id::Account;
use crate::ops::{Migration, OpsDatabase};

/// The name of the file in the data directory.
pub const FILE: &str = "people.sqlite";

const MIGRATIONS: &[Migration] = &[Migration {
    sql: "
    -- What is known of the person behind an account, sealed with the person's key.
    CREATE TABLE people (
        account TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- What was done once for the whole data directory.
    CREATE TABLE done (
        name TEXT PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
",
}];

/// The open file.
pub(super) struct SealedPeople(OpsDatabase);

impl SealedPeople {
    /// Opens the file, or makes it.
    pub(super) fn open(data: &Path) -> Result<Self, PeopleError> {
        Ok(Self(OpsDatabase::open_erasable(&data.join(FILE), MIGRATIONS)?))
    }

    /// The sealed person behind an account.
    pub(super) fn find(&self, account: &Account) -> Result<Option<Vec<u8>>, PeopleError> {
        const SQL: &str = "SELECT sealed FROM people WHERE account = ?1";
        let name = account.to_string();
        Ok(self.0.read(|connection| {
            connection.query_row(SQL, [&name], |row| row.get::<_, Vec<u8>>(0)).optional()
        })?)
    }

    /// Stores people durably, in place of what was stored of them.
    pub(super) fn store(&self, people: &[(&Account, Vec<u8>)]) -> Result<(), PeopleError> {
        const SQL: &str = "INSERT INTO people (account, sealed) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET sealed = excluded.sealed";
        Ok(self.0.change(|transaction| {
            let mut insert = transaction.prepare(SQL)?;
            people.iter().try_for_each(|(account, sealed)| {
                insert.execute(params![account.to_string(), sealed]).map(drop)
            })
        })?)
    }

    /// The accounts after `after`, in order, as many as are read at once.
    pub(super) fn accounts_after(&self, after: &str) -> Result<Vec<String>, PeopleError> {
        const SQL: &str = "SELECT account FROM people WHERE account > ?1 ORDER BY account LIMIT 1000";
        Ok(self.0.read(|connection| {
            let mut select = connection.prepare(SQL)?;
            let accounts = select.query_map([after], |row| row.get(0))?;
            accounts.collect()
        })?)
    }

    /// Copies the file as it is now.
    pub(super) fn copy_to(&self, copy: &Path) -> Result<(), PeopleError> {
        Ok(self.0.copy_to(copy)?)
    }

    /// Removes people. Their keys are gone already, so nothing depends on how durable this is.
    pub(super) fn remove(&self, accounts: &[&Account]) -> Result<(), PeopleError> {
        const SQL: &str = "DELETE FROM people WHERE account = ?1";
        self.0.change(|transaction| {
            let mut delete = transaction.prepare(SQL)?;
            accounts.iter().try_for_each(|account| delete.execute([account.to_string()]).map(drop))
        })?;
        Ok(self.0.empty_log()?)
    }

    /// Whether something was noted as done.
    pub(super) fn is_done(&self, name: &str) -> Result<bool, PeopleError> {
        const SQL: &str = "SELECT count(*) FROM done WHERE name = ?1";
        let found =
            self.0.read(|connection| connection.query_row(SQL, [name], |row| row.get::<_, i64>(0)))?;
        Ok(found > 0)
    }

    /// Notes durably that something was done.
    pub(super) fn note_done(&self, name: &str) -> Result<(), PeopleError> {
        const SQL: &str = "INSERT INTO done (name) VALUES (?1) ON CONFLICT DO NOTHING";
        Ok(self.0.change(|transaction| transaction.execute(SQL, [name]).map(drop))?)
    }
}
