//! Output directories: what a replay or a demo leaves behind, and the next one may remove.

use std::path::Path;

use super::error::Error;
use crate::journal::DataLock;

/// The file that tells that a directory's content may be removed.
const MARK: &str = "made-by-flashtag";

/// Makes `directory` an empty one of ours. What an earlier replay or demo left there is removed;
/// anything else is none of our business, least of all the journal of a live engine.
///
/// # Errors
/// When something else is there, somebody uses it, or the file system refuses.
pub fn start_over(directory: &Path) -> Result<(), Error> {
    let fault = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    };
    // Whoever sells there at this moment keeps everything.
    let _lock = DataLock::acquire(directory)?;
    let names: Vec<_> = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(fault("list", directory))?;
    let only_locked = names.iter().all(|name| name == "lock");
    if !only_locked && !names.iter().any(|name| name == MARK) {
        return Err(Error::NotOurs(directory.to_owned()));
    }
    // The lock stays: whoever holds it must keep holding the same file.
    for name in names.iter().filter(|name| *name != "lock" && *name != MARK) {
        let path = directory.join(name);
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(fault("remove", &path))?;
    }
    let mark = directory.join(MARK);
    let words = "The results of `flashtag sell` or `flashtag demo`. The next one here removes them.\n";
    std::fs::write(&mark, words).map_err(fault("write", &mark))
}
