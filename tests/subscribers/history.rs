//! The history file: its lines, damaged ends, and files that are something else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{Disk, FileDisk, SimDisk};
use flashtag::subscribers::error::SubscriberError;
use flashtag::subscribers::history::HistoryFile;
use flashtag::subscribers::subscriber::Subscriber;

use super::{gap_line, line, sequenced};

const PATH: &str = "/data/history.ndjson";

fn on(disk: &SimDisk) -> HistoryFile {
    HistoryFile::new(Arc::new(disk.clone()), PathBuf::from(PATH))
}

fn content(disk: &SimDisk) -> Vec<u8> {
    disk.content(Path::new(PATH)).expect("the file is there")
}

fn disk_with(content: &[u8]) -> SimDisk {
    let disk = SimDisk::new();
    disk.create(Path::new(PATH)).expect("a sound disk");
    assert!(disk.edit(Path::new(PATH), |file| *file = content.to_vec()));
    disk
}

/// Two partitions in turn, with a gap.
fn whole() -> Vec<Vec<u8>> {
    [line(0, 1), line(1, 1), line(1, 2), line(0, 2), gap_line(0, 3, 8), line(1, 3), line(0, 9)].to_vec()
}

#[test]
fn its_lines_equal_those_of_the_command() {
    let disk = SimDisk::new();
    let mut history = on(&disk);
    assert_eq!(history.open(&[9, 3]).unwrap(), [0, 0]);
    history.apply(0, &sequenced(1..=1)).unwrap();
    history.apply(1, &sequenced(1..=2)).unwrap();
    history.apply(0, &sequenced(2..=2)).unwrap();
    history.note_gap(0, 3..=8).unwrap();
    history.apply(1, &sequenced(3..=3)).unwrap();
    history.apply(0, &sequenced(9..=9)).unwrap();
    assert_eq!(content(&disk), whole().concat());
}

#[test]
fn a_torn_end_is_cut_off_and_written_again() {
    let bytes = whole().concat();
    for length in 0..bytes.len() {
        let disk = disk_with(&bytes[..length]);
        let mut history = on(&disk);
        let [first, second] = history.open(&[9, 3]).unwrap()[..] else { panic!("two partitions") };
        let mut kept = 0;
        let (mut expected, mut expected_end) = ([0, 0], 0);
        for (line, (partition, last)) in
            whole().iter().zip([(0, 1), (1, 1), (1, 2), (0, 2), (0, 8), (1, 3), (0, 9)])
        {
            kept += line.len();
            if kept <= length {
                expected[partition] = last;
                expected_end = kept;
            }
        }
        assert_eq!(([first, second], content(&disk).len()), (expected, expected_end), "{length}");
        if first < 2 {
            history.apply(0, &sequenced(first + 1..=2)).unwrap();
        }
        if first < 3 {
            history.note_gap(0, 3..=8).unwrap();
        }
        history.apply(0, &sequenced(first.max(8)..=9)).unwrap_or_else(|error| panic!("{length}: {error}"));
        history.apply(1, &sequenced(second.max(1)..=3)).unwrap();
        let mut lines: Vec<_> =
            content(&disk).split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort();
        let mut all = whole();
        all.sort();
        assert_eq!(lines, all, "{length}");
    }
}

/// After a power loss any part of the unsynced data may remain.
#[test]
fn a_damaged_end_is_cut_off_where_it_begins() {
    let lines: Vec<_> = (1..=9).map(|sequence| line(0, sequence)).collect();
    for damaged in 0..9 {
        let mut zeroed = lines.clone();
        let half = zeroed[damaged].len() / 2;
        zeroed[damaged][half..].fill(0);
        let mut left_out = lines.clone();
        left_out.remove(damaged);
        for content in [zeroed, left_out] {
            let mut history = on(&disk_with(&content.concat()));
            let found = history.open(&[9]).unwrap();
            // A history without its first or last line is complete as well.
            let whole = content.len() < 9 && (damaged == 0 || damaged == 8);
            let expected = if whole { if damaged == 0 { 9 } else { 8 } } else { damaged as u64 };
            assert_eq!(found, [expected], "{damaged}");
        }
    }
    let mut history = on(&disk_with(&[vec![0; 600], lines[1..].concat()].concat()));
    assert_eq!(history.open(&[9]).unwrap(), [0], "the beginning was never synced");
}

#[test]
fn a_long_idle_partition_is_found() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("history.ndjson");
    let mut history = HistoryFile::new(Arc::new(FileDisk), path.clone());
    history.open(&[100_000; 3]).unwrap();
    history.apply(2, &sequenced(1..=3)).unwrap();
    history.apply(1, &sequenced(1..=1)).unwrap();
    let mut last = 0;
    while std::fs::metadata(&path).unwrap().len() < 19 << 20 {
        history.apply(0, &sequenced(last + 1..=last + 1_000)).unwrap();
        last += 1_000;
        if last == 2_000 {
            history.apply(2, &sequenced(4..=5)).unwrap();
        }
    }
    drop(history);
    let mut history = HistoryFile::new(Arc::new(FileDisk), path);
    assert_eq!(history.open(&[last, 1, 5]).unwrap(), [last, 1, 5]);
}

#[test]
fn another_file_is_left_alone() {
    for text in
        ["a list of my own\n", "{\"partitions\":1}\n", "{\"partition\"=1}\n", "\u{feff}{\"partition\":0"]
    {
        let disk = disk_with(text.as_bytes());
        let refused = on(&disk).open(&[9]).unwrap_err();
        assert!(matches!(refused, SubscriberError::NotAHistory { .. }), "{refused}");
        let words = refused.to_string();
        assert_eq!(words, format!("{PATH} is not a history and is left alone; name another file"));
        assert_eq!(content(&disk), text.as_bytes());
    }
}

#[test]
fn the_history_of_another_sale_is_not_continued() {
    let other = String::from_utf8([line(0, 1), line(0, 2)].concat()).unwrap().replace("2013-", "2014-");
    let disk = disk_with(other.as_bytes());
    let mut history = on(&disk);
    assert_eq!(history.open(&[9]).unwrap(), [2]);
    let refused = history.apply(0, &sequenced(2..=3)).unwrap_err();
    assert!(matches!(refused, SubscriberError::Foreign { partition: 0, sequence: 2, .. }), "{refused}");
    assert!(refused.to_string().contains("move it away"), "{refused}");
    assert_eq!(content(&disk), other.as_bytes());
    // Records of partitions that these journals lack.
    let refused = on(&disk_with(&line(7, 1))).open(&[9]).unwrap_err();
    assert!(matches!(refused, SubscriberError::Ahead { partition: 7, .. }), "{refused}");
}

#[test]
fn a_failed_opening_names_its_reason() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("none/history.ndjson");
    let mut history = HistoryFile::new(Arc::new(FileDisk), missing.clone());
    let refused = history.open(&[0]).unwrap_err().to_string();
    assert!(refused.starts_with(&format!("cannot create {}", missing.display())), "{refused}");
    assert!(refused.ends_with("create its directory"), "{refused}");
    std::fs::create_dir(place.path().join("none")).unwrap();
    assert_eq!(history.open(&[0]).unwrap(), [0], "it resumes once the cause is gone");
    assert!(HistoryFile::new(Arc::new(FileDisk), place.path().to_owned()).open(&[0]).is_err(), "a directory");
}
