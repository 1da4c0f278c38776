//! Directories that are not a journal of this program, or not a complete one.

use super::*;

/// The error of a refused start.
fn refusal(disk: &SimDisk) -> Error {
    open(disk, options(200)).err().expect("a refusal")
}

fn rolled() -> SimDisk {
    let disk = filled(options(200), &[4, 4, 4]);
    assert!(disk.content(&segment(9)).is_some());
    disk
}

fn remove(disk: &SimDisk, path: &Path) {
    use flashtag::journal::Disk;
    disk.remove(path).expect("the file");
}

#[test]
fn a_missing_segment_is_refused() {
    for (removed, expected) in [(1, 1), (5, 5)] {
        let disk = rolled();
        remove(&disk, &segment(removed));
        let error = refusal(&disk);
        assert!(matches!(&error, Error::Missing { expected: it, .. } if *it == expected), "{error}");
    }
}

#[test]
fn a_missing_last_segment_is_refused_by_the_watermark() {
    let disk = rolled();
    remove(&disk, &segment(9));
    let error = refusal(&disk);
    assert!(matches!(error, Error::Damaged { sequence: 9, .. }), "{error}");
}

#[test]
fn a_watermark_without_any_segment_is_refused() {
    let disk = rolled();
    [1, 5, 9].map(segment).iter().for_each(|file| remove(&disk, file));
    let error = refusal(&disk);
    assert!(error.to_string().contains("watermark at 12"), "{error}");
    remove(&disk, &watermark());
    assert_eq!(records(&disk, options(200)).expect("an empty directory"), payloads(0));
}

#[test]
fn a_segment_of_another_partition_is_refused() {
    let disk = rolled();
    let other = recover(Arc::new(disk), directory(), 4, options(200), |_, _| Ok(()));
    assert!(matches!(other.err(), Some(Error::Partition { found: 3, expected: 4, .. })));
}

#[test]
fn a_segment_of_a_later_version_is_refused_even_if_empty() {
    for file in [1, 9] {
        let disk = rolled();
        disk.edit(&segment(file), |bytes| {
            bytes[8] = 4;
            bytes[HEADER..].fill(0);
        });
        let error = refusal(&disk);
        assert!(matches!(error, Error::Version { found: 4, .. }), "{error}");
        assert!(error.to_string().contains("start it with the release that wrote it"), "{error}");
    }
}

#[test]
fn a_broken_header_before_records_is_refused() {
    for file in [1, 5, 9] {
        for byte in [0, 13, 20, 25, 4000] {
            let disk = rolled();
            disk.edit(&segment(file), |bytes| bytes[byte] ^= 4);
            let error = refusal(&disk);
            assert!(matches!(error, Error::Header { .. }), "{error}");
        }
    }
}

#[test]
fn a_segment_under_another_name_is_refused() {
    let disk = rolled();
    let content = disk.content(&segment(5)).expect("the segment");
    disk.edit(&segment(9), |bytes| *bytes = content);
    let error = refusal(&disk);
    assert!(matches!(error, Error::Header { .. }), "{error}");
}

#[test]
fn leftovers_of_an_interrupted_start_are_removed_and_other_files_stay() {
    use flashtag::journal::Disk;
    let disk = rolled();
    let leftover = blank();
    let foreign = directory().join("notes.tmp");
    for file in [&leftover, &foreign] {
        disk.create(file).expect("a new file").pwrite(b"half", 0).expect("a sound disk");
    }
    assert_eq!(records(&disk, options(200)).expect("a sound journal"), payloads(12));
    assert_eq!(disk.content(&leftover), None);
    assert_eq!(disk.content(&foreign), Some(b"half".to_vec()));
}
