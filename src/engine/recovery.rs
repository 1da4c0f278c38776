//! Recovers every partition of a data directory before anything starts.

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use super::catalog_setup::Ready;
use super::error::Error;
use super::setup::{Found, Setup};
use super::stores::{StoreLog, partition_store, partitions_in};
use crate::journal::{self, Durability, Options};
use crate::partition::pending_effects::PendingEffects;
use crate::partition::recovery::{Recovered, recover_partition};

/// Recovers every partition that the data directory has or the setup asks for.
pub(super) fn recover(setup: &Setup) -> Result<(Vec<Ready<StoreLog>>, PendingEffects, Found), Error> {
    let known = partitions_in(&setup.data)?;
    let count = known.last().map_or(0, |last| last + 1).max(setup.partitions);
    let options = Options {
        segment_bytes: setup.limits.segment_bytes as u64,
        group_bytes: setup.limits.group_bytes,
        durability: Durability::EachBatch,
        ..Options::default()
    };
    let mut found = Found::default();
    let (mut ready, mut pending) = (Vec::new(), PendingEffects::default());
    for recovered in recover_all(&setup.data, count, options) {
        let recovered = recovered?;
        found.snapshots += u32::from(recovered.snapshot.is_some());
        found.records += recovered.records;
        found.bytes_cut += recovered.bytes_discarded;
        pending.merge(recovered.pending);
        ready.push(Ready { partition: recovered.partition, log: recovered.log });
    }
    Ok((ready, pending, found))
}

/// Recovers the partitions, as many at a time as there are processors.
fn recover_all(
    data: &Path,
    count: u32,
    options: Options,
) -> Vec<Result<Recovered<StoreLog>, journal::Error>> {
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let numbers: Vec<u32> = (0..count).collect();
    let one = |no: u32| recover_partition(&partition_store(data, no), options);
    let mut all = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(at_once) {
        if let [only] = some {
            all.push(one(*only));
            continue;
        }
        all.extend(thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|&no| scope.spawn(move || one(no))).collect();
            let ended =
                running.into_iter().map(|thread| thread.join().unwrap_or_else(|why| resume_unwind(why)));
            ended.collect::<Vec<_>>()
        }));
    }
    all
}
