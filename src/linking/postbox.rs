//! Where letters to owners of accounts are handed in.

use std::fmt;

use crate::domain::time::Timestamp;
use crate::words::Letter;

/// A letter to the owner of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnerMail {
    /// The address.
    pub to: String,
    /// Its name, the same at every attempt: mail programs know a copy by it.
    pub id: String,
    /// What it says.
    pub letter: Letter,
    /// When it was written.
    pub at: Timestamp,
}

/// A log that shows a letter by mistake shows neither its address nor its ticket.
impl fmt::Debug for OwnerMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerMail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Takes letters that leave soon after. Waits for nothing.
pub trait Postbox: Send + Sync {
    /// Takes a letter; `false` if as many wait as may.
    fn post(&self, mail: OwnerMail) -> bool;
}
