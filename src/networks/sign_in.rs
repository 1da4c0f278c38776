//! How the shop signs in at a network.

use compact_str::CompactString;

use crate::domain::time::Timestamp;
use crate::net::{Answer, Request};

/// Why an account cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// The network does not accept what the shop has; an operator must connect the account again.
    #[error("signed out: {0}")]
    SignedOut(CompactString),
    /// The network gave no usable answer; a later attempt may succeed.
    #[error("not signed in yet: {0}")]
    Later(CompactString),
}

/// What to do to have an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The token is good.
    NotNeeded,
    /// Make this request, and tell the answer to [`SignIn::renewed`].
    Ask(Request),
    /// Nothing helps: see [`SignInFault::SignedOut`].
    Impossible(CompactString),
}

/// A network's protocol of signing in.
pub trait SignIn: Send {
    /// The access token, for the header `Authorization: Bearer`; `None` before the first one.
    fn access_token(&self) -> Option<&str>;

    /// What to do at `now` so that the access token is good for the next minutes.
    fn renewal(&self, now: Timestamp) -> Renewal;

    /// Reads the answer to a renewal. Returns what must be durable before the new token is used; `restore` takes it
    /// back after a restart.
    ///
    /// # Errors
    /// When the network refuses, or the answer is of no use.
    fn renewed(&mut self, answer: &Answer, now: Timestamp) -> Result<Vec<u8>, SignInFault>;

    /// Takes what an earlier `renewed` returned. What cannot be read is treated as absent.
    fn restore(&mut self, kept: &[u8]);

    /// Whether an answer to a signed request says that the access token is no longer good; the next `renewal` then asks
    /// for a new one.
    fn is_refused(&mut self, answer: &Answer) -> bool;
}
