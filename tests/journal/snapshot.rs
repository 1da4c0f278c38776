//! Snapshots as files: a name stands for a complete one, and a changed one is noticed.

use flashtag::journal::file::snapshot_files::{
    begins_at, remove_snapshots_before, sealed_bytes, snapshots, trim,
};
use flashtag::journal::file::snapshot_reader::FileSnapshotReader;
use flashtag::journal::file::snapshot_writer::FileSnapshotWriter;
use flashtag::journal::snapshot::seal::Seal;
use flashtag::journal::snapshot::store::{SnapshotReader, SnapshotStore, SnapshotWriter};
use flashtag::journal::{Disk, DiskFault, FileStore, SnapshotFault};

use super::*;

const PARTITION: u32 = 3;

fn snap(sequence: u64) -> PathBuf {
    directory().join(format!("{sequence:020}.snap"))
}

/// Three chunks, one of them empty.
fn chunks(sequence: u64) -> [Vec<u8>; 3] {
    [payload(sequence), Vec::new(), payload(sequence + 1)]
}

fn write(disk: &SimDisk, sequence: u64) -> Result<Seal, Error> {
    let mut draft = Box::new(FileSnapshotWriter::create(disk, directory(), PARTITION, sequence, 0)?);
    for chunk in chunks(sequence) {
        draft.write(&chunk)?;
    }
    draft.finish(sequence * 31)
}

fn read(disk: &SimDisk, partition: u32, sequence: u64) -> Result<(Seal, Vec<Vec<u8>>), SnapshotFault> {
    let whole = || {
        let mut chunks = FileSnapshotReader::open(disk, directory(), partition, sequence)?;
        let (mut all, mut chunk) = (Vec::new(), Vec::new());
        while chunks.read(&mut chunk)? {
            all.push(chunk.clone());
        }
        Ok((*chunks.seal(), all))
    };
    whole().map_err(|error| match error {
        Error::Snapshot { file, fault } => {
            assert_eq!(file, snap(sequence));
            fault
        }
        other => panic!("{other}"),
    })
}

fn is_whole(disk: &SimDisk, sequence: u64) -> bool {
    FileStore::new(Arc::new(disk.clone()), directory(), PARTITION).is_whole(sequence)
}

fn listed(disk: &SimDisk) -> Vec<u64> {
    snapshots(disk, directory()).expect("a sound disk")
}

fn segments(disk: &SimDisk) -> Vec<String> {
    let mut names = disk.list(directory()).expect("a sound disk");
    names.retain(|name| name.ends_with(".seg"));
    names
}

#[test]
fn a_snapshot_is_read_back() {
    let disk = SimDisk::new();
    for sequence in [1, 900, 7] {
        let seal = write(&disk, sequence).expect("a sound disk");
        assert_eq!((seal.partition, seal.sequence, seal.digest), (PARTITION, sequence, sequence * 31));
        let (again, found) = read(&disk, PARTITION, sequence).expect("it is whole");
        assert_eq!((again, found), (seal, chunks(sequence).to_vec()));
    }
    assert_eq!(listed(&disk), [900, 7, 1]);
    assert!(snapshots(&flashtag::journal::FileDisk, Path::new("/nowhere/at/all")).expect("none").is_empty());
}

#[test]
fn every_changed_bit_and_every_other_length_is_noticed() {
    let disk = SimDisk::new();
    write(&disk, 9).expect("a sound disk");
    let sound = disk.content(&snap(9)).expect("it is there");
    let must_fail = |words: &str, bytes: Vec<u8>| {
        assert!(disk.edit(&snap(9), |file| *file = bytes));
        assert!(read(&disk, PARTITION, 9).is_err(), "{words} is not noticed");
        assert!(!is_whole(&disk, 9), "{words} is whole");
    };
    for bit in 0..sound.len() * 8 {
        let mut bytes = sound.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        must_fail(&format!("bit {bit}"), bytes);
    }
    for len in 0..sound.len() {
        must_fail(&format!("a length of {len}"), sound[..len].to_vec());
    }
    for more in 1..40 {
        must_fail(&format!("{more} more"), [sound.clone(), vec![0; more]].concat());
    }
    assert!(disk.edit(&snap(9), |file| *file = sound.clone()));
    assert!(is_whole(&disk, 9));
}

#[test]
fn a_misplaced_snapshot_or_chunk_is_noticed() {
    let disk = SimDisk::new();
    write(&disk, 9).expect("a sound disk");
    assert!(matches!(read(&disk, 4, 9), Err(SnapshotFault::Partition(PARTITION))));
    disk.rename(&snap(9), &snap(10)).expect("a sound disk");
    let fault = read(&disk, PARTITION, 10).expect_err("it belongs to another record").to_string();
    assert!(fault.contains("another record than its name"), "{fault}");
    // A snapshot of the next version, with a valid check of its own.
    disk.rename(&snap(10), &snap(9)).expect("a sound disk");
    assert!(disk.edit(&snap(9), |file| {
        file[8] += 1;
        let crc = crc32c(&file[..60]);
        file[60..64].copy_from_slice(&crc.to_le_bytes());
    }));
    assert!(matches!(read(&disk, PARTITION, 9), Err(SnapshotFault::Newer { found: 7, known: 6 })));
    // The first chunk of another snapshot, of the same length.
    let other = SimDisk::new();
    write(&disk.fork(), 9 + 40).expect("a sound disk");
    write(&other, 9).expect("a sound disk");
    write(&other, 9 + 40).expect("a sound disk");
    assert_eq!(payload(9).len(), payload(9 + 40).len(), "or nothing is shown");
    let donor = other.content(&snap(49)).expect("it is there");
    assert!(other.edit(&snap(9), |file| {
        file[64..72 + payload(9).len()].copy_from_slice(&donor[64..72 + payload(9).len()])
    }));
    let fault = read(&other, PARTITION, 9).expect_err("a chunk belongs to another snapshot").to_string();
    assert!(fault.contains("check of a chunk"), "{fault}");
}

/// CRC32C bit by bit, independent of the tested one.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn a_crash_during_a_snapshot_leaves_it_complete_or_absent() {
    let (mut whole, mut none, mut left) = (0, 0, 0);
    for nth in 1.. {
        let before = SimDisk::new();
        write(&before, 5).expect("a sound disk");
        before.inject(DiskFault::PowerFails { nth });
        let finished = write(&before, 9).is_ok();
        for seed in 0..40 {
            let disk = before.fork();
            match seed {
                0 => disk.crash(|_| 0),
                1 => disk.crash(|_| 1),
                _ => disk.crash(choices(seed)),
            }
            assert!(is_whole(&disk, 5), "the older one is gone");
            let named = listed(&disk).contains(&9);
            assert_eq!(named, is_whole(&disk, 9), "operation {nth} seed {seed}");
            assert!(named || !finished, "a finished snapshot is gone: seed {seed}");
            (whole, none) = (whole + u32::from(named), none + u32::from(!named));
            left +=
                u32::from(disk.list(directory()).expect("a disk").iter().any(|name| name.ends_with(".tmp")));
            // The next attempt does not collide with the rest of this one.
            write(&disk, 9).expect("a sound disk");
            assert!(is_whole(&disk, 9));
        }
        if finished {
            break;
        }
    }
    assert!(whole > 40 && none > 200 && left > 100, "{whole} whole, {none} not, {left} left something");
}

#[test]
fn an_unfinished_snapshot_is_removed_at_the_next_start() {
    let disk = filled(options(300), &[4]);
    disk.create(&directory().join("00000000000000000003.snap.tmp")).expect("a sound disk");
    open(&disk, options(300)).expect("a sound journal");
    let names = disk.list(directory()).expect("a sound disk");
    assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{names:?}");
}

#[test]
fn a_nearly_full_disk_is_left_to_the_journal() {
    let disk = SimDisk::new();
    let mut draft =
        FileSnapshotWriter::create(&disk, directory(), PARTITION, 9, u64::MAX).expect("a sound disk");
    let error = draft.write(&[7]).expect_err("no byte is to spare");
    assert!(matches!(error, Error::Crowded { spare: u64::MAX, .. }), "{error}");
}

#[test]
fn a_disk_failure_is_reported() {
    for (fault, words) in [
        (DiskFault::WriteFails { nth: 2, errno: ENOSPC }, "cannot write"),
        (DiskFault::SyncFails { nth: 1, errno: EIO }, "cannot sync"),
        (DiskFault::SyncFails { nth: 2, errno: EIO }, "cannot sync"),
    ] {
        let disk = SimDisk::new();
        disk.inject(fault);
        let error = write(&disk, 9).expect_err("the disk failed").to_string();
        assert!(error.contains(words), "{error}");
    }
    let disk = SimDisk::new();
    write(&disk, 9).expect("a sound disk");
    disk.inject(DiskFault::ReadFails { nth: 3, errno: EIO });
    assert!(matches!(read(&disk, PARTITION, 9), Err(SnapshotFault::Unread(_))));
    assert!(is_whole(&disk, 9), "it can be read now");
}

/// A journal of many small segments, and a snapshot after each of these records.
fn journal_with_snapshots(taken: &[u64]) -> SimDisk {
    let disk = filled(options(300), &[6; 12]);
    for &sequence in taken {
        write(&disk, sequence).expect("a sound disk");
    }
    disk
}

#[test]
fn only_records_in_the_oldest_kept_snapshot_are_removed() {
    let firsts: Vec<u64> =
        segments(&journal_with_snapshots(&[])).iter().map(|name| name[..20].parse().unwrap()).collect();
    assert!(firsts.len() > 5, "{firsts:?}");
    for oldest in 1..=72 {
        let disk = journal_with_snapshots(&[1, oldest, 72]);
        remove_snapshots_before(&disk, directory(), oldest).expect("a sound disk");
        assert_eq!(segments(&disk).len(), firsts.len(), "the history is kept");
        trim(&disk, directory(), oldest).expect("a sound disk");
        assert_eq!(listed(&disk).last(), Some(&oldest));
        assert_eq!(listed(&disk).len(), if oldest == 72 { 1 } else { 2 });
        let begins = begins_at(&disk, directory()).expect("a sound disk");
        let expected = firsts.iter().rev().find(|first| **first <= oldest + 1);
        assert_eq!(Some(&begins), expected, "after {oldest}");
        // The remaining records can be replayed from there.
        let late = Options { replay_from: oldest + 1, ..options(300) };
        assert_eq!(records(&disk, late).expect("a sound journal"), payloads(72)[oldest as usize..]);
    }
}

#[test]
fn a_crash_while_files_are_removed_leaves_a_journal_without_a_gap() {
    let mut begun = std::collections::BTreeSet::new();
    for nth in 1.. {
        let dark = journal_with_snapshots(&[2, 40, 60]);
        dark.inject(DiskFault::PowerFails { nth });
        let finished = remove_snapshots_before(&dark, directory(), 40)
            .and_then(|()| trim(&dark, directory(), 40))
            .is_ok();
        for seed in 0..12 {
            let disk = dark.fork();
            disk.crash(choices(seed));
            let begins = begins_at(&disk, directory()).expect("a sound disk");
            begun.insert(begins);
            for replay_from in [begins, 41, 61] {
                let late = Options { replay_from, ..options(300) };
                let found = records(&disk, late).expect("no gap");
                assert_eq!(found, payloads(72)[replay_from as usize - 1..], "operation {nth} seed {seed}");
            }
        }
        if finished {
            break;
        }
    }
    assert!(begun.len() > 3, "the history began in few places: {begun:?}");
}

#[test]
fn missing_records_without_a_snapshot_are_no_pruned_history() {
    let disk = journal_with_snapshots(&[]);
    let first = directory().join(segments(&disk).remove(0));
    disk.remove(&first).expect("a sound disk");
    assert_eq!(begins_at(&disk, directory()).expect("a sound disk"), 1);
    assert!(matches!(records(&disk, options(300)), Err(Error::Missing { expected: 1, .. })));
}

#[test]
fn only_sealed_segments_are_counted_and_read() {
    let disk = journal_with_snapshots(&[]);
    let names = segments(&disk);
    let last: u64 = names.last().expect("segments")[..20].parse().expect("a number");
    assert_eq!(
        sealed_bytes(&disk, directory(), 0).expect("a sound disk"),
        (names.len() as u64 - 1) * file_bytes(300) as u64
    );
    assert_eq!(sealed_bytes(&disk, directory(), last - 1).expect("a sound disk"), 0);
    assert_eq!(sealed_bytes(&disk, directory(), last - 2).expect("a sound disk"), file_bytes(300) as u64);
    // The newest segment is not read: it may be in any state.
    assert!(disk.edit(&segment(last), |file| file.fill(0x5a)));
    let mut found = Vec::new();
    let read =
        flashtag::journal::read_sealed(&disk, directory(), PARTITION, options(300), |sequence, payload| {
            assert_eq!(sequence, found.len() as u64 + 1);
            found.push(payload.to_vec());
            Ok(())
        });
    assert_eq!(read.expect("sound segments"), last - 1);
    assert_eq!(found, payloads(last - 1));
    let late = Options { replay_from: last + 5, ..options(300) };
    let none = |_, _: &[u8]| panic!("nothing is left");
    assert_eq!(flashtag::journal::read_sealed(&disk, directory(), PARTITION, late, none).expect("sound"), 0);
}

#[test]
fn each_full_segment_is_reported() {
    let disk = SimDisk::new();
    let mut writer = open(&disk, options(300)).expect("a new journal").0.writer;
    let (sender, receiver) = std::sync::mpsc::channel();
    writer.on_sealed(move || sender.send(()).expect("the test listens"));
    for _ in 0..12 {
        writer.append(&batch(writer.next_sequence(), 6)).expect("a sound disk");
    }
    drop(writer);
    assert_eq!(receiver.iter().count(), segments(&disk).len() - 1);
}
