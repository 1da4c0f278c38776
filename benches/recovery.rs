//! The cost of a start, from all records and from a snapshot, and the cost of taking a snapshot during a
//! sale.
//!
//! Each line is measured once, which is long enough. `FLASHTAG_SESSIONS=10000000` sets the size of the state,
//! a tenth of whose sessions hold a reservation; without it the run is short, so that it can run with the
//! tests. The files are in cargo's build directory, because `/tmp` is often in memory.

use std::env::{current_exe, join_paths, split_paths, var, var_os};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::clock::Clock;
use flashtag::config::offers::parse_offers;
use flashtag::config::serve::Retain;
use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::journal::{Batch, Durability, FileDisk, FileLog, FileStore, Options};
use flashtag::partition::codec;
use flashtag::partition::recovery::{Recovered, recover_partition};
use flashtag::partition::snapshot::{Policy, Reach, take};
use tempfile::TempDir;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sessions of a short run.
const SHORT: u64 = 20_000;

/// Records per journal append.
const AT_ONCE: usize = 1_000;

/// Claims per batch while snapshots are taken.
const BATCH: u64 = 256;

/// 2013-02-13T17:00:00Z, the opening of the sale.
const OPENS_MS: i64 = 1_360_774_800_000;

const KINDLE: OfferNo = OfferNo(0);

/// Environment variable with the journals' directories, set for a process that only starts.
const LOAD: &str = "FLASHTAG_BENCH_LOAD";

const OFFER: &str = include_str!("offer.toml");

/// Enough units that no claim is refused.
const UNITS: u32 = 100_000_000;

fn account(person: u64) -> Account {
    Account::parse(Network::X, &(1_000_000_001 + person).to_string()).expect("a number is an id")
}

fn post(no: u64) -> PostId {
    PostId::parse(Network::X, &(301_000_000_000_000_000 + no).to_string()).expect("a number is an id")
}

fn claim(person: u64) -> Command {
    post_command(person, post(person), Intent::Buy(KINDLE))
}

fn confirmation(person: u64) -> Command {
    post_command(person, post(2_000_000_000 + person), Intent::Confirm(KINDLE))
}

fn post_command(person: u64, post: PostId, intent: Intent) -> Command {
    let account = account(person);
    let card = Card {
        token: format!("tok_ok_{person}").into(),
        brand: "amex".into(),
        funding: Funding::Credit,
        last4: "1005".into(),
    };
    let link = Some(Link::new(&card, &format!("person{person}@example.com"), "US-NY"));
    Command::Say(PostCommand { link, ..PostCommand::plain(account, post, opens(), intent) })
}

fn opens() -> Timestamp {
    Timestamp::from_ms(OPENS_MS)
}

fn store(directory: &Path) -> FileStore {
    FileStore::new(Arc::new(FileDisk), directory, 0)
}

/// A partition that sells, and its journal.
struct Shop {
    partition: PartitionState,
    log: FileLog,
    batch: Batch,
}

impl Shop {
    fn open(directory: &Path, durability: Durability, segment_bytes: u64) -> Self {
        let options = Options { durability, segment_bytes, ..Options::default() };
        let Recovered { partition, log, .. } =
            recover_partition(&store(directory), options).expect("a new journal");
        let mut shop = Self { partition, log, batch: Batch::new(1) };
        let offer = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer").offers.remove(0);
        let terms = Box::new(Terms { units: UNITS, ..offer });
        shop.turn(&Command::AddOffer { offer: KINDLE, terms });
        shop
    }

    fn turn(&mut self, command: &Command) {
        let mut batch = DecisionBatch::default();
        self.partition.turn(opens(), command, &mut batch);
        for (_, record) in batch.records {
            self.note(&record);
        }
    }

    /// Applies a provider's report on the first effect of the record.
    fn report(&mut self, sequence: u64, report: impl FnOnce(EffectKey) -> Report) {
        self.turn(&Command::Report(report(EffectKey { partition: 0, sequence, index: 0 })));
    }

    fn note(&mut self, record: &Record) {
        self.batch.push_with(|payloads| codec::encode(KeyForm::Bare, record, payloads));
        if self.batch.len() >= AT_ONCE {
            self.write();
        }
    }

    fn write(&mut self) {
        self.log.append(&self.batch).expect("a sound disk");
        self.batch.clear(self.log.next_sequence());
    }
}

/// Writes `holding` claims that got a unit and a prompt each, and posts of `others` accounts that hold
/// nothing. Returns the number of records.
fn fill(directory: &Path, holding: u64, others: u64) -> u64 {
    let mut shop = Shop::open(directory, Durability::AtEnd, Options::default().segment_bytes);
    for (person, ordinal) in (0..holding).zip(1..) {
        let sequence = shop.batch.next_sequence();
        shop.turn(&claim(person));
        let (id, prompt) = (ReservationId { offer: KINDLE, ordinal }, post(1_000_000_000 + person));
        shop.report(sequence, |key| Report::Prompted { id, key, prompt, at: opens() });
    }
    for person in holding..holding + others {
        let (offer, account, post) = (KINDLE, account(person), post(person));
        let until = opens().plus(Millis::from_secs(30));
        let parked = Event::ConfirmParked {
            offer,
            account: account.clone(),
            post: post.clone(),
            posted_at: opens(),
            until,
        };
        let ended = Event::ParkingEnded { offer, account, post };
        let decision = Decision { events: [parked, ended].into_iter().collect(), ..Decision::default() };
        shop.note(&Record { at: opens(), decision });
    }
    shop.write();
    shop.log.finish().expect("a sound disk");
    shop.log.next_sequence() - 1
}

/// Writes a sale from the claims to the last e-mail. A few hundred buyers take each step together, as in a
/// batch. Returns the number of records.
fn sell(directory: &Path, buyers: u64) -> u64 {
    let mut shop = Shop::open(directory, Durability::AtEnd, Options::default().segment_bytes);
    let id = |person: u64| ReservationId { offer: KINDLE, ordinal: person as u32 + 1 };
    let each = |shop: &mut Shop, first: u64, step: &dyn Fn(&mut Shop, u64, u64)| {
        let before = shop.batch.next_sequence().saturating_sub(BATCH);
        for person in first..first + BATCH {
            step(shop, person, before + (person - first));
        }
    };
    for first in (0..buyers).step_by(BATCH as usize) {
        each(&mut shop, first, &|shop, person, _| shop.turn(&claim(person)));
        each(&mut shop, first, &|shop, person, sequence| {
            let (id, prompt) = (id(person), post(1_000_000_000 + person));
            shop.report(sequence, |key| Report::Prompted { id, key, prompt, at: opens() });
        });
        each(&mut shop, first, &|shop, person, _| shop.turn(&confirmation(person)));
        each(&mut shop, first, &|shop, person, sequence| {
            shop.report(sequence, |key| Report::Authorized { id: id(person), key, reference: None });
        });
        each(&mut shop, first, &|shop, person, sequence| {
            shop.report(sequence, |key| Report::Captured { id: id(person), key });
        });
        each(&mut shop, first, &|shop, _, sequence| {
            let keys: Vec<EffectKey> =
                (0..3).map(|index| EffectKey { partition: 0, sequence, index }).collect();
            shop.turn(&Command::Report(Report::Delivered(keys.into())));
        });
    }
    shop.write();
    shop.log.finish().expect("a sound disk");
    shop.log.next_sequence() - 1
}

fn seconds(clock: Clock) -> f64 {
    Duration::from_micros(clock.elapsed_us()).as_secs_f64()
}

/// A value of `/proc/self/status`, in MiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Measures a start in a process of its own, so that its memory figures include nothing else. Partitions are
/// recovered in parallel, as the engine does.
fn load(directories: &OsStr) {
    let clock = Clock::start();
    let one = |directory: PathBuf| recover_partition(&store(&directory), Options::default());
    let running: Vec<_> =
        split_paths(directories).map(|directory| std::thread::spawn(move || one(directory))).collect();
    let found: Vec<Recovered<FileLog>> =
        running.into_iter().map(|one| one.join().expect("no panic").expect("a sound journal")).collect();
    let took = seconds(clock);
    let campaigns = found.iter().flat_map(|found| found.partition.campaigns());
    let sessions: usize = campaigns.map(|campaign| campaign.sessions_len()).sum();
    let offers = found.iter().flat_map(|found| found.partition.offers());
    let reserved: u32 = offers.map(|(_, offer)| offer.counts().reserved).sum();
    let records: u64 = found.iter().map(|found| found.records).sum();
    println!(
        "{sessions} sessions, {reserved} reservations, {} partitions, {} snapshots and {records} records: \
         {took:.2} s ({:.2} M records/s), {} MiB resident, at most {} MiB",
        found.len(),
        found.iter().filter_map(|found| found.snapshot).count(),
        records as f64 / took / 1e6,
        memory("VmRSS"),
        memory("VmHWM"),
    );
    // All measured work is over; exits without freeing the state, which would take time.
    std::process::exit(0);
}

fn load_apart(directories: &[&Path]) {
    let mut process = Process::new(current_exe().expect("this program"));
    let directories = join_paths(directories).expect("no colon in a path of ours");
    let status = process.env(LOAD, directories).status().expect("this program runs");
    assert!(status.success(), "a start ended with {status}");
}

fn starts(home: &TempDir, sessions: u64) {
    let directory = home.path().join("starts");
    let clock = Clock::start();
    let records = fill(&directory, sessions / 10, sessions - sessions / 10);
    println!("{records} records written in {:.2} s", seconds(clock));
    load_apart(&[&directory]);
    let policy = Policy { every_bytes: 1, retain: Retain::History, spare_bytes: 0 };
    let clock = Clock::start();
    let taken = take(&store(&directory), &policy, Reach::All, None).expect("a sound disk").expect("worth it");
    let bytes = taken.bytes >> 20;
    println!("a snapshot of {bytes} MiB taken in {:.2} s, read back and all", seconds(clock));
    load_apart(&[&directory]);
}

/// Measures how many claims per second are decided and made durable, while another thread takes one snapshot
/// after another, or does nothing.
fn sale(home: &TempDir, claims: u64, snapshots: bool) {
    let directory = home.path().join(if snapshots { "with" } else { "without" });
    let mut shop = Shop::open(&directory, Durability::EachBatch, 8 << 20);
    let (done, taken) = (AtomicBool::new(false), AtomicU32::new(0));
    let took = std::thread::scope(|scope| {
        scope.spawn(|| {
            rustix::process::nice(15).ok();
            let policy = Policy { every_bytes: 1, retain: Retain::History, spare_bytes: 0 };
            while snapshots && !done.load(Ordering::Relaxed) {
                let one = take(&store(&directory), &policy, Reach::Sealed, None).expect("a sound disk");
                taken.fetch_add(u32::from(one.is_some()), Ordering::Relaxed);
                std::thread::yield_now();
            }
        });
        let clock = Clock::start();
        for first in (0..claims).step_by(BATCH as usize) {
            for person in first..first + BATCH {
                shop.turn(&claim(person));
            }
            shop.write();
        }
        let took = seconds(clock);
        done.store(true, Ordering::Relaxed);
        took
    });
    let words = match taken.into_inner() {
        0 => "no snapshot".to_owned(),
        some => format!("{some} snapshots"),
    };
    println!("{claims} claims durable in {took:.2} s ({:.0}/s) with {words} taken", claims as f64 / took);
}

fn main() {
    if let Some(directory) = var_os(LOAD) {
        return load(&directory);
    }
    let sessions = var("FLASHTAG_SESSIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(SHORT);
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for the benchmark");
    starts(&home, sessions);
    let sold = ["one", "another"].map(|name| home.path().join(name));
    let buyers = (sessions / 20).max(BATCH) / BATCH * BATCH;
    let records: Vec<u64> = sold.iter().map(|directory| sell(directory, buyers)).collect();
    println!("{records:?} records of two sales, each order from its claim to its last e-mail");
    load_apart(&[&sold[0]]);
    load_apart(&[&sold[0], &sold[1]]);
    let claims = (sessions / 10).max(BATCH) / BATCH * BATCH;
    for snapshots in [false, true] {
        sale(&home, claims, snapshots);
    }
}
