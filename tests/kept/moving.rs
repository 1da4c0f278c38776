//! Addresses: earlier releases recorded them in journals and histories, and the first start moves them to where people are kept.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flashtag::domain::id::Account;
use flashtag::engine::moving::move_addresses;
use flashtag::journal::{Disk, DiskFile, FileDisk};
use flashtag::ops::KeyPlace;
use flashtag::people::People;

use super::directory::{self, Copy};
use super::engine::{self, Engine};
use crate::people::scan::assert_nowhere;

/// What every address of the kept directories ends with.
const ADDRESS: &str = "@example.com";

/// The text of a kept history as it reads without addresses.
pub(super) fn without_addresses(history: &str) -> String {
    let mut kept = String::new();
    for (index, part) in history.split("\"email\":").enumerate() {
        if index == 0 {
            kept.push_str(part);
        } else if let Some(letter) = part.strip_prefix("{\"to\":\"") {
            let (_, rest) = letter.split_once("\",").expect("an address ends");
            kept.extend(["\"email\":{\"has_address\":true,", rest]);
        } else {
            let (_, rest) =
                part.strip_prefix('"').and_then(|claim| claim.split_once('"')).expect("an address");
            kept.extend(["\"has_address\":true", rest]);
        }
    }
    kept
}

fn people_of(data: &Path) -> People {
    People::open(data, &KeyPlace::find(None, None, data)).unwrap_or_else(|error| panic!("{error}"))
}

/// The address that is kept of an account.
fn kept(people: &People, account: &str) -> Option<String> {
    let account: Account = account.parse().expect("an account");
    people.get(&account).expect("it is read").and_then(|person| person.email)
}

#[test]
fn the_first_start_moves_every_address_to_where_people_are_kept() {
    for name in directory::names() {
        let copy = Copy::of(&name);
        // The live history of that release, too.
        let history = copy.data().join("history.ndjson");
        fs::copy(copy.path().join("history.ndjson"), &history).expect("a copy");
        let config = fs::read_to_string(copy.config()).expect("it is there");
        let subscribed = format!("{config}\n[subscribers]\nhistory = \"history.ndjson\"\n");
        fs::write(copy.config(), subscribed).expect("it is written");
        let before = engine::history(&copy.data());
        Engine::start(&copy.config()).stop();
        assert_nowhere(&copy.data(), &[ADDRESS]);
        let after = engine::history(&copy.data());
        let after: HashSet<&str> = after.lines().collect();
        assert!(before.lines().all(|line| after.contains(line)), "{name}: each record is as it was");
        let live = fs::read_to_string(&history).expect("it is there");
        assert!(live.starts_with(&without_addresses(&copy.read("history.ndjson"))), "{name}");
        // What a start does once is not done again, and nothing is lost by another start.
        Engine::start(&copy.config()).kill();
        assert_nowhere(&copy.data(), &[ADDRESS]);
        let people = people_of(&copy.data());
        assert_eq!(kept(&people, "x:1").as_deref(), Some("1@example.com"), "{name}");
        assert!(kept(&people, "bluesky:did:plc:ana").is_some_and(|email| email.ends_with(ADDRESS)), "{name}");
    }
}

/// A disk whose power fails at an operation: it and all later ones fail.
struct FailingDisk {
    left: Arc<AtomicU64>,
}

struct FailingFile {
    file: Box<dyn DiskFile>,
    left: Arc<AtomicU64>,
}

/// Counts one operation.
fn step(left: &AtomicU64) -> io::Result<()> {
    let stepped = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    stepped.map(drop).map_err(|_| io::Error::other("the power failed"))
}

impl FailingDisk {
    fn wrap(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FailingFile { file, left: Arc::clone(&self.left) })
    }
}

impl Disk for FailingDisk {
    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        step(&self.left)?;
        FileDisk.create_dir(directory)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        step(&self.left)?;
        FileDisk.create(path).map(|file| self.wrap(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        FileDisk.open(path).map(|file| self.wrap(file))
    }

    fn read(&self, path: &Path, into: &mut Vec<u8>) -> io::Result<()> {
        FileDisk.read(path, into)
    }

    fn free(&self, directory: &Path) -> io::Result<u64> {
        FileDisk.free(directory)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        FileDisk.list(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        step(&self.left)?;
        FileDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        step(&self.left)?;
        FileDisk.remove(path)
    }

    fn fsync_dir(&self, directory: &Path) -> io::Result<()> {
        step(&self.left)?;
        FileDisk.fsync_dir(directory)
    }
}

impl DiskFile for FailingFile {
    fn pwrite(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        step(&self.left)?;
        self.file.pwrite(bytes, offset)
    }

    fn pread(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.pread(into, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn sync_data(&self) -> io::Result<()> {
        step(&self.left)?;
        self.file.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        step(&self.left)?;
        self.file.sync_all()
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        step(&self.left)?;
        self.file.preallocate(bytes)
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        step(&self.left)?;
        self.file.truncate(bytes)
    }

    fn is_named(&self) -> io::Result<bool> {
        self.file.is_named()
    }

    fn prewrite(&self, bytes: Range<u64>) -> io::Result<()> {
        step(&self.left)?;
        self.file.prewrite(bytes)
    }
}

/// Moves the addresses of a copy on a disk that fails after so many operations. Returns whether all was done.
fn moved(data: &Path, people: &People, operations: u64) -> bool {
    let disk: Arc<dyn Disk> = Arc::new(FailingDisk { left: Arc::new(AtomicU64::new(operations)) });
    move_addresses(&disk, data, people).is_ok()
}

#[test]
fn an_end_at_any_operation_of_the_moving_is_completed_by_the_next_start() {
    for name in ["bd5092e-segments", "fe8d8ec-pruned"] {
        let records = engine::history(&Copy::of(name).data());
        let mut operations = 0;
        loop {
            let copy = Copy::of(name);
            let people = people_of(&copy.data());
            let done = moved(&copy.data(), &people, operations);
            drop(people);
            // Whatever was replaced already, each record is still there.
            if operations % 7 == 0 || done {
                assert_eq!(engine::history(&copy.data()), records, "{name} after {operations} operations");
            }
            let people = people_of(&copy.data());
            assert!(moved(&copy.data(), &people, u64::MAX));
            assert_eq!(kept(&people, "x:1").as_deref(), Some("1@example.com"), "{name} after {operations}");
            drop(people);
            // The old journal of links goes once its links are in the control journal.
            fs::remove_dir_all(copy.data().join("journal/links")).ok();
            assert_nowhere(&copy.data(), &[ADDRESS]);
            if done {
                assert_eq!(engine::history(&copy.data()), records, "{name}");
                break;
            }
            operations += 1;
        }
        assert!(operations > 30, "{name}: only {operations} operations were tried");
    }
}
