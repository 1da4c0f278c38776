//! Why an address is not proven.

use crate::ops::OpsError;
use crate::people::PeopleError;

/// Why an address is not taken, or no letter leaves to prove it.
#[derive(Debug, thiserror::Error)]
pub enum AddressFault {
    /// The account asked for too many letters, or the address got too many. Which one is not told: it would tell strangers
    /// that somebody else gave the address.
    #[error("three letters a day are the most")]
    TooMany,
    /// Too many letters were asked for in all.
    #[error("too many letters were asked for today")]
    Full,
    /// The address is kept, and its letter cannot leave now: as many wait as may.
    #[error("too many letters wait to leave")]
    NotSent,
    /// No address waits for its proof.
    #[error("no address was given")]
    NoAddress,
    /// The person behind the account was erased.
    #[error("nothing is kept of the person")]
    NoPerson,
    /// The database cannot be used.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// What is kept of the person cannot be read or written.
    #[error(transparent)]
    People(#[from] PeopleError),
}
