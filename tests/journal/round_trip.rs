//! Appended records are read back.

use std::fs;
use std::sync::Arc;

use flashtag::journal::{Batch, Durability, FileDisk, Options, recover};
use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_batches_are_read_back_in_order(
        runs in prop::collection::vec(prop::collection::vec(0_u64..12, 0..8), 1..4),
        room in 60_u64..900,
        sync_each in any::<bool>(),
    ) {
        let options = if sync_each { options(room) } else { at_end(room) };
        let disk = SimDisk::new();
        let mut written = 0;
        for run in runs {
            written += run.iter().sum::<u64>();
            prop_assert_eq!(fill(&disk, options, &run).expect("a sound disk"), written);
            // Only synced records count.
            disk.crash(|_| 0);
        }
        prop_assert_eq!(records(&disk, options).expect("a sound journal"), payloads(written));
    }
}

#[test]
fn a_real_directory_is_read_back() {
    let home = tempfile::tempdir().expect("a directory for tests");
    let directory = home.path().join("data/journal");
    let options = options(300);
    for run in 0..3 {
        let mut found = Vec::new();
        let each = |_: u64, payload: &[u8]| {
            found.push(payload.to_vec());
            Ok(())
        };
        let recovered = recover(Arc::new(FileDisk), &directory, 0, options, each);
        let mut writer = recovered.expect("a sound journal").writer;
        assert_eq!(found, payloads(run * 40));
        for _ in 0..8 {
            writer.append(&batch(writer.next_sequence(), 5)).expect("a sound disk");
        }
    }
    let entries = fs::read_dir(&directory).expect("the journal's directory");
    let names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(names.len() > 10, "small segments must have rolled: {names:?}");
    let oldest = fs::metadata(directory.join("00000000000000000001.seg")).expect("a segment");
    assert_eq!(oldest.len(), file_bytes(300) as u64, "segments are preallocated");
}

#[test]
fn a_batch_larger_than_a_segment_gets_a_segment_of_its_size() {
    let (small, big) = (batch(1, 3), batch(4, 60));
    let room = small.bytes() as u64;
    assert!(big.bytes() as u64 > room);
    let disk = filled(options(room), &[3, 60, 3]);
    let size = disk.content(&segment(4)).expect("a segment of its own").len();
    assert_eq!(size, file_bytes(big.bytes()));
    assert!(disk.content(&segment(64)).is_some());
    assert_eq!(records(&disk, options(room)).expect("a sound journal"), payloads(66));
}

#[test]
fn a_large_first_batch_stays_in_the_first_segment() {
    let disk = filled(options(100), &[60, 1]);
    let size = disk.content(&segment(1)).expect("the segment").len();
    assert_eq!(size, file_bytes(batch(1, 60).bytes()));
    assert!(disk.content(&segment(61)).is_some());
    assert_eq!(records(&disk, options(100)).expect("a sound journal"), payloads(61));
}

#[test]
fn a_batch_that_fits_exactly_does_not_roll() {
    let room = batch(1, 10).bytes() as u64;
    let disk = filled(options(room), &[4, 6]);
    assert!(disk.content(&segment(11)).is_none());
    assert_eq!(records(&disk, options(room)).expect("a sound journal"), payloads(10));
}

#[test]
fn replay_begins_where_the_snapshot_ends() {
    let disk = filled(options(200), &[4, 4, 4, 4]);
    assert!(disk.content(&segment(5)).is_some() && disk.content(&segment(9)).is_some());
    let late = Options { replay_from: 7, ..options(200) };
    // The snapshot covers the first segment, so its damage does no harm.
    assert!(disk.edit(&segment(1), |bytes| bytes.clear()));
    let (_, found) = open(&disk, late).expect("the rest is sound");
    assert_eq!(found, payloads(16)[6..]);
}

#[test]
fn a_sync_for_each_batch_or_one_at_the_end() {
    for (durability, expected) in [(Durability::EachBatch, 5), (Durability::AtEnd, 1)] {
        let options = Options { durability, ..options(4096) };
        let disk = SimDisk::new();
        let mut writer = open(&disk, options).expect("a new journal").0.writer;
        let before = disk.syncs();
        for _ in 0..5 {
            writer.append(&batch(writer.next_sequence(), 2)).expect("a sound disk");
        }
        writer.finish().expect("a sound disk");
        assert_eq!(disk.syncs() - before, expected, "{durability:?}");
    }
}

#[test]
fn a_cleared_batch_is_a_new_one() {
    let mut batch = batch(1, 9);
    assert_eq!((batch.len(), batch.last_sequence()), (9, Some(9)));
    batch.clear(10);
    assert_eq!((batch.len(), batch.bytes(), batch.last_sequence()), (0, 0, None));
    assert_eq!(batch.push(b"ten"), 10);
    assert_eq!((batch.bytes(), batch.next_sequence()), (FRAME + 3, 11));
    assert_eq!(Batch::payloads(&batch).collect::<Vec<_>>(), [b"ten"]);
}

#[test]
#[should_panic(expected = "a batch does not follow on the last one")]
fn a_gap_between_batches_is_a_broken_invariant() {
    let mut writer = open(&SimDisk::new(), options(4096)).expect("a new journal").0.writer;
    let _ = writer.append(&batch(2, 1));
}
