//! Streams of posts, and the cursors from which an interrupted reader resumes.
//!
//! A [`PostStream`] yields chunks of whole lines and knows the cursor behind the last one. Its reader stores
//! that cursor in a [`CursorStore`], but only once the outcomes of the posts before it are durable. Posts
//! behind a stored cursor may be delivered twice; posts before it are never delivered again.

mod cursor;
mod cursor_file;
mod file;
pub mod live;
mod memory;
mod reader;

pub use cursor::{Cursor, CursorStore, NotResumed, PostStream, StoredCursor};
pub use cursor_file::CursorFile;
pub use file::FileStream;
pub use memory::{MemoryCursor, MemoryStream};
pub use reader::ReaderStream;
