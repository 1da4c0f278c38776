//! What a service has beside its journals: the database of what is at hand, the shop's sealed secrets, and the people.

use std::path::Path;
use std::sync::Arc;

use super::error::Error;
use crate::journal::FileDisk;
use crate::ops::{KeyPlace, OpsDatabase, SecretStore};
use crate::people::People;

/// The open database, secrets and people of a data directory.
#[derive(Debug, Clone)]
pub struct Ops {
    /// Cursors of streams, heard posts, budgets and the like.
    pub database: OpsDatabase,
    /// The shop's secrets.
    pub secrets: SecretStore,
    /// Who the buyers are.
    pub people: People,
}

impl Ops {
    /// Opens them; the data directory must be locked.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub(super) fn open(data: &Path, key: &KeyPlace) -> Result<Self, Error> {
        let secrets = SecretStore::open(Arc::new(FileDisk), data, key)?;
        let database = OpsDatabase::open(&data.join("ops.sqlite"))?;
        let people = People::open(data, key)?;
        Ok(Self { database, secrets, people })
    }
}
