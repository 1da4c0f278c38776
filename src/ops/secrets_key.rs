//! Where the key that seals secrets comes from: a file that the configuration names, a credential of the service
//! manager, or a file in the data directory that is made once.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::migrations::directory_of;
use super::seal::{NotASealKey, SealKey};
use crate::journal::private::{self, Exposed, SecretFault};

/// The name of the credential in the service manager's directory.
const CREDENTIAL: &str = "flashtag-secrets-key";
/// The name of the key's file in the data directory.
pub const OWN_FILE: &str = "secrets.key";
/// The directory of the secrets in the data directory.
pub const SECRETS: &str = "secrets";
/// The file in the data directory that holds the keys of people, which this key seals too.
pub const PEOPLE_KEYS: &str = "people-keys.sqlite";

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsKeyError {
    /// The key's file cannot be read or made.
    #[error("cannot {action} the key of the secrets, {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// Others may read the key.
    #[error("the key of the secrets: {0}")]
    Exposed(Exposed),
    /// The file holds no key.
    #[error("{}: {fault}; restore the file from a copy", .path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        fault: NotASealKey,
    },
    /// The key's own file is gone, and secrets are there that it sealed.
    #[error(
        "{} is missing, and secrets or the keys of people are sealed with it; restore it from a copy, or delete the \
         sealed files in {} and connect each network again, and give up the addresses of the people",
        .path.display(), .secrets.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The directory of the sealed secrets.
        secrets: PathBuf,
    },
}

/// Where the key is, by what the service was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file that somebody else made: it is never written.
    Given(PathBuf),
    /// In the data directory, where it is made if neither it nor a secret is there.
    Own(PathBuf),
}

impl KeyPlace {
    /// The place by the configuration, and by what the service manager gave this process.
    #[must_use]
    pub fn of_process(configured: Option<&Path>, data: &Path) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self::find(configured, credentials.as_deref(), data)
    }

    /// The place by the configuration, and by the directory of credentials that the service manager names
    /// (`CREDENTIALS_DIRECTORY`), if it has the key.
    #[must_use]
    pub fn find(configured: Option<&Path>, credentials: Option<&Path>, data: &Path) -> Self {
        let credential = credentials.map(|directory| directory.join(CREDENTIAL)).filter(|path| path.exists());
        match configured.map(Path::to_owned).or(credential) {
            Some(path) => Self::Given(path),
            None => Self::Own(data.join(OWN_FILE)),
        }
    }

    /// Whether there is a file at the place.
    #[must_use]
    pub fn exists(&self) -> bool {
        let (Self::Given(path) | Self::Own(path)) = self;
        path.exists()
    }

    /// Reads the key; `secrets` is the directory of what it seals. The key's own file is made if it is missing and
    /// `any_sealed` is false.
    pub(super) fn load(&self, secrets: &Path, any_sealed: bool) -> Result<SealKey, SecretsKeyError> {
        let path = match self {
            Self::Given(path) => path,
            Self::Own(path) if path.exists() => path,
            Self::Own(path) if any_sealed || directory_of(path).join(PEOPLE_KEYS).exists() => {
                return Err(SecretsKeyError::Missing { path: path.clone(), secrets: secrets.to_owned() });
            }
            Self::Own(path) => {
                let fault = |source| SecretsKeyError::Io { action: "make", path: path.clone(), source };
                make(path).map_err(fault)?;
                path
            }
        };
        read(path)
    }

    /// Reads the key for the people of the data directory `data`. The key's own file is made if it is missing and nothing
    /// is sealed yet.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub fn read_or_make(&self, data: &Path) -> Result<SealKey, SecretsKeyError> {
        let secrets = data.join(SECRETS);
        let any_sealed = fs::read_dir(&secrets).is_ok_and(|mut files| files.next().is_some());
        self.load(&secrets, any_sealed)
    }

    /// What is wrong with the key, without making one.
    #[must_use]
    pub fn fault(&self) -> Option<SecretsKeyError> {
        match self {
            Self::Own(path) if !path.exists() => None,
            Self::Given(path) | Self::Own(path) => read(path).err(),
        }
    }
}

fn read(path: &Path) -> Result<SealKey, SecretsKeyError> {
    let text = match private::read_secret(path) {
        Ok(text) => text,
        Err(SecretFault::Exposed(exposed)) => return Err(SecretsKeyError::Exposed(exposed)),
        // A file that is not text holds no key either.
        Err(SecretFault::Unread(other)) if other.kind() == io::ErrorKind::InvalidData => String::new(),
        Err(SecretFault::Unread(source)) => {
            return Err(SecretsKeyError::Io { action: "read", path: path.to_owned(), source });
        }
    };
    let key = text.trim_end().parse();
    key.map_err(|fault| SecretsKeyError::NotAKey { path: path.to_owned(), fault })
}

/// Makes a key file as a whole or not at all, and never replaces one: secrets may be sealed with its key.
fn make(path: &Path) -> io::Result<()> {
    let directory = directory_of(path);
    private::create_dir_all(directory)?;
    let draft = path.with_extension(format!("key.{}.draft", std::process::id()));
    let mut file = private::create(&draft)?;
    let text = SealKey::random_text();
    let written =
        file.write_all(text.expose()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft)?;
    linked?;
    File::open(directory)?.sync_all()
}
