//! Files and directories: copied, hashed, synced and removed.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::BackupError;
use crate::journal::private;
use crate::text::hex::hex;

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// The files below a directory, as paths relative to it, in order. Links are not followed: nothing of ours is one.
pub(super) fn files_below(directory: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut files = Vec::new();
    let mut left = vec![PathBuf::new()];
    while let Some(within) = left.pop() {
        for (name, is_directory) in entries(&directory.join(&within))? {
            let path = within.join(name);
            if is_directory { left.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// The names in a directory, and which of them are directories; none where the directory is missing.
pub(super) fn entries(directory: &Path) -> Result<Vec<(String, bool)>, BackupError> {
    let read = match fs::read_dir(directory) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(BackupError::io("list", directory))?,
    };
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        let is_directory = entry.file_type()?.is_dir();
        Ok(entry.file_name().into_string().ok().map(|name| (name, is_directory)))
    };
    let entries: io::Result<Vec<_>> = read.map(entry).filter_map(Result::transpose).collect();
    entries.map_err(BackupError::io("list", directory))
}

/// Copies a file, which other processes may replace but not change, durably but for its name.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(BackupError::io("open", from))?;
    let mut target = private::create(to).map_err(BackupError::io("create", to))?;
    io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(BackupError::io("write", to))
}

/// Copies a file if there is one.
pub(super) fn copy_if_there(from: &Path, to: &Path) -> Result<(), BackupError> {
    if from.exists() { copy(from, to) } else { Ok(()) }
}

/// Writes a new file, durably but for its name.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), BackupError> {
    let written =
        private::create(path).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(BackupError::io("write", path))
}

/// The size of a file, and its SHA-256 in hexadecimal digits.
pub(super) fn size_and_hash(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(BackupError::io("open", path))?;
    let (mut hash, mut piece, mut bytes) = (Sha256::new(), vec![0; PIECE_BYTES], 0);
    loop {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(BackupError::io("read", path))?,
        };
        if read == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

/// Makes a directory and those above it.
pub(super) fn make(directory: &Path) -> Result<(), BackupError> {
    private::create_dir_all(directory).map_err(BackupError::io("create", directory))
}

/// Makes the names in a directory, and in those below it, durable.
pub(super) fn sync_below(directory: &Path) -> Result<(), BackupError> {
    for (name, is_directory) in entries(directory)? {
        if is_directory {
            sync_below(&directory.join(name))?;
        }
    }
    sync(directory)
}

/// Makes the names in a directory durable.
pub(super) fn sync(directory: &Path) -> Result<(), BackupError> {
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(BackupError::io("sync", directory))
}

/// Renames within a disk, durably.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(BackupError::io("rename", from))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync(parent.unwrap_or_else(|| Path::new(".")))
}

/// Removes a directory with all that is in it, durably; nothing where it is missing.
pub(super) fn remove(directory: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(directory) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed.map_err(BackupError::io("remove", directory))?,
    }
    directory.parent().map_or(Ok(()), sync)
}
