//! After a failed write or sync the writer refuses everything and does not touch the disk.

use std::io;

use flashtag::journal::{Disk, DiskFault, FileLog};

use super::*;

/// Asserts that the writer refuses without touching the disk.
fn assert_poisoned(writer: &mut FileLog, disk: &SimDisk) {
    let steps = disk.steps();
    let next = batch(writer.next_sequence(), 1);
    assert!(matches!(writer.append(&next), Err(Error::Poisoned { .. })));
    assert!(matches!(writer.finish(), Err(Error::Poisoned { .. })));
    assert_eq!(disk.steps(), steps, "a poisoned writer touched the disk");
}

/// Fails the n-th operation, for every n of a run.
fn fail_each(fault: impl Fn(u64) -> DiskFault) -> u64 {
    for nth in 1.. {
        let disk = SimDisk::new();
        let mut writer = open(&disk, options(200)).expect("a new journal").0.writer;
        disk.inject(fault(nth));
        let mut acknowledged = 0;
        let failed = loop {
            if acknowledged == 20 {
                break false;
            }
            if let Err(error) = writer.append(&batch(writer.next_sequence(), 4)) {
                assert!(matches!(error, Error::Io { .. }), "{error}");
                break true;
            }
            acknowledged += 4;
        };
        if !failed {
            return nth - 1;
        }
        assert_poisoned(&mut writer, &disk);
        for seed in 0..8 {
            let after = disk.fork();
            if seed > 0 {
                after.crash(choices(seed));
            }
            let found = records(&after, options(200)).expect("a failure is no damage");
            judge(20, acknowledged, &found).unwrap_or_else(|fault| panic!("{nth}: {fault}"));
        }
    }
    unreachable!("the loop ends with a run that does not fail")
}

#[test]
fn a_failed_write_poisons() {
    assert!(fail_each(|nth| DiskFault::WriteFails { nth, errno: EIO }) >= 10);
}

#[test]
fn a_full_disk_poisons() {
    assert!(fail_each(|nth| DiskFault::WriteFails { nth, errno: ENOSPC }) >= 10);
}

#[test]
fn a_failed_sync_poisons_though_the_next_would_succeed() {
    assert!(fail_each(|nth| DiskFault::SyncFails { nth, errno: EIO }) >= 5);
}

#[test]
fn a_full_disk_is_named() {
    // An opener fences older ones before it creates the first segment.
    for (nth, expected) in
        [(1, "cannot write /data/journal/watermark"), (2, "cannot reserve space for /data/journal/")]
    {
        let disk = SimDisk::new();
        disk.inject(DiskFault::WriteFails { nth, errno: ENOSPC });
        let error = open(&disk, options(200)).err().expect("no space");
        let Error::Io { source, .. } = &error else { panic!("{error}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn short_and_interrupted_writes_are_continued() {
    for nth in 1..12 {
        for fault in [DiskFault::WriteShort { nth, bytes: 7 }, DiskFault::WriteInterrupted { nth }] {
            let disk = SimDisk::new();
            let mut writer = open(&disk, options(200)).expect("a new journal").0.writer;
            disk.inject(fault);
            for _ in 0..4 {
                writer.append(&batch(writer.next_sequence(), 4)).expect("a passing trouble");
            }
            disk.crash(|_| 0);
            assert_eq!(records(&disk, options(200)).expect("a sound journal"), payloads(16));
        }
    }
}

#[test]
fn a_write_of_zero_bytes_is_an_error() {
    let disk = SimDisk::new();
    let mut writer = open(&disk, options(200)).expect("a new journal").0.writer;
    disk.inject(DiskFault::WriteShort { nth: 1, bytes: 0 });
    writer.append(&batch(1, 1)).expect_err("no progress");
    assert_poisoned(&mut writer, &disk);
}

#[test]
fn a_disk_that_fails_during_recovery_refuses_the_start_and_keeps_the_records() {
    let whole = filled(options(200), &[4, 4]);
    for nth in 1..=3 {
        let disk = whole.fork();
        disk.inject(DiskFault::SyncFails { nth, errno: EIO });
        assert!(matches!(open(&disk, options(200)), Err(Error::Io { .. })));
        disk.crash(choices(nth));
        assert_eq!(records(&disk, options(200)).expect("nothing was lost"), payloads(8));
    }
    assert!(SimDisk::new().open(&segment(1)).is_err());
}
