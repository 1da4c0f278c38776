//! Output directories: what a replay or a demo leaves behind, and the next one may remove.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::domain::id::OfferId;
use crate::journal::DataLock;

/// The file that tells that the results in a directory may be removed.
const MARK: &str = "made-by-flashtag";

/// The cursor behind the posts whose outcomes are durable.
pub(super) const CURSOR: &str = "posts.cursor";

/// What a replay or a demo leaves, besides draws. Nothing else in a directory is touched.
const RESULTS: [&str; 9] = [
    CURSOR,
    "journal",
    "outcomes.ndjson",
    "effects.ndjson",
    "summary.json",
    "cards.ndjson",
    "replies.ndjson",
    "orders.ndjson",
    "mail",
];

/// What the files of draws are called: this, the offer's name, and `.json`.
const DRAW: (&str, &str) = ("draw-", ".json");

/// The name of the file that tells of an offer's draw.
pub(super) fn draw_file(offer: &OfferId) -> String {
    format!("{}{offer}{}", DRAW.0, DRAW.1)
}

/// The results in a directory.
fn results_in(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let fault = |source| Error::Io { action: "list", path: directory.to_owned(), source };
    let is_result = |name: &OsStr| {
        let name = name.to_str().unwrap_or_default();
        let draw = name.strip_prefix(DRAW.0).and_then(|rest| rest.strip_suffix(DRAW.1));
        RESULTS.contains(&name) || draw.is_some_and(|offer| OfferId::parse(offer).is_some())
    };
    let mut results = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        if is_result(&entry.file_name()) {
            results.push(entry.path());
        }
    }
    Ok(results)
}

/// Makes room for results in `directory`: those of an earlier replay or demo are removed. The data of
/// a live engine is not theirs, and stays.
///
/// # Errors
/// When there is such data, somebody uses the directory, or the file system refuses.
pub fn start_over(directory: &Path) -> Result<(), Error> {
    // An engine that sells there at this moment holds the lock, and keeps everything.
    let _lock = DataLock::acquire(directory)?;
    let mark = directory.join(MARK);
    let mut there = results_in(directory)?;
    if !there.is_empty() && !mark.exists() {
        return Err(Error::NotOurs(directory.to_owned()));
    }
    // Without the results a cursor would skip posts, so it goes first.
    there.sort_by_key(|path| path.file_name() != Some(OsStr::new(CURSOR)));
    for path in there {
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(|source| Error::Io { action: "remove", path, source })?;
    }
    let words = "The results of `flashtag sell` or `flashtag demo`. The next one here removes them.\n";
    std::fs::write(&mark, words).map_err(|source| Error::Io { action: "write", path: mark.clone(), source })
}
