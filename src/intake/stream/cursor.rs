//! The traits of a stream of posts and of a store for its position.

use std::fmt;
use std::io;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A position in a stream of posts. Only the kind of stream that made it can interpret it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub(super) CompactString);

impl Cursor {
    /// Takes back the text of a cursor that was stored.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stream of posts as lines, in chunks.
pub trait PostStream {
    /// Reads the next chunk: whole lines, the last of which may end with the stream. `None` is the end. An empty chunk
    /// says that nothing came for now. A
    /// line that is longer than [`LINE_BYTES_MAX`](crate::intake::line_bound::LINE_BYTES_MAX) may be
    /// truncated; the truncated line exceeds the bound as well.
    ///
    /// # Errors
    /// When the source fails. Whole lines before the failure were already returned.
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>>;

    /// The cursor behind the last chunk; before the first chunk, the stream's starting position. `None` if
    /// the stream has no cursors, or is still to skip the rest of an overlong line.
    fn cursor(&self) -> Option<Cursor>;
}

/// Why a stream cannot resume at a cursor.
#[derive(Debug, thiserror::Error)]
pub enum NotResumed {
    /// The source cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The cursor is not of this kind of stream.
    #[error("the cursor is of another kind of stream")]
    NotACursor,
    /// The cursor belongs to another source.
    #[error("the cursor is of another file, or the file was changed before it")]
    OtherSource,
}

/// A cursor, and what its reader needs besides to resume there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCursor<T> {
    /// The position in the stream.
    pub cursor: Cursor,
    /// The reader's progress at that position.
    pub progress: T,
}

/// Stores one cursor.
pub trait CursorStore<T> {
    /// The cursor that was stored last; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or the stored content is not a cursor.
    fn load(&self) -> io::Result<Option<StoredCursor<T>>>;

    /// Replaces the stored cursor; when this returns, the new one is durable. A call that fails or is
    /// interrupted leaves the previous cursor or the new one.
    ///
    /// # Errors
    /// When the cursor cannot be made durable.
    fn store(&mut self, stored: &StoredCursor<T>) -> io::Result<()>;
}
