//! A disk in memory that loses power: what is synced stays, the caller chooses what else does.
//!
//! Its data is in `content`, its faults are in `fault`. Directories need not be created; their entries must
//! be. It has no randomness: the caller's choices decide, so a seed repeats a crash.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::content::{Content, Naming, Pending, SECTOR_BYTES};
use super::fault::{DiskFault, DiskFaults, SyncFate, WriteFate};
use crate::journal::file::disk::{Disk, DiskFile};

type Hook = Arc<dyn Fn() + Send + Sync>;

/// A simulated disk. Clones are the same disk; [`Self::fork`] copies it.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    before_sync: Arc<Mutex<Option<Hook>>>,
}

#[derive(Clone, Default)]
struct State {
    files: Vec<Content>,
    /// The names that a process sees, and those that a power loss leaves.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<Naming>,
    faults: DiskFaults,
    /// Counts crashes: a file opened before a crash is unusable after it.
    boots: u64,
}

impl SimDisk {
    /// Creates an empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a second disk with the same content, unsynced writes and faults. Open files and the sync hook
    /// stay with the first.
    #[must_use]
    pub fn fork(&self) -> Self {
        let state = self.state().clone();
        Self { state: Arc::new(Mutex::new(state)), before_sync: Arc::default() }
    }

    /// Plans a fault.
    pub fn inject(&self, fault: DiskFault) {
        self.state().faults.inject(fault);
    }

    /// Calls `hook` before every sync of a file, on the thread that syncs; it may wait.
    pub fn before_sync(&self, hook: impl Fn() + Send + Sync + 'static) {
        *self.before_sync.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(hook));
    }

    /// Loses power and comes back, without faults. `choose(n)` returns a number below `n` and is
    /// asked once, with 2, for each unsynced change: each name, each length, each sector of each
    /// write. 0 loses it, 1 keeps it. Files that were open answer with errors from now on.
    pub fn crash(&self, mut choose: impl FnMut(u64) -> u64) {
        let mut keep = move || choose(2) != 0;
        let mut state = self.state();
        let State { files, names, durable_names, pending_names, faults, boots } = &mut *state;
        for naming in pending_names.drain(..) {
            if keep() {
                naming.apply(durable_names);
            }
        }
        names.clone_from(durable_names);
        for file in files {
            file.crash(&mut keep);
        }
        faults.clear();
        *boots += 1;
    }

    /// Restarts the process without a power loss: files that were open answer with errors from
    /// now on, unsynced content stays readable and unsynced.
    pub fn restart(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.boots += 1;
    }

    /// Changes a file for processes and power losses alike, bypassing every count and fault. Returns false if
    /// there is no such file.
    pub fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.state();
        let Some(&file) = state.names.get(path) else {
            return false;
        };
        let Some(content) = state.files.get_mut(file) else {
            return false;
        };
        content.pending.clear();
        change(&mut content.cache);
        content.durable.clone_from(&content.cache);
        true
    }

    /// Returns what a process would read from a file; `None` if there is no file of that name.
    #[must_use]
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(path).and_then(|&file| state.files.get(file)).map(|it| it.cache.clone())
    }

    /// The number of writes and reservations requested so far.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().faults.counts.writes
    }

    /// The number of syncs of files and directories requested so far.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state().faults.counts.syncs
    }

    /// The number of operations of any kind requested so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().faults.counts.steps
    }

    /// Ignores poisoning, so that a panic in a test's thread does not hide its own message.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more operation; returns the state if no fault stops it.
    fn step(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.faults.step()?;
        Ok(state)
    }

    fn file(&self, file: usize, boots: u64) -> Box<dyn DiskFile> {
        Box::new(SimFile { disk: self.clone(), file, boots })
    }
}

impl State {
    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn content(&mut self, file: usize) -> &mut Content {
        self.files.get_mut(file).expect("files are never taken from the list")
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.pending_names.push(naming);
    }
}

impl Disk for SimDisk {
    fn create_dir(&self, _directory: &Path) -> io::Result<()> {
        self.step().map(drop)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.step()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(Content::default());
        state.name(Naming::Create { path: path.to_owned(), file });
        Ok(self.file(file, state.boots))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.step()?;
        Ok(self.file(state.find(path)?, state.boots))
    }

    fn read(&self, path: &Path, into: &mut Vec<u8>) -> io::Result<()> {
        let mut state = self.step()?;
        let file = state.find(path)?;
        into.clone_from(&state.content(file).cache);
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.step()?;
        let inside = state.names.keys().filter(|path| path.parent() == Some(directory));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn free(&self, _directory: &Path) -> io::Result<u64> {
        self.step().map(|_| u64::MAX)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let file = state.find(from)?;
        state.name(Naming::Rename { from: from.to_owned(), to: to.to_owned(), file });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        state.find(path)?;
        state.name(Naming::Remove { path: path.to_owned() });
        Ok(())
    }

    fn fsync_dir(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let fate = state.faults.sync();
        if let SyncFate::Lies = fate {
            return Ok(());
        }
        let State { pending_names, durable_names, .. } = &mut *state;
        let (inside, outside) = pending_names.drain(..).partition(|naming| naming.is_in(directory));
        *pending_names = outside;
        if let SyncFate::Fails(error) = fate {
            return Err(error);
        }
        let inside: Vec<Naming> = inside;
        inside.iter().for_each(|naming| naming.apply(durable_names));
        Ok(())
    }
}

/// An open file of a [`SimDisk`].
struct SimFile {
    disk: SimDisk,
    file: usize,
    boots: u64,
}

impl SimFile {
    fn step(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.step()?;
        if state.boots != self.boots {
            return Err(io::Error::other("the file was opened before the crash"));
        }
        Ok(state)
    }

    /// Counts a write of unknown size; returns the state if no fault stops it.
    fn reserve(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.step()?;
        match state.faults.write() {
            WriteFate::Fails(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(state),
        }
    }
}

impl DiskFile for SimFile {
    fn pwrite(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = self.step()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let direct = state.content(self.file).direct;
        assert!(!direct || are_sectors(bytes, offset), "{} bytes at {offset} are not sectors", bytes.len());
        let taken = match state.faults.write() {
            // Past the page cache a disk takes whole sectors, or none.
            WriteFate::Takes(most) if direct => most.min(bytes.len()).next_multiple_of(SECTOR_BYTES),
            WriteFate::Takes(most) => most.min(bytes.len()),
            WriteFate::Fails(error) => return Err(error),
        };
        let bytes = bytes.get(..taken).expect("no more is taken than given").to_vec();
        state.content(self.file).change(Pending::Write { offset, bytes });
        Ok(taken)
    }

    fn pread(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.step()?;
        state.faults.read()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let rest = state.content(self.file).cache.get(offset..).unwrap_or_default();
        let taken = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(taken)
    }

    fn size(&self) -> io::Result<u64> {
        let mut state = self.step()?;
        Ok(state.content(self.file).cache.len() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        let hook = self.disk.before_sync.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(hook) = hook {
            hook();
        }
        let mut state = self.step()?;
        match state.faults.sync() {
            SyncFate::Works => state.content(self.file).sync(),
            SyncFate::Lies => {}
            SyncFate::Fails(error) => {
                state.content(self.file).pending.clear();
                return Err(error);
            }
        }
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.reserve()?;
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        state.content(self.file).change(Pending::Length(length));
        Ok(())
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.step()?;
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        state.content(self.file).change(Pending::Cut(length));
        Ok(())
    }

    // Not counted as an operation of the disk: the system answers from what it knows of an open file, and no
    // fault prevents that.
    fn is_named(&self) -> io::Result<bool> {
        let state = self.disk.state();
        Ok(state.boots == self.boots && state.names.values().any(|named| *named == self.file))
    }

    // The space already reads as zeros, so only the rules for later writes change.
    fn prewrite(&self, _bytes: Range<u64>) -> io::Result<()> {
        let mut state = self.reserve()?;
        state.content(self.file).direct = true;
        Ok(())
    }
}

/// Whether a write consists of whole sectors, in memory and in the file.
fn are_sectors(bytes: &[u8], offset: usize) -> bool {
    [bytes.as_ptr().addr(), bytes.len(), offset].iter().all(|at| at.is_multiple_of(SECTOR_BYTES))
}
