//! Private files: they hold what people bought, their addresses or secrets, so only their owner may read them.
//! Every file and directory that the program creates is created here, whatever the umask is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// The mode bits that let the group, or all others, do anything with a file.
const OF_OTHERS: u32 = 0o077;
/// The group may read; the rest of [`OF_OTHERS`] is unset.
const GROUP_READS: u32 = 0o040;

/// Options that create private files.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(FILE_MODE);
    options
}

/// Creates a file, or empties an existing one.
///
/// # Errors
/// What the system reports.
pub fn create(path: &Path) -> io::Result<File> {
    options().write(true).create(true).truncate(true).open(path)
}

/// Writes a whole file.
///
/// # Errors
/// What the system reports.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(content.as_ref())
}

/// Writes a whole file durably: aside, synced and renamed, so that it is there as a whole or not at all.
///
/// # Errors
/// What the system reports.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = create(&aside)?;
    file.write_all(content.as_ref())?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    // The new directory entry is durable only once the directory is synced.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Creates a directory whose parent exists.
///
/// # Errors
/// What the system reports, `AlreadyExists` among it.
pub fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(DIRECTORY_MODE).create(path)
}

/// Creates a directory and those above it.
///
/// # Errors
/// What the system reports; an existing directory is not an error.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(DIRECTORY_MODE).recursive(true).create(path)
}

/// A file or directory that other users of the machine may read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} may be read by other users of this machine (mode {mode:04o}); run: chmod {} {}",
    .path.display(), if *.is_directory { "-R go-rwx" } else { "600" }, .path.display())]
pub struct Exposed {
    /// Its path.
    pub path: PathBuf,
    /// Its permissions.
    pub mode: u32,
    is_directory: bool,
}

/// Returns what is wrong with the permissions of a file or directory; `None` if it is private, or missing.
#[must_use]
pub fn exposed(path: &Path) -> Option<Exposed> {
    exposed_by(path, &fs::metadata(path).ok()?)
}

/// A secret that belongs to the system's administrator may be readable by the group of a service that is
/// another user: that is how service managers hand secrets to services.
fn exposed_by(path: &Path, found: &fs::Metadata) -> Option<Exposed> {
    let (mode, is_directory) = (found.mode() & 0o7777, found.is_dir());
    let handed = found.uid() == 0 && !rustix::process::geteuid().is_root();
    let allowed = if handed { GROUP_READS } else { 0 };
    (mode & OF_OTHERS & !allowed != 0).then(|| Exposed { path: path.to_owned(), mode, is_directory })
}

/// Why a secret was not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretFault {
    /// The system did not let us.
    #[error(transparent)]
    Unread(#[from] io::Error),
    /// Others can read it as well, so it is no secret.
    #[error(transparent)]
    Exposed(#[from] Exposed),
}

/// Reads a file that holds a secret. The permissions are those of the file that is read, also if another one takes
/// its name meanwhile.
///
/// # Errors
/// When it cannot be read, or others may read it.
pub fn read_secret(path: &Path) -> Result<String, SecretFault> {
    let mut file = File::open(path)?;
    if let Some(exposed) = exposed_by(path, &file.metadata()?).filter(|exposed| !exposed.is_directory) {
        return Err(exposed.into());
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}
