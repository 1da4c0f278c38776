//! Why people cannot be stored or read.

use std::path::PathBuf;

use crate::domain::id::Account;
use crate::ops::{NotOpened, OpsError, SecretsKeyError};

/// Why a person cannot be stored, read or erased. No text names the account: texts are logged.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// One of the files cannot be used.
    #[error("{}", of_file(.0))]
    File(OpsError),
    /// The key of the shop's secrets cannot be used.
    #[error(transparent)]
    Key(#[from] SecretsKeyError),
    /// The keys of the people were not sealed with the key of the shop's secrets.
    #[error(
        "the keys in {} do not open with the key of the secrets: {fault}; restore the key that sealed them",
        .path.display()
    )]
    OtherKey {
        /// The file of the keys.
        path: PathBuf,
        /// What is wrong.
        fault: NotOpened,
    },
    /// The person has no key, though nobody erased it.
    #[error(
        "the key of a person is missing in {}; restore that file from its newest copy",
        .path.display()
    )]
    NoKey {
        /// The account.
        account: Account,
        /// The file of the keys.
        path: PathBuf,
    },
    /// A sealed person or key was changed, or a newer release stored it.
    #[error("what is stored of a person cannot be read: {detail}")]
    Unreadable {
        /// The account.
        account: Account,
        /// What is wrong.
        detail: String,
    },
}

/// What a database reports of its file, with advice that is true for these files: no journal can replace them.
fn of_file(error: &OpsError) -> String {
    match error {
        OpsError::Damaged { path, detail } => format!(
            "{} is damaged ({detail}); restore it from its newest copy, without {}-wal. Without it, letters and orders \
             lack the addresses of the people in it",
            path.display(),
            path.display()
        ),
        OpsError::Newer { path, found, known } => format!(
            "{} has version {found}, and this release knows {known}; start the release that wrote it",
            path.display()
        ),
        other => other.to_string(),
    }
}

impl From<OpsError> for PeopleError {
    fn from(error: OpsError) -> Self {
        Self::File(error)
    }
}

impl PeopleError {
    /// The exit code of a process that cannot start for this reason, after sysexits.h.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::File(error) => error.exit_code(),
            Self::Key(SecretsKeyError::Io { .. }) => 74,
            Self::Key(_) | Self::OtherKey { .. } | Self::NoKey { .. } | Self::Unreadable { .. } => 78,
        }
    }
}
