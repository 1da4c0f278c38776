//! The links' journal of older releases: its links are taken over once, whatever happens meanwhile.

use std::path::Path;
use std::sync::Arc;

use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::old_links::import_links;
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::journal::{Batch, DiskFault, FileLog, FileStore, LogStore, Options, SimDisk};

use super::{account, second};

const OPTIONS: Options = Options {
    segment_bytes: 1 << 16,
    durability: flashtag::journal::Durability::EachBatch,
    group_bytes: 1 << 14,
    replay_from: 1,
};

fn linked(no: u32, token: &str) -> LinkedAccount {
    let card =
        Card { token: token.into(), brand: "amex".into(), funding: Funding::Credit, last4: "1005".into() };
    LinkedAccount { account: account(no), link: Link::new(&card, "ana@example.com", "US-NY") }
}

fn old_directory() -> &'static Path {
    Path::new("/data/journal/links")
}

/// A directory of a release that had a journal of links: records of postcard without a version.
fn old_disk() -> SimDisk {
    let disk = SimDisk::new();
    let store = FileStore::new(Arc::new(disk.clone()), old_directory(), u32::MAX);
    let mut log = store.open(OPTIONS, &mut |_, _| Ok(())).unwrap().log;
    let mut batch = Batch::new(1);
    for linked in [linked(1, "tok_1"), linked(2, "tok_2"), linked(1, "tok_3")] {
        batch.push(&postcard::to_stdvec(&linked).unwrap());
    }
    log.append(&batch).unwrap();
    log.finish().unwrap();
    drop(log);
    disk.restart();
    disk
}

fn start(disk: &SimDisk) -> Result<ControlJournal<FileLog>, flashtag::journal::Error> {
    let store = FileStore::new(Arc::new(disk.clone()), Path::new("/data/journal/control"), CONTROL);
    let mut control = ControlJournal::recover(&store, OPTIONS)?;
    import_links(Arc::new(disk.clone()), old_directory(), &mut control, second(1))?;
    Ok(control)
}

fn assert_imported(control: &ControlJournal<FileLog>) {
    let token = |no| control.state().link_of(&account(no)).map(|link| link.token().to_owned());
    assert_eq!([token(1), token(2), token(3)], [Some("tok_3".to_owned()), Some("tok_2".to_owned()), None]);
    assert!(control.state().links_imported());
    assert!(control.state().links().all(|(_, link)| link.email().is_none() && link.has_address()));
}

#[test]
fn links_of_an_older_release_are_taken_over_once() {
    let disk = old_disk();
    let control = start(&disk).unwrap();
    assert_imported(&control);
    let sequence = control.state().last_sequence();
    assert_eq!(sequence, 3, "two accounts and the mark");
    disk.restart();
    assert_eq!(start(&disk).unwrap().state().last_sequence(), sequence);
    // A directory without such a journal has nothing to take over.
    let fresh = SimDisk::new();
    let control = start(&fresh).unwrap();
    assert_eq!((control.state().links().count(), control.state().links_imported()), (0, true));
}

#[test]
fn a_power_loss_at_any_operation_of_the_import_loses_no_link() {
    for keeps in [0, 1] {
        let mut operations = 0;
        loop {
            let disk = old_disk();
            disk.inject(DiskFault::PowerFails { nth: operations + 1 });
            let done = start(&disk).is_ok();
            disk.crash(|_| keeps);
            assert_imported(&start(&disk).expect("a crash is no damage"));
            if done {
                break;
            }
            operations += 1;
        }
        assert!(operations > 15, "only {operations} operations were tried");
    }
}
