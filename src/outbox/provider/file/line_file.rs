//! A file of JSON lines that only grows, and survives being cut off in the middle of one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::Serialize;

/// An open file of lines.
#[derive(Debug)]
pub struct LineFile {
    file: File,
    /// The end of the last whole line, in bytes.
    length: u64,
    /// Whether each line is on the disk before `append` returns.
    durable: bool,
    /// Whether a torn line could not be removed: whatever is appended behind it would be lost.
    broken: bool,
}

impl LineFile {
    /// Opens or makes the file and passes every whole line to `each`. What follows the last line end was being written
    /// when the process or the machine stopped; it was never acknowledged, and is cut off.
    ///
    /// # Errors
    /// When the file cannot be read or changed, or `each` does not take a line.
    pub fn open<E>(path: &Path, durable: bool, mut each: E) -> io::Result<Self>
    where
        E: FnMut(usize, &str) -> io::Result<()>,
    {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
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
            // The name of a new file must be durable as well as its lines.
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
        }
        Ok(Self { file, length, durable, broken: false })
    }

    /// Another handle to the file, for syncing what was appended.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Adds a line, as one write.
    ///
    /// # Errors
    /// When it is not written; then the file is as it was before, or takes no more.
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
            // After a failed sync only the next start finds out what is on the disk.
            self.file.sync_data().inspect_err(|_| self.broken = true)?;
        }
        Ok(())
    }
}
