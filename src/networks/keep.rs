//! What an account's sign-in leaves behind for the next start.

use compact_str::{CompactString, ToCompactString};

use crate::domain::time::Timestamp;
use crate::ops::{OpsDatabase, Secret, SecretName, SecretStore};

/// What a renewal returned is not durable, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub CompactString);

/// Keeps what a sign-in must find again.
pub trait Keep: Send + Sync {
    /// What was kept last; `None` at first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn kept(&self) -> Result<Option<Secret>, NotKept>;

    /// Replaces what is kept. When this returns, the new one is durable; a call that fails leaves one of the two.
    ///
    /// # Errors
    /// When it cannot be made durable.
    fn keep(&self, renewed: &Secret, at: Timestamp) -> Result<(), NotKept>;

    /// Notes that the network refuses the account, for operators.
    fn signed_out(&self, reason: &str, at: Timestamp);
}

/// Keeps it sealed, and notes for operators how the account stands in the database.
///
/// It names the account: once the configuration names another one under the same name, what was kept is of no use, because
/// posts would leave in the name of the earlier account.
#[derive(Debug, Clone)]
pub struct SealedKeep {
    /// The shop's secrets.
    pub secrets: SecretStore,
    /// The name of this one.
    pub name: SecretName,
    /// The database beside the journals.
    pub database: OpsDatabase,
    /// The name of the network in the configuration.
    pub network: CompactString,
    /// The account.
    pub account: CompactString,
}

impl Keep for SealedKeep {
    fn kept(&self) -> Result<Option<Secret>, NotKept> {
        let stored = self.secrets.load(&self.name).map_err(|error| NotKept(error.to_compact_string()))?;
        let Some(stored) = stored else { return Ok(None) };
        let (account, kept) = split_line(stored.expose());
        if account != self.account.as_bytes() {
            tracing::warn!(network = %self.network, "what was kept of the sign-in is of another account, and is not used");
            return Ok(None);
        }
        Ok(Some(Secret::new(kept.to_vec())))
    }

    fn keep(&self, renewed: &Secret, at: Timestamp) -> Result<(), NotKept> {
        let stored = Secret::new([self.account.as_bytes(), b"\n", renewed.expose()].concat());
        self.secrets.store(&self.name, &stored).map_err(|error| NotKept(error.to_compact_string()))?;
        self.note(self.database.store_renewal(&self.network, at));
        Ok(())
    }

    fn signed_out(&self, reason: &str, at: Timestamp) {
        self.note(self.database.store_signed_out(&self.network, reason, at));
    }
}

impl SealedKeep {
    /// The same for the app-only token of the account.
    pub(super) fn of_app(&self) -> Self {
        let name = format!("{}-app", self.name.as_str());
        Self { name: SecretName::parse(&name).unwrap_or_else(|| self.name.clone()), ..self.clone() }
    }

    /// A note that is lost costs an operator's view, and no token.
    fn note(&self, noted: Result<(), crate::ops::OpsError>) {
        if let Err(error) = noted {
            tracing::warn!(network = %self.network, "how the account stands is not noted: {error}");
        }
    }
}

/// What stands before the first line feed, and behind it.
fn split_line(stored: &[u8]) -> (&[u8], &[u8]) {
    stored.iter().position(|byte| *byte == b'\n').map_or((stored, &[]), |end| {
        let (line, rest) = stored.split_at(end);
        (line, rest.get(1..).unwrap_or_default())
    })
}
