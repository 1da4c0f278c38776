//! Power losses at every operation, with every kind of surviving data.

use flashtag::journal::DiskFault;

use super::*;

const BATCHES: [u64; 6] = [3, 9, 1, 30, 2, 5];
const SEEDS: u64 = 24;

/// Crashes with random survivors; the first two seeds lose and keep everything.
fn crash(disk: &SimDisk, seed: u64) {
    match seed {
        0 => disk.crash(|_| 0),
        1 => disk.crash(|_| 1),
        _ => disk.crash(choices(seed)),
    }
}

/// A disk whose power failed at operation `nth` of a run, and the number of acknowledged records; `None` if
/// the run has fewer operations.
fn cut_short(options: Options, nth: u64) -> Option<(SimDisk, u64)> {
    let disk = SimDisk::new();
    disk.inject(DiskFault::PowerFails { nth });
    let (acknowledged, _) = fill(&disk, options, &BATCHES).err()?;
    Some((disk, acknowledged))
}

#[test]
fn power_loss_at_any_operation_keeps_what_was_acknowledged() {
    let written = BATCHES.iter().sum();
    for options in [options(300), options(8192)] {
        let mut operations = 0;
        while let Some((crashed, acknowledged)) = cut_short(options, operations + 1) {
            for seed in 0..SEEDS {
                let disk = crashed.fork();
                crash(&disk, seed);
                let found = records(&disk, options).expect("a crash is no damage");
                judge(written, acknowledged, &found)
                    .unwrap_or_else(|fault| panic!("operation {operations} seed {seed}: {fault}"));
            }
            operations += 1;
        }
        assert!(operations > 30, "only {operations} operations were tried");
    }
}

#[test]
fn power_loss_in_a_run_synced_at_the_end_leaves_a_prefix() {
    let written = BATCHES.iter().sum();
    let mut operations = 0;
    while let Some((crashed, _)) = cut_short(at_end(300), operations + 1) {
        for seed in 0..SEEDS {
            let disk = crashed.fork();
            crash(&disk, seed);
            let found = records(&disk, at_end(300)).expect("a crash is no damage");
            judge(written, 0, &found).expect("a prefix");
        }
        operations += 1;
    }
}

/// Recovers repeatedly, with a power loss one operation later each time, and calls `then` with each image.
fn crash_each_recovery(before: &SimDisk, seed: u64, then: &mut dyn FnMut(&SimDisk)) {
    for nth in 1.. {
        let disk = before.fork();
        disk.inject(DiskFault::PowerFails { nth });
        let finished = open(&disk, options(300)).is_ok();
        crash(&disk, seed);
        then(&disk);
        if finished {
            assert!(nth > 8, "a recovery of {nth} operations cannot have written anything");
            return;
        }
    }
}

#[test]
fn a_crash_during_recovery_and_during_that_recovery_changes_no_record() {
    let mut images = 0;
    let mut torn = 0;
    for seed in 2..6 {
        let mut nth = 1;
        while let Some((disk, _)) = cut_short(options(300), nth) {
            crash(&disk, seed);
            let (recovered, expected) = open(&disk.fork(), options(300)).expect("a crash is no damage");
            torn += u32::from(recovered.discarded.is_some());
            crash_each_recovery(&disk, seed, &mut |once| {
                crash_each_recovery(once, seed + 1, &mut |twice| {
                    images += 1;
                    let found = records(twice, options(300)).expect("a crash is no damage");
                    assert_eq!(found, expected, "operation {nth} seed {seed}");
                });
            });
            nth += 1;
        }
    }
    assert!(images > 20_000, "only {images} images");
    assert!(torn > 2, "only {torn} images had a torn tail");
}

/// The page cache shows data of a failed sync. A restart that trusted it would lose the records at the next
/// power loss, after having acted on them.
#[test]
fn records_accepted_after_a_failed_sync_survive_the_next_power_loss() {
    let disk = filled(options(4096), &[4]);
    let mut writer = open(&disk, options(4096)).expect("a sound journal").0.writer;
    disk.inject(DiskFault::SyncFails { nth: 1, errno: EIO });
    writer.append(&batch(5, 3)).expect_err("the sync failed");
    let accepted = records(&disk, options(4096)).expect("the cache is whole");
    assert_eq!(accepted, payloads(7));
    disk.crash(|_| 0);
    assert_eq!(records(&disk, options(4096)).expect("a sound journal"), accepted);
}

/// A negative control: the check must notice a disk whose syncs do nothing.
#[test]
fn a_disk_that_ignores_syncs_is_noticed() {
    let disk = SimDisk::new();
    let mut writer = open(&disk, options(4096)).expect("a new journal").0.writer;
    writer.append(&batch(1, 4)).expect("a sound disk");
    disk.inject(DiskFault::SyncLies { nth: 1 });
    writer.append(&batch(5, 4)).expect("the disk says so");
    let unsynced_lost = disk.fork();
    unsynced_lost.crash(|_| 0);
    let found = records(&unsynced_lost, options(4096)).expect("it looks like a torn tail");
    let fault = judge(8, 8, &found).expect_err("records are lost");
    assert_eq!(fault, "4 records found of 8 acknowledged");
    // If the watermark survives by chance, the journal itself notices. It is the older file, so its two
    // writes come first.
    let mut sectors = 0;
    disk.crash(|_| {
        sectors += 1;
        u64::from(sectors <= 2)
    });
    let error = records(&disk, options(4096)).expect_err("the watermark knows");
    assert!(matches!(error, Error::Damaged { sequence: 5, .. }), "{error}");
}

/// A control of the simulated disk: without a sync, names and bytes can be lost.
#[test]
fn an_unsynced_name_and_unsynced_bytes_can_be_lost() {
    use flashtag::journal::Disk;
    let disk = SimDisk::new();
    let path = directory().join("file");
    let file = disk.create(&path).expect("a new file");
    file.pwrite(&[7; 1024], 0).expect("a sound disk");
    let nameless = disk.fork();
    file.sync_all().expect("a sound disk");
    disk.fork().crash(|_| 0);
    nameless.crash(|_| 0);
    assert_eq!(nameless.content(&path), None);
    disk.fsync_dir(directory()).expect("a sound disk");
    file.pwrite(&[8; 1024], 0).expect("a sound disk");
    let mut sectors = 0;
    disk.crash(|_| {
        sectors += 1;
        sectors % 2
    });
    assert_eq!(disk.content(&path), Some([[8; 512], [7; 512]].concat()));
    file.pwrite(b"late", 0).expect_err("the file was open in the crash");
}
