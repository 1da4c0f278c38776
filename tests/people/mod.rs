//! The people of a data directory: what is put is there after every kill, and what is erased is gone from every file.

mod plain_text;
pub(crate) mod scan;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use flashtag::domain::id::{Account, Network};
use flashtag::domain::time::Timestamp;
use flashtag::ops::{KeyPlace, SecretsKeyError};
use flashtag::people::{Consent, Held, People, PeopleError, Person, PersonEdit};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

const KEYS: &str = "people-keys.sqlite";
const SEALED: &str = "people.sqlite";

fn account(number: u64) -> Account {
    Account::parse(Network::X, &(1_000 + number).to_string()).unwrap()
}

fn person(number: u64) -> Person {
    Person { name: Some(format!("Ana {number}")), ..Person::with_email(&format!("ana{number}@shop.example")) }
}

/// Links an account whose owner is known as this person.
pub(crate) fn store(people: &People, account: &Account, person: &Person) {
    let stored = people.link(account, |edit| {
        edit.forget_address();
        if let Some(address) = &person.email {
            edit.give_address(address);
        }
        if person.email_verified {
            edit.prove_address();
        }
        if let Some(name) = &person.name {
            edit.set_name(name);
        }
        if let Some(ship_to) = &person.ship_to {
            edit.set_ship_to(ship_to);
        }
    });
    assert_eq!(stored.unwrap_or_else(|error| panic!("{error}")), *person);
}

fn open(data: &Path) -> Result<People, PeopleError> {
    People::open(data, &KeyPlace::find(None, None, data))
}

fn opened(data: &Path) -> People {
    open(data).unwrap_or_else(|error| panic!("{error}"))
}

/// Copies the files of the people, as a kill would leave them now.
fn killed(data: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    take_over(data, copy.path(), "");
    copy
}

/// Copies the files whose names begin so.
fn take_over(from: &Path, to: &Path, beginning: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with(beginning) {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Whether any file of the directory has these bytes.
fn holds(data: &Path, bytes: &[u8]) -> bool {
    let mut files = fs::read_dir(data).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

/// The sealed key of an account, from a copy of the files.
fn sealed_key(data: &Path, account: &Account) -> Vec<u8> {
    let copy = killed(data);
    let raw = Connection::open(copy.path().join(KEYS)).unwrap();
    let sql = "SELECT sealed FROM keys WHERE account = ?1";
    raw.query_row(sql, [account.to_string()], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_put_is_there_until_it_is_replaced_or_erased() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    let (ana, ben) = (account(1), account(2));
    assert_eq!(people.held(&ana).unwrap(), Held::Nothing);
    store(&people, &ana, &person(1));
    store(&people, &ben, &person(2));
    people.add_vouched(&[(&ana, "other@shop.example"), (&account(3), "ana3@shop.example")]).unwrap();
    let vouched = Person { email_verified: true, ..Person::with_email("ana3@shop.example") };
    assert_eq!(people.get(&account(3)).unwrap(), Some(vouched), "who is known stays as they are");
    store(&people, &ana, &person(4));
    for name in [KEYS, SEALED] {
        let mode = fs::metadata(data.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
    drop(people);
    let people = opened(data.path());
    assert_eq!(people.get(&ana).unwrap(), Some(person(4)));
    assert_eq!(people.get(&ben).unwrap(), Some(person(2)));
    people.erase(&ana).unwrap();
    people.erase(&account(9)).unwrap();
    drop(people);
    let people = opened(data.path());
    for erased in [ana.clone(), account(9)] {
        assert_eq!(people.held(&erased).unwrap(), Held::Erased);
        assert_eq!((people.get(&erased).unwrap(), people.is_erased(&erased).unwrap()), (None, true));
    }
    assert_eq!(people.get(&ben).unwrap(), Some(person(2)), "nobody else is erased");
    people.add_vouched(&[(&ana, "ana4@shop.example")]).unwrap();
    let changed = people.change(&ana, |edit| edit.vouch_for("ana4@shop.example")).unwrap();
    assert_eq!(
        (changed, people.held(&ana).unwrap()),
        (None, Held::Erased),
        "only a link brings somebody back"
    );
    store(&people, &ana, &person(5));
    assert_eq!((people.get(&ana).unwrap(), people.is_erased(&ana).unwrap()), (Some(person(5)), false));
    assert_eq!(format!("{people:?}"), "People");
}

/// Every change is of what is kept when it is made: of several at once, none is lost.
#[test]
fn changes_at_the_same_time_are_all_kept() {
    const EACH: u64 = 25;
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    people.link(&account(1), |edit| edit.give_address("ana@shop.example")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let people = people.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    let (to, at) = (format!("{thread}-{number}"), Timestamp::from_ms(1));
                    let agree = |edit: &mut PersonEdit| {
                        edit.agree(Consent { to, version: "1".into(), at });
                        if (thread, number) == (2, EACH / 2) {
                            edit.prove_address();
                        }
                    };
                    people.change(&account(1), agree).unwrap();
                }
            });
        }
    });
    let known = people.get(&account(1)).unwrap().expect("she is known");
    assert_eq!(known.consents.len() as u64, 4 * EACH);
    assert_eq!(known.proven_address(), Some("ana@shop.example"));
}

#[test]
fn no_file_shows_a_person() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    for number in 0..50 {
        store(&people, &account(number), &person(number));
    }
    for closed in [false, true] {
        assert!(!holds(data.path(), b"shop.example") && !holds(data.path(), b"Ana "), "closed: {closed}");
        if !closed {
            drop(opened(killed(data.path()).path()));
        }
    }
    assert!(holds(data.path(), b"x:1049"), "the account is the reference");
}

/// A copy of the sealed person that somebody took earlier does not help: the key is in no file any more.
#[test]
fn a_person_who_was_erased_does_not_open_from_an_earlier_copy() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    store(&people, &account(1), &person(1));
    let earlier = killed(data.path());
    people.erase(&account(1)).unwrap();
    drop(people);
    take_over(earlier.path(), data.path(), "people.sqlite");
    assert_eq!(opened(data.path()).held(&account(1)).unwrap(), Held::Erased);
    // Not even after a new key was made for the account.
    store(&opened(data.path()), &account(1), &person(2));
    fs::remove_file(data.path().join("people.sqlite")).unwrap();
    take_over(earlier.path(), data.path(), "people.sqlite");
    let opened = opened(data.path()).held(&account(1));
    assert!(matches!(opened, Err(PeopleError::Unreadable { .. })), "{opened:?}");
}

/// Keys and people are two files, and a crash may come between their transactions.
#[test]
fn a_crash_between_the_two_files_leaves_nobody_half_erased_or_half_stored() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    store(&people, &account(1), &person(1));
    let before = killed(data.path());
    people.erase(&account(1)).unwrap();
    store(&people, &account(2), &person(2));
    let after = killed(data.path());
    let crashed = killed(before.path());
    take_over(after.path(), crashed.path(), KEYS);
    let people = opened(crashed.path());
    assert_eq!(people.held(&account(1)).unwrap(), Held::Erased, "the key went first");
    assert_eq!(people.held(&account(2)).unwrap(), Held::Nothing, "the key came first");
    // Both are completed by being asked for again.
    people.erase(&account(1)).unwrap();
    store(&people, &account(2), &person(2));
    assert_eq!(people.get(&account(2)).unwrap(), Some(person(2)));
}

#[test]
fn a_person_without_a_key_is_told_from_one_who_was_erased() {
    let data = tempfile::tempdir().unwrap();
    store(&opened(data.path()), &account(1), &person(1));
    fs::remove_file(data.path().join(KEYS)).unwrap();
    let people = opened(data.path());
    let lost = people.held(&account(1)).expect_err("the keys are gone");
    assert!(matches!(lost, PeopleError::NoKey { .. }), "{lost}");
    assert!(!people.is_erased(&account(1)).unwrap());
}

#[test]
fn a_sealed_person_opens_under_the_own_account_only() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    store(&people, &account(1), &person(1));
    store(&people, &account(2), &person(2));
    drop(people);
    for (file, table) in [(SEALED, "people"), (KEYS, "keys")] {
        let swapped = killed(data.path());
        let raw = Connection::open(swapped.path().join(file)).unwrap();
        let sql =
            format!("UPDATE {table} SET sealed = (SELECT sealed FROM {table} WHERE account = 'x:1002')");
        raw.execute(&sql, []).unwrap();
        drop(raw);
        let people = opened(swapped.path());
        let read = people.held(&account(1));
        assert!(matches!(read, Err(PeopleError::Unreadable { .. })), "{file}: {read:?}");
        assert_eq!(people.get(&account(2)).unwrap(), Some(person(2)), "{file}");
    }
}

#[test]
fn another_key_of_the_secrets_is_refused_and_none_is_made_in_place_of_a_lost_one() {
    let data = tempfile::tempdir().unwrap();
    store(&opened(data.path()), &account(1), &person(1));
    let other = tempfile::tempdir().unwrap();
    drop(opened(other.path()));
    let key = data.path().join("secrets.key");
    let own = fs::read(&key).unwrap();
    fs::copy(other.path().join("secrets.key"), &key).unwrap();
    let refused = open(data.path()).expect_err("it is another key");
    assert!(matches!(refused, PeopleError::OtherKey { .. }), "{refused}");
    assert_eq!(refused.exit_code(), 78);
    fs::remove_file(&key).unwrap();
    let refused = open(data.path()).expect_err("the key is gone");
    assert!(matches!(refused, PeopleError::Key(SecretsKeyError::Missing { .. })), "{refused}");
    assert!(!key.exists());
    fs::write(&key, own).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(opened(data.path()).get(&account(1)).unwrap(), Some(person(1)));
}

#[test]
fn something_done_once_stays_done() {
    let data = tempfile::tempdir().unwrap();
    let people = opened(data.path());
    assert!(!people.is_done("moved").unwrap());
    people.note_done("moved").unwrap();
    people.note_done("moved").unwrap();
    drop(people);
    let people = opened(data.path());
    assert_eq!((people.is_done("moved").unwrap(), people.is_done("else").unwrap()), (true, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever was put and erased before: the key of who is erased is in no file, neither open, nor killed, nor closed.
    #[test]
    fn the_key_of_who_is_erased_is_nowhere(
        steps in proptest::collection::vec((0..40_u64, 0..3_u8), 1..60),
    ) {
        let data = tempfile::tempdir().unwrap();
        let mut people = opened(data.path());
        let mut destroyed = Vec::new();
        for (number, step) in steps {
            let account = account(number);
            match step {
                0 => {
                    if matches!(people.held(&account).unwrap(), Held::Known(_)) {
                        destroyed.push(sealed_key(data.path(), &account));
                    }
                    people.erase(&account).unwrap();
                    prop_assert_eq!(people.held(&account).unwrap(), Held::Erased);
                    prop_assert!(destroyed.iter().all(|key| !holds(data.path(), key)));
                }
                1 => {
                    store(&people, &account, &person(number));
                    prop_assert_eq!(people.get(&account).unwrap(), Some(person(number)));
                }
                _ => {
                    drop(people);
                    people = opened(data.path());
                }
            }
        }
        let crashed = killed(data.path());
        drop(opened(crashed.path()));
        drop(people);
        for directory in [data.path(), crashed.path()] {
            prop_assert!(destroyed.iter().all(|key| !holds(directory, key)));
        }
    }
}
