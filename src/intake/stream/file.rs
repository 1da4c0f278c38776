//! A stream of posts from a regular file.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use compact_str::CompactString;
use sha2::{Digest, Sha256};

use super::cursor::{Cursor, NotResumed, PostStream};
use crate::intake::line_chunks::LineChunks;

/// Upper bound on the first bytes of a file that identify it.
const BEGINNING_BYTES_MAX: usize = 4096;

/// The lines of a file. A cursor is `file/OFFSET/LENGTH/FINGERPRINT`. The fingerprint covers the first
/// `LENGTH` bytes of the file, all of them before the offset, so a file that has grown still matches.
#[derive(Debug)]
pub struct FileStream {
    chunks: LineChunks<File>,
    beginning: Vec<u8>,
    /// Offset at which the stream began.
    began_at: u64,
}

impl FileStream {
    /// Opens a file from its beginning, or from a cursor on.
    ///
    /// # Errors
    /// When the file cannot be read, or the cursor belongs to another file.
    pub fn open(mut file: File, after: Option<&Cursor>) -> Result<Self, NotResumed> {
        let beginning = beginning(&file)?;
        let began_at = after.map_or(Ok(0), |cursor| offset_in(&file, &beginning, cursor))?;
        file.seek(SeekFrom::Start(began_at))?;
        Ok(Self { chunks: LineChunks::new(file), beginning, began_at })
    }

    /// Reads at most `bytes` at once, so that a chunk holds no more than that and the rest of one line.
    #[must_use]
    pub fn read_at_once(self, bytes: usize) -> Self {
        Self { chunks: self.chunks.read_at_once(bytes), ..self }
    }
}

impl PostStream for FileStream {
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        self.chunks.next_chunk()
    }

    fn cursor(&self) -> Option<Cursor> {
        let offset = self.began_at + self.chunks.bytes_taken()?;
        let length = self.beginning.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
        let fingerprint = fingerprint(self.beginning.get(..length).unwrap_or_default());
        let mut cursor = CompactString::default();
        write!(cursor, "file/{offset}/{length}/{fingerprint}").expect("texts can be written");
        Some(Cursor(cursor))
    }
}

/// The first bytes of the file.
fn beginning(file: &File) -> io::Result<Vec<u8>> {
    let mut beginning = vec![0; BEGINNING_BYTES_MAX];
    let mut length = 0;
    while let Some(free) = beginning.get_mut(length..).filter(|free| !free.is_empty()) {
        match file.read_at(free, length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    beginning.truncate(length);
    Ok(beginning)
}

/// The offset of a cursor, if the cursor belongs to this file.
fn offset_in(file: &File, beginning: &[u8], cursor: &Cursor) -> Result<u64, NotResumed> {
    let parts: Vec<&str> = cursor.0.split('/').collect();
    let ["file", offset, length, expected] = parts.as_slice() else { return Err(NotResumed::NotACursor) };
    let offset: u64 = offset.parse().map_err(|_| NotResumed::NotACursor)?;
    let length: usize = length.parse().map_err(|_| NotResumed::NotACursor)?;
    let same = beginning.get(..length).is_some_and(|begins| fingerprint(begins) == *expected);
    if same && offset <= file.metadata()?.len() { Ok(offset) } else { Err(NotResumed::OtherSource) }
}

/// The first 16 bytes of the SHA-256 of `bytes`, in hexadecimal digits.
fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("texts can be written");
        text
    })
}
