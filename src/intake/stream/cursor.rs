//! The contracts of a stream of posts and of what remembers how far it was read.

use std::io;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A position in a stream of posts. Only the kind of stream that made it reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub(super) CompactString);

/// Posts as lines, in chunks.
pub trait PostStream {
    /// Reads the next chunk: whole lines, the last of which may end with the stream. `None` is the end. Of a line that is
    /// longer than [`LINE_BYTES_MAX`](crate::intake::line_bound::LINE_BYTES_MAX) the chunk may hold a part only, which is
    /// longer as well.
    ///
    /// # Errors
    /// When the source fails. Whole lines that came before were handed out.
    fn next_chunk(&mut self) -> io::Result<Option<&[u8]>>;

    /// The cursor behind the last chunk; before the first, where the stream began. `None` where the stream has no cursors,
    /// or has still to skip the rest of an overlong line.
    fn cursor(&self) -> Option<Cursor>;
}

/// Why a stream does not go on behind a cursor.
#[derive(Debug, thiserror::Error)]
pub enum NotResumed {
    /// The source cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The cursor is none of this kind of stream.
    #[error("the cursor is of another kind of stream")]
    NotACursor,
    /// The source is another one.
    #[error("the cursor is of another file, or the file was changed before it")]
    OtherSource,
}

/// A cursor, with what its reader must know besides to go on behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCursor<T> {
    /// The position in the stream.
    pub cursor: Cursor,
    /// What the reader had done by then.
    pub progress: T,
}

/// Remembers one cursor.
pub trait CursorStore<T> {
    /// The cursor that was stored last.
    ///
    /// # Errors
    /// When it cannot be read, or what is there is no cursor.
    fn load(&self) -> io::Result<Option<StoredCursor<T>>>;

    /// Stores a cursor in the place of the last one; when this returns, it is durable. A store that fails or is interrupted
    /// leaves the last one, or this one.
    ///
    /// # Errors
    /// When it cannot be made durable.
    fn store(&mut self, stored: &StoredCursor<T>) -> io::Result<()>;
}
