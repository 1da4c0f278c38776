//! Who proves whose account a browser's owner has.

use std::fmt;
use std::str::FromStr;

use super::ticket::Ticket;
use crate::domain::id::{Account, IdFault, Network};
use crate::domain::time::Timestamp;

/// How the name of a sandbox's provider begins.
const SANDBOX: &str = "sandbox-";

/// Which provider signs somebody in. A sign-in is bound to its provider, not to its network: a network and the sandbox beside it
/// are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderId {
    /// The network itself.
    Network(Network),
    /// The sandbox in place of the network, or beside it.
    Sandbox(Network),
}

impl ProviderId {
    /// The network of the accounts.
    #[must_use]
    pub const fn network(self) -> Network {
        match self {
            Self::Network(network) | Self::Sandbox(network) => network,
        }
    }

    /// Whether this provider may tell whose account it is: the account has its network, and no network has a sandbox account.
    #[must_use]
    pub fn speaks_for(self, account: &Account) -> bool {
        let is_of_sandbox = matches!(self, Self::Sandbox(_));
        account.network == self.network() && (is_of_sandbox || !account.is_sandbox())
    }
}

/// The name in forms, in addresses and in the database: `x`, or `sandbox-x`.
impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Sandbox(network) => write!(f, "{SANDBOX}{network}"),
        }
    }
}

impl FromStr for ProviderId {
    type Err = IdFault;

    fn from_str(name: &str) -> Result<Self, IdFault> {
        match name.strip_prefix(SANDBOX) {
            Some(network) => network.parse().map(Self::Sandbox),
            None => name.parse().map(Self::Network),
        }
    }
}

/// Signs people in at a network, for identity alone. Its calls may wait for other machines.
pub trait IdentityProvider: Send + Sync {
    /// Which provider it is. No two of a desk have the same.
    fn id(&self) -> ProviderId;

    /// What the owner types first; `None` if nothing.
    fn typed(&self) -> Option<Typed>;

    /// Whether a return says who answers.
    fn issuer_rule(&self) -> IssuerRule;

    /// Begins a sign-in.
    ///
    /// # Errors
    /// When it cannot begin.
    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault>;

    /// Learns whose account it is, and revokes what the network gave for that.
    ///
    /// # Errors
    /// When the account is not proven.
    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault>;
}

/// What the owner types before the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// What is asked for.
    pub label: &'static str,
    /// An example.
    pub example: &'static str,
}

/// Whether a return must name who answers. A name that is there is compared in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerRule {
    /// It must.
    Named,
    /// The network's returns need not.
    IfNamed,
}

/// A browser that leaves for its network.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// What its owner typed.
    pub typed: &'a str,
    /// Where it comes back to.
    pub callback: &'a str,
    /// What tells this sign-in from others.
    pub state: &'a Ticket,
    /// A secret of this sign-in and this browser, which is stored nowhere.
    pub verifier: &'a str,
    /// When.
    pub now: Timestamp,
}

/// A sign-in that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Where the browser goes. An address that begins with `/` is one of this server's pages.
    pub go_to: String,
    /// Who answers.
    pub issuer: String,
    /// What [`IdentityProvider::finish`] needs of it.
    pub kept: Vec<u8>,
}

/// A browser that came back. Whoever answered was asked.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    /// What the network exchanges.
    pub code: &'a str,
    /// Where it came back to.
    pub callback: &'a str,
    /// The secret of this sign-in and this browser.
    pub verifier: &'a str,
    /// Who answered.
    pub issuer: &'a str,
    /// What was kept.
    pub kept: &'a [u8],
    /// When.
    pub now: Timestamp,
}

/// An account whose owner signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The account.
    pub account: Account,
    /// Its name at the network, for people.
    pub shown: String,
}

/// Why somebody is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// What was typed names no account or server.
    #[error("{0}")]
    Typed(&'static str),
    /// The network refused.
    #[error("the network refused: {0}")]
    Refused(String),
    /// The network gave no usable answer.
    #[error("the network does not answer: {0}")]
    Unanswered(String),
    /// The answer names an account that its server may not speak for.
    #[error("{0}")]
    NotTheirs(String),
}

impl SignInFault {
    /// The label in the counter.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Typed(_) => "typed",
            Self::Refused(_) => "refused",
            Self::Unanswered(_) => "unanswered",
            Self::NotTheirs(_) => "not_theirs",
        }
    }
}
