//! The payments that the journal does not have and that an operator keeps all the same, in the file `adopted-payments` of a data
//! directory: the card processor's id of each, a line each.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::engine::error::Error;
use crate::journal::private;

/// Name of the file in a data directory.
const NAME: &str = "adopted-payments";

/// Reads the ids; none where there is no file.
///
/// # Errors
/// When the file cannot be read.
pub(in crate::engine) fn read(data: &Path) -> Result<BTreeSet<String>, Error> {
    let path = data.join(NAME);
    match fs::read_to_string(&path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(source) => Err(Error::Io { action: "read", path, source }),
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
    }
}

/// Writes the ids, durably.
///
/// # Errors
/// When the file cannot be written.
pub(in crate::engine) fn write(data: &Path, ids: &BTreeSet<String>) -> Result<(), Error> {
    let path = data.join(NAME);
    let text: String = ids.iter().map(|id| format!("{id}\n")).collect();
    private::replace(&path, text).map_err(|source| Error::Io { action: "write", path, source })
}
