//! A file of keyed lines that writes no key twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::line_file::LineFile;
use crate::outbox::delivery_key::{DeliveryKey, OutsideKey};

/// An open file and the keys in it. Keys of refusals are not kept: a refusal is tried once, and there may be
/// millions of them.
#[derive(Debug)]
pub struct KeyedFile {
    lines: LineFile,
    keys: HashSet<OutsideKey, foldhash::fast::FixedState>,
}

#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
}

impl KeyedFile {
    /// Opens or creates the file and reads its keys.
    ///
    /// # Errors
    /// When it cannot be opened, or holds a line without a key.
    pub fn open(path: &Path, durable: bool) -> io::Result<Self> {
        let mut keys = HashSet::default();
        let lines = LineFile::open(path, durable, |number, text| {
            let line: Keyed<'_> = serde_json::from_str(text)
                .map_err(|fault| io::Error::other(format!("line {number}: {fault}")))?;
            keys.extend(line.key.parse::<OutsideKey>());
            Ok(())
        })?;
        Ok(Self { lines, keys })
    }

    /// Returns another handle to the file, for syncing what was appended.
    ///
    /// # Errors
    /// When the operating system cannot duplicate the handle.
    pub fn handle(&self) -> io::Result<File> {
        self.lines.handle()
    }

    /// Appends a line, unless the file has one with that key.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn append<T: Serialize>(&mut self, key: &DeliveryKey, line: &T) -> io::Result<()> {
        if key.outside().is_some_and(|key| self.keys.contains(&key)) {
            return Ok(());
        }
        self.lines.append(line)?;
        self.keys.extend(key.outside());
        Ok(())
    }
}
