//! An append-only file of JSON lines that tolerates a torn last line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::Serialize;

use crate::journal::private;

/// An open file of JSON lines.
#[derive(Debug)]
pub struct LineFile {
    file: File,
    /// End of the last whole line, in bytes.
    length: u64,
    /// Whether `append` syncs each line before it returns.
    durable: bool,
    /// Whether a torn line could not be removed. A line appended behind it would be lost.
    broken: bool,
}

impl LineFile {
    /// Opens or creates the file and passes every whole line to `each`. Bytes behind the last line feed were
    /// being written when the process or the machine stopped; they were never acknowledged, and are cut off.
    ///
    /// # Errors
    /// When the file cannot be read or changed, or `each` rejects a line.
    pub fn open<E>(path: &Path, durable: bool, mut each: E) -> io::Result<Self>
    where
        E: FnMut(usize, &str) -> io::Result<()>,
    {
        let file = private::options().read(true).append(true).create(true).open(path)?;
        let mut reader = BufReader::new(&file);
        let (mut length, mut number, mut line) = (0, 0, Vec::new());
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            let Some(whole) = line.strip_suffix(b"\n") else { break };
            number += 1;
            let text = str::from_utf8(whole).map_err(io::Error::other)?;
            each(number, text)?;
            length += line.len() as u64;
        }
        if !line.is_empty() {
            file.set_len(length)?;
        }
        if length == 0 {
            // A new file survives a power cut only if its directory entry is durable as well.
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
        }
        Ok(Self { file, length, durable, broken: false })
    }

    /// Returns another handle to the file, for syncing what was appended.
    ///
    /// # Errors
    /// When the operating system cannot duplicate the handle.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Appends a line in one write.
    ///
    /// # Errors
    /// When the line cannot be written. The file is then as it was before, or accepts no more lines.
    pub fn append<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += line.len() as u64;
        if self.durable {
            // After a failed sync, only the next start finds out what is on the disk.
            self.file.sync_data().inspect_err(|_| self.broken = true)?;
        }
        Ok(())
    }
}
