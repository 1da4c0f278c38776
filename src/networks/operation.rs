//! What operators do to an account, and why it is not done.

use compact_str::CompactString;

use super::connector::CredentialFault;
use super::x::ConnectFault;
use crate::api::network_view::NetworkView;
use crate::net::Unanswered;
use crate::ops::{OpsError, SecretError};

/// What an operator does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Signs in, then reads and replies.
    Connect,
    /// Neither reads nor replies until it is resumed.
    Pause,
    /// Reads and replies again.
    Resume,
    /// Signs out, and neither reads nor replies.
    Disconnect,
}

/// Why an operation was not made.
#[derive(Debug, thiserror::Error)]
pub enum OperationFault {
    /// There is no such account.
    #[error("no network has this name")]
    Unknown,
    /// The network does not accept the shop.
    #[error("the network does not accept it: {0}")]
    Refused(CompactString),
    /// The network gave no answer.
    #[error("the network gave no answer: {0}")]
    Unanswered(Unanswered),
    /// The credentials are those of another account.
    #[error("it is signed in as {found}, and the configuration names {expected}")]
    OtherAccount {
        /// Whose they are.
        found: CompactString,
        /// The account of the configuration.
        expected: CompactString,
    },
    /// The address is the return of no sign-in that waits.
    #[error("this sign-in was finished already, or is older than 10 minutes")]
    NoSignIn,
    /// The return shows that the owner, or the network, refused.
    #[error(transparent)]
    NotAllowed(#[from] ConnectFault),
    /// A file of secrets cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialFault),
    /// The state cannot be stored.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// The secret cannot be removed.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The secret cannot be stored.
    #[error("{0}")]
    NotKept(CompactString),
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operated {
    /// The account as it is now.
    pub network: NetworkView,
    /// The address that the account's owner has to open, if one has to.
    pub authorize: Option<String>,
}
