//! The shop's sealed secrets: one file each, in a directory that only its owner can read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::seal::{NotOpened, SealKey};
use super::secret::Secret;
use super::secrets_key::{KeyPlace, SECRETS, SecretsKeyError};
use crate::journal::Disk;
use crate::journal::file::disk::write_all;

const ENDING: &str = ".sealed";
const NAME_BYTES_MAX: usize = 128;

/// The name of a secret, which is its file's name too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName(String);

impl SecretName {
    /// Reads a name: small letters, digits, `-`, `_` and `.`, beginning with a letter or a digit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let sound = text.len() <= NAME_BYTES_MAX
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(|byte| plain(byte) || b"-_.".contains(&byte));
        sound.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a secret cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] SecretsKeyError),
    /// The file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file does not open with the key.
    #[error("the sealed secret {}: {fault}; {}", .path.display(), advice(*.fault))]
    NotOpened {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: NotOpened,
    },
}

const fn advice(fault: NotOpened) -> &'static str {
    match fault {
        NotOpened::OtherKey => {
            "restore the key that sealed it; it stays as it is, and nothing is sealed with the other key beside it"
        }
        NotOpened::Changed => "restore the file from a copy, or delete it and connect the network again",
        NotOpened::Newer(_) => "start the release that sealed it",
    }
}

impl SecretError {
    /// The exit code of a process that cannot start for this reason, after sysexits.h.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. } | Self::Key(SecretsKeyError::Io { .. }) => 74,
            Self::Key(_) | Self::NotOpened { .. } => 78,
        }
    }
}

/// The secrets of a data directory. Its clones are the same store.
#[derive(Clone)]
pub struct SecretStore {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    key: SealKey,
    /// Held by who writes: two writers of one secret would share the file aside.
    writing: Arc<Mutex<()>>,
}

impl SecretStore {
    /// Opens the store of the data directory `data`. Makes its directory, and the key's own file if there is neither a
    /// key nor a secret.
    ///
    /// # Errors
    /// When the key cannot be used, or another key or a newer release sealed one of the secrets.
    pub fn open(disk: Arc<dyn Disk>, data: &Path, key: &KeyPlace) -> Result<Self, SecretError> {
        let directory = data.join(SECRETS);
        disk.create_dir(&directory).map_err(fault("create", &directory))?;
        let names = disk.list(&directory).map_err(fault("read", &directory))?;
        let sealed: Vec<_> = names.iter().filter(|name| name.ends_with(ENDING)).collect();
        let key = key.load(&directory, !sealed.is_empty())?;
        let store = Self { disk, directory, key, writing: Arc::default() };
        for name in sealed {
            let path = store.directory.join(name);
            store.is_ours(&path)?;
        }
        Ok(store)
    }

    /// Stores a secret, in place of the one that had the name. When this returns, it is durable; a call that fails or is
    /// interrupted leaves the earlier secret or the new one.
    ///
    /// # Errors
    /// When the file cannot be written, or another key or a newer release sealed the one that is there.
    pub fn store(&self, name: &SecretName, secret: &Secret) -> Result<(), SecretError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(name);
        self.is_ours(&path)?;
        let sealed = self.key.seal(name.as_str(), secret);
        let aside = self.directory.join(format!("{}{ENDING}.new", name.as_str()));
        self.write(&aside, &sealed).map_err(fault("write", &aside))?;
        self.disk.rename(&aside, &path).map_err(fault("rename", &aside))?;
        self.disk.fsync_dir(&self.directory).map_err(fault("sync", &self.directory))
    }

    /// Reads a secret; `None` if there is none of that name.
    ///
    /// # Errors
    /// When the file cannot be read, or does not open.
    pub fn load(&self, name: &SecretName) -> Result<Option<Secret>, SecretError> {
        let path = self.path(name);
        let Some(sealed) = self.read(&path)? else { return Ok(None) };
        let opened = self.key.open(name.as_str(), &sealed);
        opened.map(Some).map_err(|fault| SecretError::NotOpened { path, fault })
    }

    /// Removes a secret, and returns whether there was one.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(&self, name: &SecretName) -> Result<bool, SecretError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(name);
        match self.disk.remove(&path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(false),
            removed => removed.map_err(fault("remove", &path))?,
        }
        self.disk.fsync_dir(&self.directory).map_err(fault("sync", &self.directory))?;
        Ok(true)
    }

    /// Seals a secret that is stored elsewhere, under a name.
    #[must_use]
    pub fn seal(&self, name: &str, secret: &Secret) -> Vec<u8> {
        self.key.seal(name, secret)
    }

    /// Opens what [`Self::seal`] sealed under a name.
    ///
    /// # Errors
    /// When the shop's key did not seal it under that name.
    pub fn unseal(&self, name: &str, sealed: &[u8]) -> Result<Secret, NotOpened> {
        self.key.open(name, sealed)
    }

    fn path(&self, name: &SecretName) -> PathBuf {
        self.directory.join(format!("{}{ENDING}", name.as_str()))
    }

    /// Checks that no other key and no newer release sealed a file. One that is cut or missing may be replaced.
    fn is_ours(&self, path: &Path) -> Result<(), SecretError> {
        let Some(sealed) = self.read(path)? else { return Ok(()) };
        match self.key.header_of(&sealed) {
            Ok(_) | Err(NotOpened::Changed) => Ok(()),
            Err(fault) => Err(SecretError::NotOpened { path: path.to_owned(), fault }),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SecretError> {
        let mut sealed = Vec::new();
        match self.disk.read(path, &mut sealed) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(|()| Some(sealed)).map_err(fault("read", path)),
        }
    }

    /// Writes a whole file and syncs it. What an interrupted call left under its name is removed first.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.disk.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.disk.create(path)?;
        write_all(&*file, bytes, 0)?;
        file.sync_all()
    }
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretStore({})", self.directory.display())
    }
}

fn fault(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SecretError + use<> {
    let path = path.to_owned();
    move |source| SecretError::Io { action, path, source }
}
