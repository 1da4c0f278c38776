//! The control journal: recorded events are found again, also from a snapshot; records of a newer release are
//! refused.

use flashtag::clock::Lag;
use flashtag::config::serve::Retain;
use flashtag::control::codec;
use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::record::{ControlEvent, ControlRecord};
use flashtag::control::snapshot::take;
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::domain::time::Millis;
use flashtag::journal::snapshot::store::SnapshotStore;
use flashtag::journal::{Batch, Error, Log, LogStore, MemoryStore, Options, RecordFault};
use flashtag::partition::snapshot::{Policy, Reach};

use super::{account, freeze, second, start, stop, unfreeze};

fn linked(no: u32, token: &str) -> ControlEvent {
    let card =
        Card { token: token.into(), brand: "visa".into(), funding: Funding::Debit, last4: "4242".into() };
    ControlEvent::Linked(LinkedAccount {
        account: account(no),
        link: Link::new(&card, "ana@example.com", "DE-BE"),
    })
}

fn events() -> Vec<ControlEvent> {
    let frozen = freeze(2, 10, 102);
    vec![
        linked(1, "tok_1"),
        linked(2, "tok_2"),
        linked(1, "tok_3"),
        ControlEvent::StatusChanged(frozen.clone()),
        ControlEvent::StatusChanged(unfreeze(&frozen, 12)),
        ControlEvent::StatusChanged(stop(3, 10, 103)),
        ControlEvent::StatusChanged(start(3, 11, 104)),
        ControlEvent::StatusChanged(stop(4, 11, 105)),
        ControlEvent::LinksImported { links: 2 },
        ControlEvent::ClockAccepted { journal: second(29), ahead_ms: 3_600_000 },
        ControlEvent::Erased { account: account(6) },
        ControlEvent::StartedAhead { journal: second(30), ahead_ms: 7_200_000 },
    ]
}

fn options() -> Options {
    Options { segment_bytes: 5_000, ..Options::default() }
}

fn recorded(store: &MemoryStore) -> ControlJournal<<MemoryStore as LogStore>::Log> {
    let mut journal = ControlJournal::recover(store, options()).unwrap();
    for (event, at) in events().into_iter().zip(20..) {
        journal.record(second(at), event).unwrap();
    }
    journal.flush().unwrap();
    journal
}

const POLICY: Policy = Policy { every_bytes: 1, retain: Retain::Snapshots(1), spare_bytes: 0 };

#[test]
fn recorded_events_are_found_in_the_journal_and_in_a_snapshot() {
    let store = MemoryStore::new(CONTROL);
    let before = recorded(&store);
    let (state, sequence) = (before.state().digest(), before.state().last_sequence());
    assert_eq!(sequence, events().len() as u64);
    before.finish().unwrap();
    let replayed = ControlJournal::recover(&store, options()).unwrap();
    assert_eq!((replayed.state().digest(), replayed.records), (state, sequence));
    assert_eq!(replayed.state().journal_time(), second(31));
    replayed.finish().unwrap();

    let taken = take(&store, &POLICY, Reach::All).unwrap().expect("it is worth one");
    assert_eq!((taken.sequence, taken.records), (sequence, sequence));
    let mut from_snapshot = ControlJournal::recover(&store, options()).unwrap();
    assert_eq!((from_snapshot.state().digest(), from_snapshot.records), (state, 0));
    assert!(from_snapshot.state().links_imported());
    assert!(from_snapshot.state().is_erased(&account(6)));
    assert_eq!(from_snapshot.state().link_of(&account(1)).map(Link::token), Some("tok_3"));
    assert!(from_snapshot.state().status_of(&account(4)).silent);
    assert!(!from_snapshot.state().status_of(&account(2)).frozen);
    let accepts =
        |last, ahead_s| from_snapshot.state().accepts_ahead(second(last), Millis::from_secs(ahead_s));
    assert!(accepts(29, 3_600) && !accepts(29, 3_602), "a larger difference is another one");
    assert!(accepts(229, 3_594) && !accepts(229, 3_596), "by then a part of the accepted one was levelled");
    let lag = from_snapshot.state().lag();
    assert_eq!(lag, Lag::after_start(second(30), Millis::from_secs(7_200)));
    // It continues after the snapshot.
    from_snapshot.record(second(40), linked(5, "tok_5")).unwrap();
    from_snapshot.finish().unwrap();
    let further = ControlJournal::recover(&store, options()).unwrap();
    assert_eq!((further.state().last_sequence(), further.records), (sequence + 1, 1));
    assert_eq!(further.state().link_of(&account(5)).map(Link::token), Some("tok_5"));
}

#[test]
fn an_older_word_changes_nothing() {
    let store = MemoryStore::new(CONTROL);
    let mut journal = recorded(&store);
    let digest = journal.state().digest();
    for late in [stop(3, 9, 99), freeze(2, 11, 110), freeze(2, 10, 102)] {
        journal.record(second(50), ControlEvent::StatusChanged(late)).unwrap();
    }
    assert_eq!(journal.state().digest(), digest);
}

#[test]
fn a_record_of_a_newer_release_and_a_torn_one_are_refused() {
    let record = ControlRecord { at: second(1), event: events().swap_remove(3) };
    let mut stored = codec::encode(&record, Vec::new());
    assert_eq!(codec::decode(&stored), Ok(record));
    for cut in 0..stored.len() {
        assert!(matches!(codec::decode(&stored[..cut]), Err(RecordFault::Meaning(_))), "after {cut} bytes");
    }
    stored[0] = codec::VERSION + 1;
    let newer = RecordFault::Newer { found: 3, known: 2 };
    assert_eq!(codec::decode(&stored), Err(newer.clone()));

    let store = MemoryStore::new(CONTROL);
    let mut log = store.open(options(), &mut |_, _| Ok(())).unwrap().log;
    let mut batch = Batch::new(1);
    batch.push(&stored);
    log.append(&batch).unwrap();
    drop(log);
    let refused = ControlJournal::recover(&store, options()).err().expect("a newer release wrote it");
    assert!(matches!(&refused, Error::Record { fault, .. } if *fault == newer), "{refused}");
    assert_eq!(flashtag::engine::Error::from(refused).exit_code(), 78);
    assert!(store.snapshots().unwrap().is_empty());
}
