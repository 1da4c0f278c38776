//! The content of a simulated file or directory, as a process reads it and as a power loss leaves it.
//!
//! What a process reads (the cache) is separate from what a power loss leaves (`durable`). Between them are
//! the changes not yet synced. A crash may keep or lose each of them, in any order, and writes even sector by
//! sector.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The unit, in bytes, that a device writes whole or not at all.
pub(in crate::journal) const SECTOR_BYTES: usize = 512;

#[derive(Clone, Default)]
pub(in crate::journal) struct Content {
    pub(in crate::journal) cache: Vec<u8>,
    pub(in crate::journal) durable: Vec<u8>,
    pub(in crate::journal) pending: Vec<Pending>,
    /// Whether it is written past the page cache, and so in whole sectors.
    pub(in crate::journal) direct: bool,
}

#[derive(Clone)]
pub(in crate::journal) enum Pending {
    Length(usize),
    Cut(usize),
    Write { offset: usize, bytes: Vec<u8> },
}

#[derive(Clone)]
pub(in crate::journal) enum Naming {
    Create { path: PathBuf, file: usize },
    Rename { from: PathBuf, to: PathBuf, file: usize },
    Remove { path: PathBuf },
}

impl Naming {
    /// Applies the change to a directory. A crash may have lost the change before this one.
    pub(in crate::journal) fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Create { path, file } => {
                names.insert(path.clone(), *file);
            }
            Self::Rename { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Remove { path } => {
                names.remove(path);
            }
        }
    }

    pub(in crate::journal) fn is_in(&self, directory: &Path) -> bool {
        let (Self::Create { path, .. } | Self::Rename { to: path, .. } | Self::Remove { path }) = self;
        path.parent() == Some(directory)
    }
}

impl Content {
    pub(in crate::journal) fn change(&mut self, pending: Pending) {
        pending.apply(&mut self.cache, || true);
        self.pending.push(pending);
    }

    /// Moves what is dirty, and only that, to what is durable: what a failed sync marked clean stays lost,
    /// whatever succeeds later.
    pub(in crate::journal) fn sync(&mut self) {
        for pending in self.pending.drain(..) {
            pending.apply(&mut self.durable, || true);
        }
    }

    pub(in crate::journal) fn crash(&mut self, keep: &mut impl FnMut() -> bool) {
        for pending in self.pending.drain(..) {
            pending.apply(&mut self.durable, &mut *keep);
        }
        self.cache.clone_from(&self.durable);
    }
}

impl Pending {
    /// Applies the change to `file`, but only the parts that `keep` selects.
    fn apply(&self, file: &mut Vec<u8>, mut keep: impl FnMut() -> bool) {
        match self {
            Self::Length(length) if *length > file.len() => {
                if keep() {
                    file.resize(*length, 0);
                }
            }
            Self::Length(_) => {}
            Self::Cut(length) => {
                if keep() {
                    file.truncate(*length);
                }
            }
            Self::Write { offset, bytes } => {
                let mut at = *offset;
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let room = SECTOR_BYTES - at % SECTOR_BYTES;
                    let (part, after) = rest.split_at(room.min(rest.len()));
                    if keep() {
                        put(file, at, part);
                    }
                    at += part.len();
                    rest = after;
                }
            }
        }
    }
}

fn put(file: &mut Vec<u8>, at: usize, part: &[u8]) {
    let end = at + part.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file.get_mut(at..end).expect("the file was made long enough").copy_from_slice(part);
}
