//! The history across power losses, kills and failing disks at any moment: each record once, and synced
//! records stay.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{DiskFault, SimDisk};
use flashtag::subscribers::error::SubscriberError;
use flashtag::subscribers::history::HistoryFile;
use flashtag::subscribers::subscriber::Subscriber;
use flashtag::verify::read_history;

use super::{EIO, ENOSPC, record, sequenced};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const PATH: &str = "/data/history.ndjson";
const PARTITIONS: usize = 3;
const RECORDS: u64 = 60;

/// The positions that are known to be durable.
type Synced = [u64; PARTITIONS];

/// Applies a little, or syncs.
fn work(
    history: &mut HistoryFile,
    rng: &mut TestRng,
    positions: &mut Synced,
    synced: &mut Synced,
) -> Result<(), SubscriberError> {
    if rng.below(4) == 0 {
        history.sync()?;
        *synced = *positions;
        return Ok(());
    }
    let partition = rng.below(PARTITIONS);
    let (position, more) = (positions[partition], 1 + rng.below(5) as u64);
    let last = (position + more).min(RECORDS);
    history.apply(partition as u32, &sequenced(position.max(1)..=last))?;
    positions[partition] = last;
    Ok(())
}

fn one_run(seed: u64) -> [u32; 3] {
    let (mut rng, disk) = (TestRng::new(seed), SimDisk::new());
    let (mut synced, mut losses, mut failures, mut kills) = (Synced::default(), 0, 0, 0);
    loop {
        // A process ends by a kill, or by a power loss if the power fails.
        let mut ends_dark = rng.below(2) == 0;
        if rng.below(2) == 0 {
            let fault = rng.below(4);
            ends_dark |= fault == 3;
            disk.inject(match fault {
                0 => DiskFault::WriteFails { nth: 1 + rng.below(20) as u64, errno: ENOSPC },
                1 => DiskFault::WriteShort { nth: 1 + rng.below(20) as u64, bytes: rng.below(900) },
                2 => DiskFault::SyncFails { nth: 1 + rng.below(8) as u64, errno: EIO },
                _ => DiskFault::PowerFails { nth: 1 + rng.below(60) as u64 },
            });
        }
        let mut history = HistoryFile::new(Arc::new(disk.clone()), PathBuf::from(PATH));
        let mut life = 3 + rng.below(25);
        // One process: it opens, works, opens again after each failure, and ends.
        while life > 0 {
            let Ok(opened) = history.open(&[RECORDS; PARTITIONS]) else {
                (failures, life) = (failures + 1, life - 1);
                continue;
            };
            let mut positions = Synced::try_from(opened).expect("one for each partition");
            for (position, synced) in positions.iter().zip(&mut synced) {
                assert!(position >= synced, "seed {seed}: {position} of {synced} durable records");
                *synced = *position;
            }
            if positions == [RECORDS; PARTITIONS] {
                check(&disk, seed);
                return [losses, failures, kills];
            }
            while life > 0 {
                life -= 1;
                if work(&mut history, &mut rng, &mut positions, &mut synced).is_err() {
                    failures += 1;
                    break;
                }
            }
        }
        drop(history);
        if ends_dark {
            losses += 1;
            disk.crash(|below| rng.below(usize::try_from(below).expect("two")) as u64);
        } else {
            kills += 1;
            disk.restart();
        }
    }
}

fn check(disk: &SimDisk, seed: u64) {
    let text = String::from_utf8(disk.content(Path::new(PATH)).expect("it is there")).expect("text");
    let mut last = [0; PARTITIONS];
    for line in text.lines() {
        let read = read_history(line).map_err(|fault| format!("seed {seed}: {fault}: {line}"));
        let (partition, sequence, found) = read.expect("a record");
        let last = &mut last[partition as usize];
        assert_eq!(sequence, *last + 1, "seed {seed}, partition {partition}");
        assert_eq!(found, record(sequence), "seed {seed}, partition {partition}");
        *last = sequence;
    }
    assert_eq!(last, [RECORDS; PARTITIONS], "seed {seed}");
}

#[test]
fn each_record_is_present_once_whatever_the_disk_does() {
    let mut budget = RunBudget::of("history power losses", 300, 20_000);
    let first = run_budget::seed();
    let mut sum = [0; 3];
    for seed in first..first + budget.wanted {
        let run = one_run(seed);
        sum.iter_mut().zip(run).for_each(|(sum, more)| *sum += more);
        budget.step();
    }
    let [losses, failures, kills] = sum;
    budget.report(&format!("{losses} power losses, {failures} failures, {kills} kills from seed {first}"));
    assert!(sum.iter().all(|count| *count > 100), "{sum:?}");
}
