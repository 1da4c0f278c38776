//! Output directories: what a replay or a demo leaves behind, and the next one may remove.

use std::path::Path;

use super::error::Error;
use crate::journal::DataLock;

/// The file that tells that the results in a directory may be removed.
const MARK: &str = "made-by-flashtag";

/// What a replay or a demo leaves. Nothing else in a directory is touched.
const RESULTS: [&str; 8] = [
    "journal",
    "outcomes.ndjson",
    "effects.ndjson",
    "summary.json",
    "cards.ndjson",
    "replies.ndjson",
    "orders.ndjson",
    "mail",
];

/// Makes room for results in `directory`: those of an earlier replay or demo are removed. The data of
/// a live engine is not theirs, and stays.
///
/// # Errors
/// When there is such data, somebody uses the directory, or the file system refuses.
pub fn start_over(directory: &Path) -> Result<(), Error> {
    // Whoever sells there at this moment keeps everything.
    let _lock = DataLock::acquire(directory)?;
    let mark = directory.join(MARK);
    let there: Vec<_> =
        RESULTS.iter().map(|name| directory.join(name)).filter(|path| path.exists()).collect();
    if !there.is_empty() && !mark.exists() {
        return Err(Error::NotOurs(directory.to_owned()));
    }
    for path in there {
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(|source| Error::Io { action: "remove", path, source })?;
    }
    let words = "The results of `flashtag sell` or `flashtag demo`. The next one here removes them.\n";
    std::fs::write(&mark, words).map_err(|source| Error::Io { action: "write", path: mark.clone(), source })
}
