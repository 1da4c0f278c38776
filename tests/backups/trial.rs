//! A random sequence of linking, erasing, backing up, restoring and passing time on a data directory of people and journals, without
//! a server: an account that is erased in the end must be erased in every directory that is made of any backup.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::backups::{
    Backups, JournalFiles, Restoring, Running, Source, record_restored_erasures, restore, survey,
};
use flashtag::control::instance_file::InstanceFile;
use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::record::ControlEvent;
use flashtag::domain::id::{Account, Authors, Network};
use flashtag::domain::link::LinkedAccount;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::accounts::decode_link;
use flashtag::journal::{FileDisk, FileLog, FileStore, Options};
use flashtag::ops::{KeyPlace, OpsDatabase};
use flashtag::people::{Held, People};
use tempfile::TempDir;

use crate::test_rng::TestRng;

const ACCOUNTS: usize = 6;
const RETENTION: Millis = Millis::from_secs(35 * 86_400);
const DAY: Millis = Millis::from_secs(86_400);
/// Bytes of a segment, so that there are several.
const SEGMENT_BYTES: u64 = 64 << 10;

fn account(number: usize) -> Account {
    Account::parse(Network::X, &(500 + number).to_string()).expect("an id")
}

fn control_of(data: &Path) -> ControlJournal<FileLog> {
    let store = FileStore::new(Arc::new(FileDisk), &data.join("journal/control"), CONTROL);
    let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::default() };
    ControlJournal::recover(&store, options).unwrap_or_else(|error| panic!("{error}"))
}

/// What is running.
struct World {
    place: TempDir,
    now: Timestamp,
    backups: Backups,
    people: People,
    database: OpsDatabase,
    control: ControlJournal<FileLog>,
    /// Who is known, and who was erased and not linked since.
    known: BTreeSet<usize>,
    erased: BTreeSet<usize>,
    made: Vec<PathBuf>,
    addresses: u64,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let data = place.path().join("data");
        let people = People::open(&data, &KeyPlace::find(None, None, &data)).expect("people");
        InstanceFile::of(&data).create([7; 16]).expect("an identity");
        Self {
            now: Timestamp::from_ms(1_700_000_000_000),
            backups: Backups::open(&place.path().join("backups"), RETENTION).expect("backups"),
            people,
            database: OpsDatabase::open(&data.join("ops.sqlite")).expect("a database"),
            control: control_of(&data),
            known: BTreeSet::new(),
            erased: BTreeSet::new(),
            made: Vec::new(),
            addresses: 0,
            place,
        }
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    fn link(&mut self, number: usize) {
        self.addresses += 1;
        let email = format!("a{}@shop.example", self.addresses);
        self.people.link(&account(number), |person| person.give_address(&email)).expect("it is stored");
        let line = format!(
            r#"{{"network":"x","author_id":"{}","card":{{"token":"tok_{}","brand":"amex","funding":"credit","last4":"1005"}},"email":"{email}","region":"US-NY"}}"#,
            500 + number,
            self.addresses
        );
        let linked =
            decode_link(line.as_bytes(), Authors::OfNetworks).unwrap_or_else(|fault| panic!("{fault}"));
        // The address is where people are kept.
        let linked = LinkedAccount { link: linked.link.without_email(), ..linked };
        self.control.record(self.now, ControlEvent::Linked(linked)).expect("it is recorded");
        self.control.flush().expect("it is durable");
        self.known.insert(number);
        self.erased.remove(&number);
    }

    /// As the server erases: the ledger, the record, the key. A backup may be made in between.
    fn erase(&mut self, number: usize, meanwhile: impl FnOnce(&mut Self)) {
        let noted = self.backups.ledger().note(&account(number), self.now).expect("it is noted");
        meanwhile(self);
        self.control
            .record(self.now, ControlEvent::Erased { account: account(number) })
            .expect("it is recorded");
        self.control.flush().expect("it is durable");
        self.people.erase(&account(number)).expect("it is erased");
        drop(noted);
        self.known.remove(&number);
        self.erased.insert(number);
    }

    fn back_up(&mut self) {
        let running = Running {
            database: self.database.clone(),
            people: self.people.clone(),
            files: JournalFiles::default(),
        };
        let source = Source { data: self.data(), running: Some(running) };
        let made = self.backups.make(&source, self.now).unwrap_or_else(|error| panic!("{error}"));
        self.made.push(made.path);
        let found = survey(&self.place.path().join("backups"), RETENTION, self.now).expect("it is read");
        assert_eq!(found.faults, Vec::<String>::new(), "after a backup, each is whole and no key is too old");
    }

    /// Restores a backup, starts the directory as far as people are concerned, and asserts that nobody came back.
    fn check(&self, backup: &Path) {
        let to = self.place.path().join("restored");
        restore(backup, &to, Restoring::Continue, self.now).unwrap_or_else(|error| panic!("{error}"));
        let people = People::open(&to, &KeyPlace::find(None, None, &to)).expect("people");
        for &number in &self.erased {
            let held = people.held(&account(number)).unwrap_or_else(|error| panic!("{error}"));
            assert!(!matches!(held, Held::Known(_)), "{number} was erased, and is known again");
        }
        for &number in &self.known {
            // Nobody is unreadable: who does not open any more was erased.
            people.held(&account(number)).unwrap_or_else(|error| panic!("{error}"));
        }
        let mut control = control_of(&to);
        record_restored_erasures(&to, &mut control, self.now).expect("they are recorded");
        for &number in &self.erased {
            assert!(control.state().is_erased(&account(number)), "the erasure of {number} is not recorded");
        }
        drop((people, control));
        fs::remove_dir_all(&to).expect("it was made");
    }
}

/// Runs a seed. Returns what it found.
pub(crate) fn judge(seed: u64) -> Result<(), String> {
    let run = AssertUnwindSafe(|| run(seed));
    catch_unwind(run).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

fn run(seed: u64) {
    let mut rng = TestRng::new(seed);
    let mut world = World::new();
    for _ in 0..12 + rng.below(12) {
        world.now = world.now.plus(Millis::from_ms(1 + rng.below(1_000) as i64));
        let number = rng.below(ACCOUNTS);
        match rng.below(10) {
            0..=3 => world.link(number),
            4 => world.erase(number, |_| ()),
            5 => world.erase(number, World::back_up),
            6..=7 => world.back_up(),
            8 => world.now = world.now.plus(Millis::from_ms(DAY.ms() * rng.below(30) as i64)),
            _ => {
                if let Some(backup) = world.made.get(rng.below(world.made.len().max(1))) {
                    world.check(backup);
                }
            }
        }
    }
    world.back_up();
    for backup in &world.made {
        world.check(backup);
    }
}
