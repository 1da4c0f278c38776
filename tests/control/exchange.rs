//! The exchange of status words at a start: control and partitions with different words agree afterwards,
//! even after a crash at any operation of the exchange.

use std::path::Path;
use std::sync::Arc;

use flashtag::config::offers::parse_offers;
use flashtag::control::journal::{CONTROL, ControlJournal};
use flashtag::control::record::ControlEvent;
use flashtag::domain::account_status::AccountStatus;
use flashtag::domain::command::{Command, Intent, PostCommand};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::status_word::StatusWord;
use flashtag::domain::time::Timestamp;
use flashtag::engine::Error;
use flashtag::engine::catalog_setup::{Ready, open};
use flashtag::engine::service::Links;
use flashtag::engine::status_exchange::exchange_words;
use flashtag::journal::{Batch, DiskFault, Durability, FileLog, FileStore, Options, SimDisk};
use flashtag::partition::codec;
use flashtag::partition::decision_batch::DecisionBatch;
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::partition::recovery::recover_partition;

use super::{account, freeze, second, start, stop, unfreeze};

const OPTIONS: Options = Options {
    segment_bytes: 1 << 16,
    durability: Durability::EachBatch,
    group_bytes: 1 << 14,
    replay_from: 1,
};

const OFFER: &str = r#"
[shop]
name = "Shop"
accounts = { x = "9001" }

[[offer]]
id = "kindle"
kind = "purchase"
title = "Kindle"
tags = { buy = "BuyKindle", confirm = "ConfirmKindle", cancel = "CancelKindle" }
price = "149.99 USD"
units = 3
opens = "2013-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "15m"
"#;

fn link_of(no: u32) -> Link {
    let card = Card {
        token: format!("tok_{no}").into(),
        brand: "amex".into(),
        funding: Funding::Credit,
        last4: "1005".into(),
    };
    Link::new(&card, "ana@example.com", "US-NY")
}

/// Accounts 1 to 9 are linked.
fn links() -> Links {
    let links = Links::default();
    (1..=9).for_each(|no| drop(links.insert(account(no), link_of(no))));
    links
}

fn partition_store(disk: &SimDisk, no: u32) -> FileStore {
    let directory = format!("/data/journal/partition-{no}");
    FileStore::new(Arc::new(disk.clone()), Path::new(&directory), no)
}

fn control_store(disk: &SimDisk) -> FileStore {
    FileStore::new(Arc::new(disk.clone()), Path::new("/data/journal/control"), CONTROL)
}

/// A node between its recovery and its first post.
struct Recovered {
    ready: Vec<Ready<FileLog>>,
    control: ControlJournal<FileLog>,
    pending: PendingEffects,
}

fn recover(disk: &SimDisk, partitions: u32) -> Result<Recovered, Error> {
    let (mut ready, mut pending) = (Vec::new(), PendingEffects::default());
    for no in 0..partitions {
        let recovered = recover_partition(&partition_store(disk, no), OPTIONS)?;
        pending.merge(recovered.pending);
        ready.push(Ready { partition: recovered.partition, log: recovered.log });
    }
    let control = ControlJournal::recover(&control_store(disk), OPTIONS)?;
    Ok(Recovered { ready, control, pending })
}

fn start_node(disk: &SimDisk, partitions: u32, now: Timestamp) -> Result<Recovered, Error> {
    let mut node = recover(disk, partitions)?;
    let offers = parse_offers(OFFER, "offers.toml").unwrap().offers;
    let offers = offers.into_iter().map(Offering::from).collect();
    open(&mut node.ready, &mut node.pending, KeyForm::Bare, offers, ShopFront::default(), now)?;
    exchange_words(&mut node.ready, &mut node.pending, KeyForm::Bare, &mut node.control, &links(), now)?;
    Ok(node)
}

fn append(ready: &mut Ready<FileLog>, batch: DecisionBatch) {
    let mut group = Batch::new(ready.log.next_sequence());
    for (_, record) in &batch.records {
        group.push_with(|payloads| codec::encode(KeyForm::Bare, record, payloads));
    }
    ready.log.append(&group).unwrap();
}

/// Writes a journal of its own with these words to the disk.
fn record_words(disk: &SimDisk, partition: u32, words: &[StatusWord]) {
    let mut ready = recover(disk, partition + 1).unwrap().ready.pop().unwrap();
    let mut batch = DecisionBatch::default();
    for word in words {
        ready.partition.turn(second(100), &Command::SetStatus(Box::new(word.clone())), &mut batch);
    }
    append(&mut ready, batch);
}

fn record_in_control(disk: &SimDisk, words: &[StatusWord]) {
    let mut control = ControlJournal::recover(&control_store(disk), OPTIONS).unwrap();
    for word in words {
        control.record(second(100), ControlEvent::StatusChanged(word.clone())).unwrap();
    }
    control.finish().unwrap();
}

/// The words that the journals hold of accounts 1 to 12: control's and each partition's.
fn statuses(node: &Recovered) -> Vec<(AccountStatus, Vec<AccountStatus>)> {
    let of = |no| {
        let account = account(no);
        let partitions = node.ready.iter().map(|ready| ready.partition.status_of(&account)).collect();
        (node.control.state().status_of(&account), partitions)
    };
    (1..=12).map(of).collect()
}

/// Two partitions and control, each with words that the others lack.
fn divided() -> SimDisk {
    let disk = SimDisk::new();
    start_node(&disk, 2, second(0)).unwrap();
    disk.restart();
    record_words(&disk, 0, &[freeze(1, 10, 101), stop(2, 10, 102), freeze(3, 10, 103)]);
    record_words(&disk, 1, &[start(2, 11, 112), freeze(4, 10, 104), unfreeze(&freeze(4, 10, 104), 12)]);
    record_in_control(&disk, &[unfreeze(&freeze(3, 10, 103), 13), stop(5, 10, 105), freeze(11, 10, 111)]);
    disk.restart();
    disk
}

const BUYS: AccountStatus = AccountStatus { frozen: false, silent: false };
const FROZEN: AccountStatus = AccountStatus { frozen: true, silent: false };
const SILENT: AccountStatus = AccountStatus { frozen: false, silent: true };

fn assert_agreed(node: &Recovered) {
    let everywhere = [(1, FROZEN), (2, BUYS), (3, BUYS), (4, BUYS), (5, SILENT), (6, BUYS)];
    let statuses = statuses(node);
    for (no, status) in everywhere {
        let (control, partitions) = &statuses[no - 1];
        assert_eq!((*control, partitions.as_slice()), (status, &[status; 2][..]), "account {no}");
    }
    let (control, partitions) = &statuses[10];
    assert_eq!((*control, partitions.as_slice()), (FROZEN, &[BUYS; 2][..]), "it has no link");
    let silent: Vec<_> = node.pending.silent().cloned().collect();
    assert_eq!(silent, [account(5)]);
}

fn last_sequences(node: &Recovered) -> Vec<u64> {
    let partitions = node.ready.iter().map(|ready| ready.partition.last_sequence());
    partitions.chain([node.control.state().last_sequence()]).collect()
}

#[test]
fn journals_with_different_words_agree_after_a_start() {
    let disk = divided();
    let node = start_node(&disk, 2, second(200)).unwrap();
    assert_agreed(&node);
    // A replay of a partition reads no other journal.
    disk.restart();
    let replayed = recover(&disk, 2).unwrap();
    assert_eq!(statuses(&replayed), statuses(&node));
    let before = last_sequences(&node);
    disk.restart();
    let again = start_node(&disk, 2, second(201)).unwrap();
    assert_eq!(last_sequences(&again), before, "nothing is lacking any more");
}

#[test]
fn the_next_start_repairs_a_power_loss_at_any_operation() {
    for seed in 0..6_u64 {
        let mut operations = 0;
        loop {
            let disk = divided();
            disk.inject(DiskFault::PowerFails { nth: operations + 1 });
            let done = start_node(&disk, 2, second(200)).is_ok();
            let mut choices = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            disk.crash(|below| match seed {
                0 => 0,
                1 => 1,
                _ => {
                    choices ^= choices << 13;
                    choices ^= choices >> 7;
                    choices ^= choices << 17;
                    choices % below
                }
            });
            let node = start_node(&disk, 2, second(201)).expect("a crash is no damage");
            assert_agreed(&node);
            if done {
                break;
            }
            operations += 1;
        }
        assert!(operations > 30, "only {operations} operations were tried");
    }
}

#[test]
fn an_added_partition_knows_the_frozen_accounts() {
    let disk = divided();
    start_node(&disk, 2, second(200)).unwrap();
    disk.restart();
    let node = start_node(&disk, 3, second(201)).unwrap();
    let (_, partitions) = &statuses(&node)[0];
    assert_eq!(partitions.as_slice(), [FROZEN; 3]);
    let (_, partitions) = &statuses(&node)[3];
    assert_eq!(partitions.as_slice(), [BUYS; 3], "it was unfrozen");
}

/// The freeze did not reach the partition in which the account has a reservation.
#[test]
fn a_freeze_learned_at_a_start_passes_on_unconfirmed_units() {
    let disk = SimDisk::new();
    let mut node = start_node(&disk, 2, second(0)).unwrap();
    let sells = |ready: &&mut Ready<FileLog>| ready.partition.offers().next().is_some();
    let ready = node.ready.iter_mut().find(sells).unwrap();
    let (offer, _) = ready.partition.offers().next().unwrap();
    let post = PostId::parse(Network::X, "900").unwrap();
    let claim = PostCommand::plain(account(1), post, second(10), Intent::Buy(offer));
    let claim = PostCommand { link: Some(link_of(1)), ..claim };
    let mut batch = DecisionBatch::default();
    ready.partition.turn(second(10), &Command::Say(claim), &mut batch);
    let counts = ready.partition.offer(offer).unwrap().counts();
    assert_eq!((counts.available, counts.reserved), (2, 1));
    let no = ready.partition.no();
    append(ready, batch);
    disk.restart();
    record_in_control(&disk, &[freeze(1, 11, 901)]);
    disk.restart();
    let node = start_node(&disk, 2, second(12)).unwrap();
    let partition = &node.ready[no as usize].partition;
    assert!(partition.status_of(&account(1)).frozen);
    let counts = partition.offer(offer).unwrap().counts();
    assert_eq!((counts.available, counts.reserved), (3, 0), "the unit came back");
    assert!(!node.pending.is_empty(), "the account gets its answer");
}
