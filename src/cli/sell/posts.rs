//! Opens the posts of a sale, and resumes an interrupted one behind its cursor.

use std::fs::File;
use std::path::Path;

use crate::cli::fail::Fail;
use crate::cli::standard_streams::open_input;
use crate::engine::pipe::{Interrupted, stored_cursor};
use crate::intake::stream::{Cursor, FileStream, NotResumed, PostStream, ReaderStream};

/// Upper bound on the bytes of posts read at once. A larger chunk may hold more posts than the engine queues.
const POSTS_READ_AT_ONCE: usize = 64 * 1024;

/// Returns the interrupted sale in the output directory; `None` if there is none, and a new sale begins.
pub(super) fn interrupted(posts: &Path, out: &Path) -> Result<Option<Interrupted>, Fail> {
    if !posts.is_file() {
        let message = "--resume needs posts in a file: what a pipe has brought does not come again";
        return Err(Fail::new(2, message));
    }
    Ok(stored_cursor(out)?)
}

/// Opens the posts of a file behind a cursor, or those of standard input or a pipe.
pub(super) fn open_posts(path: &Path, after: Option<&Cursor>) -> Result<Box<dyn PostStream + Send>, Fail> {
    if !path.is_file() {
        return Ok(Box::new(ReaderStream::new(open_input(path)?).read_at_once(POSTS_READ_AT_ONCE)));
    }
    let file = File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    let posts = FileStream::open(file, after).map_err(|fault| match fault {
        NotResumed::Io(source) => Fail::io("read", path, &source),
        fault => Fail::data(format!("{}: the sale cannot go on: {fault}", path.display())),
    })?;
    Ok(Box::new(posts.read_at_once(POSTS_READ_AT_ONCE)))
}
