//! Output directories: the results that a replay or a demo leaves, and that the next run may remove.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::domain::id::OfferId;
use crate::journal::{DataLock, private};

/// The file that marks the results in a directory as removable.
const MARK: &str = "made-by-flashtag";

/// The file with the cursor behind the posts whose outcomes are durable.
pub(super) const CURSOR: &str = "posts.cursor";

/// The key of all that is sealed.
const SECRETS_KEY: &str = "secrets.key";

/// The files that a replay or a demo leaves, besides draws. Nothing else in a directory is removed.
const RESULTS: [&str; 21] = [
    CURSOR,
    "journal",
    // An engine that served the results has left it. Its keys must not be used for other effects.
    "instance",
    "mode",
    // Its cursors are behind posts that only the journal has.
    "ops.sqlite",
    "ops.sqlite-wal",
    "people.sqlite",
    "people.sqlite-wal",
    "people-keys.sqlite",
    "people-keys.sqlite-wal",
    // They are tokens for the identity that it had.
    "secrets",
    SECRETS_KEY,
    "history.ndjson",
    "outcomes.ndjson",
    "effects.ndjson",
    "summary.json",
    "cards.ndjson",
    "credits.ndjson",
    "replies.ndjson",
    "orders.ndjson",
    "mail",
];

/// The prefix and suffix of a draw's file name; the offer's id is between them.
const DRAW: (&str, &str) = ("draw-", ".json");

/// The file name of an offer's draw.
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

/// Whether a replay or a demo wrote into `directory`.
#[must_use]
pub fn is_made_here(directory: &Path) -> bool {
    directory.join(MARK).exists()
}

/// Makes room for results in `directory`: removes those of an earlier replay or demo. The data of a live
/// engine are not results, and stay.
///
/// # Errors
/// When the directory holds such data, another process uses it, or the file system fails.
pub fn start_over(directory: &Path) -> Result<(), Error> {
    // A running engine holds the lock, so nothing of its data is removed.
    let _lock = DataLock::acquire(directory)?;
    let mark = directory.join(MARK);
    let mut results = results_in(directory)?;
    if !results.is_empty() && !mark.exists() {
        return Err(Error::NotOurs(directory.to_owned()));
    }
    // Without the results the cursor would skip posts, so it is removed first; and nothing sealed may be there without
    // its key, so that is removed last.
    let is = |path: &Path, name| path.file_name() == Some(OsStr::new(name));
    results.sort_by_key(|path| (!is(path, CURSOR), is(path, SECRETS_KEY)));
    for path in results {
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(|source| Error::Io { action: "remove", path, source })?;
    }
    let words = "The results of `flashtag sell` or `flashtag demo`. The next one here removes them.\n";
    private::write(&mark, words).map_err(|source| Error::Io { action: "write", path: mark.clone(), source })
}
