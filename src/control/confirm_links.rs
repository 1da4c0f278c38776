//! Confirm links: the key that signs them, and the address that they lead to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::time::Timestamp;
use crate::words::signed_link::{LinkFault, LinkKey, NotAKey, Opened, open, sign};

/// Why the key that signs links cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkKeyError {
    /// Its file cannot be read or made.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Its file holds no key.
    #[error(
        "{}: {fault}; restore the file, or remove it for a new key: links that were sent then open nothing",
        .path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        fault: NotAKey,
    },
}

/// Makes the links by which buyers confirm, and opens them again.
#[derive(Debug, Clone)]
pub struct ConfirmLinks {
    key: LinkKey,
    /// Where buyers reach the server; without it no link can be written, but those that are out still open.
    public_url: Option<String>,
}

impl ConfirmLinks {
    /// Links signed with the key in that file, which is made if it is not there.
    ///
    /// # Errors
    /// When the file cannot be read or made, or holds no key.
    pub fn load(key_file: &Path, public_url: Option<&str>) -> Result<Self, LinkKeyError> {
        let directory = directory_of(key_file);
        fs::create_dir_all(directory).map_err(fault("create", directory))?;
        let text = match fs::read_to_string(key_file) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                make_key(key_file).map_err(fault("make", key_file))?;
                fs::read_to_string(key_file).map_err(fault("read", key_file))?
            }
            // What is there is no text, so it is no key either.
            Err(other) if other.kind() == io::ErrorKind::InvalidData => String::new(),
            read => read.map_err(fault("read", key_file))?,
        };
        let key = text.trim_end().parse();
        let key = key.map_err(|fault| LinkKeyError::NotAKey { path: key_file.to_owned(), fault })?;
        Ok(Self { key, public_url: public_url.map(str::to_owned) })
    }

    /// The address at which that account confirms its reservation, before `until`.
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

    /// Opens the token of a link.
    ///
    /// # Errors
    /// When it is none of ours, or its time is over.
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

/// Makes a key file that is there whole or not at all, and never takes the place of another: links are
/// out that were signed with that one.
fn make_key(path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = writeln!(file, "{}", LinkKey::new(bytes).expose()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft)?;
    linked?;
    File::open(directory_of(path))?.sync_all()
}
