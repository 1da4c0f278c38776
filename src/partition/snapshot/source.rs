//! Reads the state of a partition back from the chunks of a snapshot, one chunk at a time.

use std::hash::Hash;
use std::panic::resume_unwind;
use std::thread;

use crossbeam_channel::bounded;
use serde::de::DeserializeOwned;

use crate::collections::stable_map::StableMap;
use crate::collections::stored::Take;
use crate::journal::snapshot::seal;
use crate::journal::snapshot::store::SnapshotReader;
use crate::journal::{Error, SnapshotFault};
use crate::partition::codec::{v0, v1};

/// Entries in one run, which one thread hands to the other. Shorter maps are not worth a second thread.
const RUN_ENTRIES: usize = 4096;

/// Upper bound on decoded runs that wait to be inserted.
const RUNS_AHEAD: usize = 4;

/// A snapshot that is being read.
pub(super) struct Source {
    snapshot: Box<dyn SnapshotReader>,
    chunk: Vec<u8>,
    /// The number of bytes of `chunk` that were consumed.
    taken: usize,
}

impl Source {
    pub(super) fn new(snapshot: Box<dyn SnapshotReader>) -> Self {
        Self { snapshot, chunk: Vec::new(), taken: 0 }
    }

    /// Reads the next `len` entries.
    fn run<T: DeserializeOwned>(&mut self, len: usize) -> Result<Vec<T>, Error> {
        (0..len).map(|_| self.take()).collect()
    }

    /// Returns the snapshot, after checking that it was read to its end.
    pub(super) fn finish(mut self) -> Result<Box<dyn SnapshotReader>, Error> {
        let more = self.taken < self.chunk.len() || self.snapshot.read(&mut self.chunk)?;
        if more {
            return Err(self
                .snapshot
                .fault(SnapshotFault::Meaning("bytes are left behind the state".to_owned())));
        }
        Ok(self.snapshot)
    }
}

impl Take for Source {
    type Error = Error;

    fn take<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        if self.taken == self.chunk.len() {
            self.taken = 0;
            self.snapshot.read(&mut self.chunk)?;
        }
        let rest = self.chunk.get(self.taken..).unwrap_or_default();
        let read = match self.snapshot.seal().version {
            seal::VERSION => postcard::take_from_bytes(rest),
            seal::VERSION_OF_RECORDS_1 => v1::take_from_bytes(rest),
            _ => v0::take_from_bytes(rest),
        };
        let (item, left) =
            read.map_err(|fault| self.snapshot.fault(SnapshotFault::Meaning(fault.to_string())))?;
        self.taken = self.chunk.len() - left.len();
        Ok(item)
    }

    fn is_over(&mut self) -> Result<bool, Error> {
        while self.taken == self.chunk.len() {
            self.taken = 0;
            if !self.snapshot.read(&mut self.chunk)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take_since<T: DeserializeOwned + Default>(&mut self, version: u32) -> Result<T, Error> {
        if self.snapshot.seal().version < version { Ok(T::default()) } else { self.take() }
    }

    /// Half of the work is to read and decode entries, the other half to insert them: each half has its own
    /// thread.
    fn take_into<K, V>(&mut self, map: &mut StableMap<K, V>, len: usize) -> Result<(), Error>
    where
        K: DeserializeOwned + Hash + Eq + Clone + Send,
        V: DeserializeOwned + Send,
    {
        let mut enter = |(key, value)| {
            map.put(&key, value);
        };
        if len <= RUN_ENTRIES {
            self.run(len)?.into_iter().for_each(enter);
            return Ok(());
        }
        let (decoded, runs) = bounded(RUNS_AHEAD);
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                for taken in (0..len).step_by(RUN_ENTRIES) {
                    // The send fails only if the receiver is gone because it panicked on an insertion; that
                    // panic is reported there.
                    decoded.send(self.run(RUN_ENTRIES.min(len - taken))?).ok();
                }
                Ok(())
            });
            runs.into_iter().flatten().for_each(&mut enter);
            reader.join().unwrap_or_else(|why| resume_unwind(why))
        })
    }
}
