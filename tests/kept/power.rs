//! The power fails at any operation of the first start of this release, which moves the addresses out of older journals: what was
//! not synced may be lost, in any part. The next start completes the moving, loses no record, and leaves no address.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::old_links::{import_links, remove};
use flashtag::domain::time::Timestamp;
use flashtag::engine::moving::move_addresses;
use flashtag::journal::{Disk, DiskFault, FileStore, LogStore, Options, SimDisk};
use flashtag::ops::KeyPlace;
use flashtag::people::People;
use tempfile::TempDir;

use super::directory::Copy;
use crate::test_rng::TestRng;

const SEGMENT_BYTES: u64 = 64 << 10;
const ADDRESS: &[u8] = b"@example.com";

/// A kept directory: its journals on a simulated disk, its people on the machine's.
struct Machine {
    disk: SimDisk,
    place: TempDir,
    journals: Vec<PathBuf>,
}

fn names_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<PathBuf> =
        entries.map(|entry| PathBuf::from(entry.expect("an entry").file_name())).collect();
    names.sort();
    names
}

impl Machine {
    fn of(kept: &Copy) -> Self {
        let (disk, place) = (SimDisk::new(), tempfile::tempdir().expect("a directory"));
        let from = kept.data().join("journal");
        let mut journals = names_in(&from);
        for journal in &journals {
            let to = place.path().join("journal").join(journal);
            // Which journals there are is asked of the machine's own disk.
            fs::create_dir_all(&to).expect("a directory");
            for name in names_in(&from.join(journal)) {
                let bytes = fs::read(from.join(journal).join(&name)).expect("a file");
                let file = disk.create(&to.join(&name)).expect("a file");
                assert_eq!(file.pwrite(&bytes, 0).expect("it is written"), bytes.len());
                file.sync_all().expect("it is synced");
            }
            disk.fsync_dir(&to).expect("it is synced");
        }
        journals.push("control".into());
        journals.dedup();
        Self { disk, place, journals }
    }

    /// The same directory once more, with people of its own.
    fn again(&self) -> Self {
        let place =
            tempfile::tempdir_in(self.place.path().parent().expect("it is within")).expect("a directory");
        // The paths on the simulated disk stay those of the first.
        Self { disk: self.disk.fork(), place, journals: self.journals.clone() }
    }

    /// The part of a start that moves addresses, with these people.
    fn start(&self, data: &Path, people: &People) -> Result<(), String> {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        move_addresses(&disk, data, people).map_err(|error| error.to_string())?;
        let store = FileStore::new(Arc::clone(&disk), &data.join("journal/control"), CONTROL);
        let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::default() };
        let mut control = ControlJournal::recover(&store, options).map_err(|error| error.to_string())?;
        let links = data.join("journal/links");
        let imported = import_links(Arc::clone(&disk), &links, &mut control, Timestamp::from_ms(1));
        imported.map_err(|error| error.to_string())?;
        remove(&*disk, &links, &control).map_err(|error| error.to_string())
    }

    /// The records of every partition.
    fn records(&self, data: &Path) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for journal in &self.journals {
            let Some(number) = journal.to_str().and_then(|name| name.strip_prefix("partition-")) else {
                continue;
            };
            let directory = data.join("journal").join(journal);
            let store =
                FileStore::new(Arc::new(self.disk.clone()), &directory, number.parse().expect("a number"));
            let replay_from = store.first_sequence().expect("it is read");
            let options = Options { replay_from, ..Options::default() };
            let mut keep = |_, payload: &[u8]| {
                records.push(payload.to_vec());
                Ok(())
            };
            store.read(options, &mut keep).unwrap_or_else(|error| panic!("{error}"));
        }
        records
    }

    /// The files that have an address.
    fn with_address(&self, data: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for journal in &self.journals {
            let directory = data.join("journal").join(journal);
            for name in self.disk.list(&directory).unwrap_or_default() {
                let content = self.disk.content(&directory.join(&name)).expect("it is listed");
                if memchr::memmem::find(&content, ADDRESS).is_some() {
                    found.push(directory.join(name));
                }
            }
        }
        found
    }
}

fn people_in(place: &TempDir) -> People {
    People::open(place.path(), &KeyPlace::find(None, None, place.path()))
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_power_loss_at_any_operation_of_the_moving_loses_no_record_and_leaves_no_address() {
    for name in ["bd5092e-segments", "fe8d8ec-pruned"] {
        let first = Machine::of(&Copy::of(name));
        let data = first.place.path().to_owned();
        assert!(!first.with_address(&data).is_empty(), "{name}: there is something to move");
        let whole = first.again();
        whole.start(&data, &people_in(&whole.place)).unwrap_or_else(|error| panic!("{error}"));
        let records = whole.records(&data);
        assert!(records.len() > 50, "{name}: only {} records", records.len());
        let mut rng = TestRng::new(24);
        let mut nth = 1;
        loop {
            let machine = first.again();
            let people = people_in(&machine.place);
            machine.disk.inject(DiskFault::PowerFails { nth });
            let ended = machine.start(&data, &people).is_ok();
            // All that was not synced is lost at first, then any part of it.
            machine.disk.crash(|choices| if nth % 2 == 0 { 0 } else { rng.below(choices as usize) as u64 });
            machine.start(&data, &people).unwrap_or_else(|error| panic!("{name}, operation {nth}: {error}"));
            machine.disk.crash(|_| 0);
            assert_eq!(machine.with_address(&data), Vec::<PathBuf>::new(), "{name}, operation {nth}");
            assert_eq!(machine.records(&data), records, "{name}, operation {nth}");
            let ana = people.get(&"x:1".parse().expect("an account")).expect("it is read");
            assert_eq!(
                ana.and_then(|ana| ana.email).as_deref(),
                Some("1@example.com"),
                "{name}, operation {nth}"
            );
            if ended {
                break;
            }
            nth += 1;
        }
        assert!(nth > 60, "{name}: the power failed at {nth} operations only");
    }
}
