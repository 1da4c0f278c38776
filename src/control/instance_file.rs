//! The file `instance` of a data directory: the identity that distinguishes the directory's effects from those of
//! every other directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::journal::private;
use crate::outbox::instance::Instance;
use crate::outbox::instance_id::InstanceId;

/// Name of the file in a data directory.
const NAME: &str = "instance";

/// Version of the file's form.
const VERSION: u32 = 1;

/// Why the identity of a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The file cannot be read or created.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is not what was written.
    #[error(
        "{} is damaged; restore it from a copy of this data directory: under another identity, a payment whose \
         answer was lost would be made again",
        .0.display()
    )]
    Damaged(PathBuf),
    /// A newer release wrote the file.
    #[error("{} has version {found}, and this release reads {VERSION}; start the release that wrote it", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the file's form.
        found: u32,
    },
    /// The journals have effects of an identity that no file has.
    #[error(
        "{} is missing, and effects wait under its identity; restore it from a copy of this data directory: under \
         another identity, a payment whose answer was lost would be made again",
        .0.display()
    )]
    Missing(PathBuf),
    /// The journals are newer than the file.
    #[error(
        "{} is of epoch {found}, and effects of epoch {recorded} wait; restore the file that belongs to these journals",
        .path.display()
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// The epoch in the file.
        found: u32,
        /// The newest epoch of the effects that wait.
        recorded: u32,
    },
}

/// The identity file of a data directory.
#[derive(Debug, Clone)]
pub struct InstanceFile(PathBuf);

impl InstanceFile {
    /// The file of the data directory `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self(data.join(NAME))
    }

    /// Reads the identity; `None` if the directory has none. `recorded` is the newest epoch of the effects that wait:
    /// the file must have their identity.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or is not the one that the effects were recorded under.
    pub fn read(&self, recorded: Option<u32>) -> Result<Option<Instance>, InstanceError> {
        let path = &self.0;
        let text = match fs::read(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                return if recorded.is_none() { Ok(None) } else { Err(InstanceError::Missing(path.clone())) };
            }
            read => read.map_err(self.fault("read"))?,
        };
        let instance = parse(&text).map_err(|fault| match fault {
            Fault::Newer(found) => InstanceError::Newer { path: path.clone(), found },
            Fault::Damaged => InstanceError::Damaged(path.clone()),
        })?;
        match recorded {
            Some(recorded) if recorded > instance.epoch => {
                Err(InstanceError::Behind { path: path.clone(), found: instance.epoch, recorded })
            }
            _ => Ok(Some(instance)),
        }
    }

    /// Gives the directory the identity of `bytes`, which are random, and makes that durable.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(&self, bytes: [u8; 16]) -> Result<Instance, InstanceError> {
        let instance = Instance::new(InstanceId::random(bytes));
        self.write(&instance)?;
        Ok(instance)
    }

    /// Gives the directory this identity, in place of the one that it has, and makes that durable.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, instance: &Instance) -> Result<(), InstanceError> {
        private::replace(&self.0, text_of(instance)).map_err(self.fault("write"))
    }

    /// The failure to make an identity for the directory.
    pub fn not_created(&self, error: impl std::error::Error + Send + Sync + 'static) -> InstanceError {
        self.fault("make")(io::Error::other(error))
    }

    fn fault(&self, action: &'static str) -> impl Fn(io::Error) -> InstanceError + use<> {
        let path = self.0.clone();
        move |source| InstanceError::Io { action, path: path.clone(), source }
    }
}

/// The text of the file: its version, the identity, and a checksum of both.
fn text_of(instance: &Instance) -> String {
    let Instance { id, epoch } = instance;
    let content = format!("flashtag instance {VERSION}\nid {id}\nepoch {epoch}\n");
    let sum = crc32c::crc32c(content.as_bytes());
    format!("{content}crc32c {sum:08x}\n")
}

enum Fault {
    Newer(u32),
    Damaged,
}

/// Reads the identity from the text of the file. Each identity has one text.
fn parse(bytes: &[u8]) -> Result<Instance, Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::Damaged)?;
    let mut lines = text.lines();
    let mut value = |name: &str| lines.next().and_then(|line| line.strip_prefix(name)).ok_or(Fault::Damaged);
    let version: u32 = value("flashtag instance ")?.parse().map_err(|_| Fault::Damaged)?;
    if version > VERSION {
        return Err(Fault::Newer(version));
    }
    let id = value("id ")?.parse().map_err(|_| Fault::Damaged)?;
    let epoch = value("epoch ")?.parse().map_err(|_| Fault::Damaged)?;
    let instance = Instance { id, epoch };
    if text_of(&instance) == text { Ok(instance) } else { Err(Fault::Damaged) }
}
