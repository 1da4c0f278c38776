//! A cursor that is stored in a file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cursor::{CursorStore, StoredCursor};
use crate::journal::private;

/// Version of the stored format.
const VERSION: u32 = 1;

/// One cursor in one file, which is replaced as a whole.
#[derive(Debug)]
pub struct CursorFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Document<T> {
    version: u32,
    stored: T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl CursorFile {
    /// Uses the file at `path`, which need not exist yet; its directory must.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn directory(&self) -> &Path {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or_else(|| Path::new("."))
    }
}

impl<T: Serialize + DeserializeOwned> CursorStore<T> for CursorFile {
    fn load(&self) -> io::Result<Option<StoredCursor<T>>> {
        let text = match fs::read(&self.path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let Version { version } = serde_json::from_slice(&text)?;
        if version != VERSION {
            return Err(io::Error::other(format!("it has version {version}, which a newer release wrote")));
        }
        let document: Document<StoredCursor<T>> = serde_json::from_slice(&text)?;
        Ok(Some(document.stored))
    }

    fn store(&mut self, stored: &StoredCursor<T>) -> io::Result<()> {
        let text = serde_json::to_vec(&Document { version: VERSION, stored })?;
        let mut aside = self.path.clone().into_os_string();
        aside.push(".new");
        let aside = PathBuf::from(aside);
        let mut file = private::create(&aside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&aside, &self.path)?;
        // The new directory entry is durable only once the directory is synced.
        File::open(self.directory())?.sync_all()
    }
}
