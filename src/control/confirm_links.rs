//! Confirm links: the key that signs them, and the address that they point to.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::time::Timestamp;
use crate::journal::private::{self, Exposed, SecretFault};
use crate::words::signed_link::{LinkFault, LinkKey, NotAKey, Opened, open, sign};
use crate::words::stop_link::{open_stop, sign_stop};
use crate::words::{Challenge, LetterKind, open_challenge, sign_challenge};

/// Why the key that signs links cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkKeyError {
    /// The key's file cannot be read or created.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// Others may read the key, and sign links.
    #[error("the key of the confirm links: {0}")]
    Exposed(Exposed),
    /// The file does not contain a key.
    #[error(
        "{}: {fault}; restore the file, or remove it for a new key: links that were sent then open nothing",
        .path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file's text.
        fault: NotAKey,
    },
}

/// Signs the links by which buyers confirm, and opens them.
#[derive(Debug, Clone)]
pub struct ConfirmLinks {
    key: LinkKey,
    /// The server's public address. If it is none, no new link can be made, but links that were sent still
    /// open.
    public_url: Option<String>,
}

impl ConfirmLinks {
    /// Loads the key from `key_file`, and creates the file if it does not exist.
    ///
    /// # Errors
    /// When the file cannot be read or created, or contains no key.
    pub fn load(key_file: &Path, public_url: Option<&str>) -> Result<Self, LinkKeyError> {
        let directory = directory_of(key_file);
        private::create_dir_all(directory).map_err(fault("create", directory))?;
        let text = match private::read_secret(key_file) {
            Err(SecretFault::Unread(missing)) if missing.kind() == io::ErrorKind::NotFound => {
                make_key(key_file).map_err(fault("make", key_file))?;
                fs::read_to_string(key_file).map_err(fault("read", key_file))?
            }
            // A file that is not text contains no key either.
            Err(SecretFault::Unread(other)) if other.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(SecretFault::Unread(source)) => return Err(fault("read", key_file)(source)),
            Err(SecretFault::Exposed(exposed)) => return Err(LinkKeyError::Exposed(exposed)),
            Ok(text) => text,
        };
        let key = text.trim_end().parse();
        let key = key.map_err(|fault| LinkKeyError::NotAKey { path: key_file.to_owned(), fault })?;
        Ok(Self { key, public_url: public_url.map(str::to_owned) })
    }

    /// The address at which an account confirms its reservation before `until`; none without a public
    /// address.
    #[must_use]
    pub fn url(
        &self,
        id: ReservationId,
        account: &Account,
        until: Timestamp,
        offer: &OfferId,
    ) -> Option<String> {
        let base = self.public_url.as_ref()?;
        Some(format!("{base}/confirm/{}", sign(&self.key, offer, id.ordinal, account, until)))
    }

    /// The address at which a buyer authenticates a payment; none without a public address.
    #[must_use]
    pub fn challenge_url(&self, challenge: &Challenge) -> Option<String> {
        let base = self.public_url.as_ref()?;
        Some(format!("{base}/authenticate/{}", sign_challenge(&self.key, challenge)))
    }

    /// Opens the token of such an address.
    ///
    /// # Errors
    /// When our key did not sign it.
    pub fn open_challenge(&self, token: &str) -> Result<Challenge, LinkFault> {
        open_challenge(&self.key, token)
    }

    /// The address at which an account stops a kind of letters by one request (RFC 8058); none without a public address by
    /// TLS.
    #[must_use]
    pub fn stop_url(&self, kind: LetterKind, account: &Account) -> Option<String> {
        let base = self.public_url.as_ref().filter(|url| url.starts_with("https://"))?;
        Some(format!("{base}/link/stop/{}", sign_stop(&self.key, kind, account)))
    }

    /// What the token of such an address stops; `None` if our key did not sign it.
    #[must_use]
    pub fn open_stop(&self, token: &str) -> Option<(LetterKind, Account)> {
        open_stop(&self.key, token)
    }

    /// Opens the token of a link.
    ///
    /// # Errors
    /// When our key did not sign it, or it has expired.
    pub fn open(&self, token: &str, now: Timestamp) -> Result<Opened, LinkFault> {
        open(&self.key, token, now)
    }
}

fn fault(action: &'static str, path: &Path) -> impl Fn(io::Error) -> LinkKeyError + use<> {
    let path = path.to_owned();
    move |source| LinkKeyError::Io { action, path: path.clone(), source }
}

fn directory_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new("."))
}

/// Creates a key file atomically, and never replaces an existing one: links that were signed with that key
/// may already have been sent.
fn make_key(path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = private::options().write(true).create_new(true).open(&draft)?;
    let written = writeln!(file, "{}", LinkKey::new(bytes).expose()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft)?;
    linked?;
    File::open(directory_of(path))?.sync_all()
}
