//! Where a state comes from that was written down: the chunks of a snapshot, one at a time.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::panic::resume_unwind;
use std::thread;

use crossbeam_channel::bounded;
use serde::de::DeserializeOwned;

use crate::domain::stored::Take;
use crate::journal::snapshot::Chunks;
use crate::journal::{Error, SnapshotFault};

/// Entries that one thread hands to the other at once. Shorter maps are not worth a thread.
const RUN_ENTRIES: usize = 4096;

/// Runs that may wait to be entered.
const RUNS_AHEAD: usize = 4;

/// A snapshot that is being read.
pub(super) struct Source {
    chunks: Chunks,
    chunk: Vec<u8>,
    /// Bytes of the chunk whose items were taken.
    taken: usize,
}

impl Source {
    pub(super) fn new(chunks: Chunks) -> Self {
        Self { chunks, chunk: Vec::new(), taken: 0 }
    }

    /// The snapshot, of which all must have been taken.
    pub(super) fn finish(mut self) -> Result<Chunks, Error> {
        let more = self.taken < self.chunk.len() || self.chunks.read(&mut self.chunk)?;
        if more {
            return Err(self.chunks.fault(SnapshotFault::Meaning("there is more of it".to_owned())));
        }
        Ok(self.chunks)
    }
}

impl Take for Source {
    type Error = Error;

    fn take<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        if self.taken == self.chunk.len() {
            self.taken = 0;
            self.chunks.read(&mut self.chunk)?;
        }
        let rest = self.chunk.get(self.taken..).unwrap_or_default();
        let (item, left) = postcard::take_from_bytes(rest)
            .map_err(|fault| self.chunks.fault(SnapshotFault::Meaning(fault.to_string())))?;
        self.taken = self.chunk.len() - left.len();
        Ok(item)
    }

    /// Half of the work is to read and decode entries, the other half to enter them: each has a thread.
    fn take_map<K, V, S>(&mut self) -> Result<HashMap<K, V, S>, Error>
    where
        K: DeserializeOwned + Hash + Eq + Send,
        V: DeserializeOwned + Send,
        S: BuildHasher + Default,
    {
        let len: usize = self.take()?;
        let mut map = HashMap::with_capacity_and_hasher(len, S::default());
        if len <= RUN_ENTRIES {
            for _ in 0..len {
                let (key, value) = self.take()?;
                map.insert(key, value);
            }
            return Ok(map);
        }
        let (decoded, runs) = bounded::<Vec<(K, V)>>(RUNS_AHEAD);
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut left = len;
                while left > 0 {
                    let run: Vec<_> =
                        (0..left.min(RUN_ENTRIES)).map(|_| self.take()).collect::<Result<_, Error>>()?;
                    left -= run.len();
                    decoded.send(run).ok();
                }
                Ok(())
            });
            map.extend(runs.into_iter().flatten());
            reader.join().unwrap_or_else(|why| resume_unwind(why))
        })?;
        Ok(map)
    }
}
