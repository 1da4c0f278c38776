//! How the cost of a decision grows with the state of the engine, and how long the engine makes a query wait
//! at most.
//!
//! Each line is one sale, with all threads of the engine. `FLASHTAG_ACCOUNTS=10000000` sets the size of the
//! largest one; without it the run is short, so that it can run with the tests. The measured claims are
//! refused, and come from accounts that the offer has a session for: the same work in all lines. Where there
//! are many offers, claims on any offer are measured as well, most of which begin a session. The files are in
//! cargo's build directory, because `/tmp` is often in memory.
//!
//! Runs all parts, or the named ones:
//! `cargo bench --bench scaling -- memory accounts offers partitions waits`.

use std::env::var;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_rt::System;
use flashtag::clock::Clock;
use flashtag::config::limits::Limits;
use flashtag::config::offers::parse_offers;
use flashtag::config::replies::Ceilings;
use flashtag::config::serve::{Cards, Email, Mode, Orders, Providers, Replies, Retain};
use flashtag::domain::id::{Authors, OfferId};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::post::Post;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::engine::live::{Format, Links};
use flashtag::engine::replay::read_accounts;
use flashtag::engine::{JournalAhead, Keys, Node, Parts, Setup, Words, start};
use flashtag::intake::format::Decoded;
use flashtag::partition::snapshot::Policy;
use futures_util::future::join;
use futures_util::stream::{self, StreamExt};
use hdrhistogram::Histogram;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::time::Instant;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OFFER: &str = include_str!("offer.toml");

/// Upper bound on the accounts of a short run.
const SHORT: u64 = 1_000;

/// Posts per batch; up to `BATCHES_AT_ONCE` batches are in flight.
const BATCH: usize = 512;
const BATCHES_AT_ONCE: usize = 16;

/// Measurements of each line, of which the median counts.
const ROUNDS: usize = 5;

/// Reservations per second while query latency is measured: about a quarter of what two cores decide.
const RESERVED_PER_S: u64 = 50_000;

/// The parameters of one sale.
#[derive(Clone, Copy)]
struct Shape {
    accounts: u64,
    offers: u32,
    /// Units on sale. Zero where all claims are to be refused: the effects of a sale would be measured as
    /// well.
    units: u32,
    partitions: u32,
    snapshots: bool,
    /// Upper bound on the bytes of memory that are pre-faulted at the start.
    ahead: usize,
}

/// The accounts that claim.
#[derive(Clone, Copy)]
enum Claimants {
    /// An account claims the offer that has its session.
    Known,
    /// An account claims any offer.
    Any,
}

/// An open sale, and the engine that runs it.
struct Sale {
    shape: Shape,
    node: Node,
    parts: Parts,
    posts: u64,
    _home: TempDir,
}

fn post(no: u64, account: u64, tag: u32, posted_at: &str) -> Post {
    let line = format!(
        "{{\"network\":\"x\",\"id\":\"{}\",\"author\":{{\"id\":\"{}\",\"handle\":\"p{account}\"}},\
         \"posted_at\":\"{posted_at}\",\"text\":\"Mine is falling apart, so I #BuyThing{tag}\"}}",
        301_000_000_000_000_000 + no,
        1_000_000_001 + account,
    );
    match Format::Flashtag.decode(line.as_bytes()) {
        Ok(Decoded::Post(post)) => post,
        other => panic!("a sound post: {other:?}"),
    }
}

fn links(accounts: u64) -> Links {
    let links = Links::default();
    for account in 0..accounts {
        let line = format!(
            "{{\"network\":\"x\",\"author_id\":\"{}\",\"card\":{{\"token\":\"tok_slow_{account}\",\"brand\":\"amex\",\
             \"funding\":\"credit\",\"last4\":\"1005\"}},\"email\":\"p{account}@example.com\",\"region\":\"US-NY\"}}",
            1_000_000_001 + account,
        );
        read_accounts(line.as_bytes(), Authors::OfNetworks, |linked| {
            links.insert(linked.account, linked.link)
        })
        .expect("a sound account");
    }
    links
}

fn offers(shape: Shape, clock: &Clock) -> Vec<Offering> {
    let one = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer").offers.remove(0);
    let offer = |no: u32| {
        let mut terms: Terms = one.clone();
        terms.id = OfferId::parse(&format!("thing-{no}")).expect("a sound id");
        terms.campaign = terms.id.to_string().into();
        terms.tags.buy = format!("BuyThing{no}").into();
        terms.tags.confirm = Some(format!("ConfirmThing{no}").into());
        terms.tags.cancel = None;
        terms.units = shape.units;
        terms.waitlist = false;
        terms.opens = clock.now();
        terms.closes = clock.now().plus(Millis::from_secs(24 * 3600)).into();
        Offering::from(terms)
    };
    (0..shape.offers).map(offer).collect()
}

impl Sale {
    async fn open(shape: Shape) -> Self {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for the benchmark");
        let data = home.path();
        let providers = Providers {
            cards: Cards::Sandbox(None),
            replies: Replies::File(data.join("replies.ndjson")),
            email: Email::Maildir(data.join("mail")),
            email_from: "shop@flashtag.invalid".to_owned(),
            orders: Orders::File(data.join("orders.ndjson")),
        };
        // Snapshots are taken as often as possible.
        let policy = Policy { every_bytes: 1, retain: Retain::History, spare_bytes: 0 };
        let segment_bytes = if shape.snapshots { 8 << 20 } else { Limits::default().segment_bytes };
        let group_bytes = Limits::default().group_bytes.min(segment_bytes);
        let setup = Setup {
            data: data.to_owned(),
            mode: Mode::Test,
            secrets_key: None,
            keys: Keys::Prefixed,
            front: ShopFront::default(),
            offers: offers(shape, &Clock::start()),
            links: Arc::new(links(shape.accounts)),
            unlink_missing: false,
            journal_ahead: JournalAhead::Refuse,
            partitions: shape.partitions,
            providers,
            processor: None,
            backups: None,
            ceilings: Ceilings::default(),
            words: Arc::new(Words::of_shop("Shop")),
            limits: Limits {
                segment_bytes,
                group_bytes,
                outbox_pending: 100_000_000,
                memory_ahead: shape.ahead,
                ..Limits::default()
            },
            snapshots: shape.snapshots.then_some(policy),
            networks: None,
            confirm_links: None,
            subscribers: Vec::new(),
            tap: None,
        };
        let (node, parts, _) = start(setup).await.expect("a new sale");
        Self { shape, node, parts, posts: 0, _home: home }
    }

    /// Submits claims of accounts for offers, and waits for their outcomes.
    async fn claim(&mut self, claims: impl Iterator<Item = (u64, u32)>) {
        let posted_at = self.node.clock().now().to_string();
        let numbered = (self.posts..).zip(claims);
        let mut posts = numbered.map(|(no, (account, tag))| post(no, account, tag, &posted_at));
        let batches = std::iter::from_fn(|| {
            let batch: Vec<Post> = posts.by_ref().take(BATCH).collect();
            (!batch.is_empty()).then_some(batch)
        });
        let mut count = 0;
        let node = &self.node;
        let taken = batches.map(|batch| {
            count += batch.len() as u64;
            take(node, batch)
        });
        stream::iter(taken).buffer_unordered(BATCHES_AT_ONCE).for_each(async |()| ()).await;
        self.posts += count;
    }

    /// Returns the time of one claim, in microseconds, averaged over `claims` claims of random accounts. The
    /// posts are parsed before.
    async fn measure(&mut self, claims: u64, claimants: Claimants) -> f64 {
        let mut random = StdRng::seed_from_u64(2013);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let posted_at = self.node.clock().now().to_string();
            let Shape { accounts, offers, .. } = self.shape;
            let posts: Vec<Post> = (0..claims)
                .map(|no| {
                    let account = random.random_range(0..accounts);
                    let tag = match claimants {
                        Claimants::Known => tag_of(account, offers),
                        Claimants::Any => random.random_range(0..offers),
                    };
                    post(self.posts + no, account, tag, &posted_at)
                })
                .collect();
            self.posts += claims;
            let mut posts = posts.into_iter();
            let batches: Vec<Vec<Post>> = std::iter::from_fn(|| Some(posts.by_ref().take(BATCH).collect()))
                .take_while(|batch: &Vec<Post>| !batch.is_empty())
                .collect();
            let start = Instant::now();
            let taken = batches.into_iter().map(|batch| take(&self.node, batch));
            stream::iter(taken).buffer_unordered(BATCHES_AT_ONCE).for_each(async |()| ()).await;
            rounds.push(start.elapsed().as_secs_f64() * 1e6 / claims as f64);
        }
        rounds.sort_by(f64::total_cmp);
        rounds.get(ROUNDS / 2).copied().unwrap_or_default()
    }
}

/// The offer that has the account's session.
fn tag_of(account: u64, offers: u32) -> u32 {
    (account % u64::from(offers)) as u32
}

async fn take(node: &Node, batch: Vec<Post>) {
    let places = batch.len();
    let answers = node.submit_posts((0..).zip(batch).collect(), places).await;
    assert!(answers.expect("room for all posts").iter().all(Option::is_some));
}

/// Measures one line: the cost of a refused claim on the offer with the account's session, and on any offer.
async fn line(shape: Shape, claims: u64) -> (f64, Option<f64>) {
    let mut sale = Sale::open(shape).await;
    // Every account begins its session before anything is measured.
    let Shape { accounts, offers, .. } = shape;
    sale.claim((0..accounts).map(|account| (account, tag_of(account, offers)))).await;
    let known = sale.measure(claims, Claimants::Known).await;
    let any = if offers > 1 { Some(sale.measure(claims, Claimants::Any).await) } else { None };
    sale.parts.stop().await;
    (known, any)
}

async fn lines(what: &str, shapes: impl IntoIterator<Item = (u64, Shape)>, claims: u64) {
    let mut first = None;
    for (of, shape) in shapes {
        let (known, any) = line(shape, claims).await;
        let share = known / *first.get_or_insert(known);
        let any = any.map_or_else(String::new, |us| format!("; by anybody {us:.2} µs"));
        println!("{of:>10} {what:<10} {known:.2} µs a claim, {share:.2} of the first line{any}");
    }
}

/// Measures how long a query to the engine waits while reservations come at an even rate. One query is sent
/// each millisecond.
async fn wait(shape: Shape) {
    let mut sale = Sale::open(shape).await;
    let listing = sale.node.catalog().listings().first().expect("one offer").clone();
    let done = AtomicBool::new(false);
    let mut waits = Histogram::<u64>::new(3).expect("a sound histogram");
    let claims = shape.accounts;
    let reserve = async {
        let per_tick = (RESERVED_PER_S / 100).max(1);
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let clock = sale.node.clock();
        let mut first = 0;
        while first < claims {
            ticks.tick().await;
            let posted_at = clock.now().to_string();
            let batch =
                (first..claims.min(first + per_tick)).map(|account| post(account, account, 0, &posted_at));
            take(&sale.node, batch.collect()).await;
            first += per_tick;
        }
        done.store(true, Ordering::Relaxed);
    };
    let ask = async {
        while !done.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let asked = Instant::now();
            sale.node.offer_view(&listing).await.expect("room for a question");
            waits.saturating_record(asked.elapsed().as_micros() as u64);
        }
    };
    join(reserve, ask).await;
    sale.posts += claims;
    let at = |quantile| waits.value_at_quantile(quantile) as f64 / 1e3;
    let words = if shape.snapshots { "snapshots all the time, segments of 8 MiB" } else { "no snapshots" };
    println!(
        "{claims} reservations, each of a new account, {words}: a question waits p50 {:.2} p99 {:.2} p99.9 {:.2} \
         at most {:.2} ms",
        at(0.5),
        at(0.99),
        at(0.999),
        waits.max() as f64 / 1e3,
    );
    sale.parts.stop().await;
}

/// Prints the resident memory once all accounts are known, once one in ten has a reservation in a live
/// session, and once as many others were refused, which are remembered but have no live session. Must run
/// first, because the process keeps memory that it once used.
async fn memory(shape: Shape) {
    let some = shape.accounts / 10;
    let units = u32::try_from(some).expect("fewer units than a u32 counts");
    let mut sale = Sale::open(Shape { units, ..shape }).await;
    let known = resident_kb();
    sale.claim((0..some).map(|nth| (nth * 10, 0))).await;
    let live = resident_kb();
    sale.claim((0..some).map(|nth| (nth * 10 + 1, 0))).await;
    if let (Some(known), Some(live), Some(refused)) = (known, live, resident_kb()) {
        let each = |more: u64, less: u64| more.saturating_sub(less) * 1024 / some.max(1);
        println!(
            "{} accounts are known: {known} KB are resident; {some} of them have a live session: {live} KB, {} B for \
             each; as many others were refused: {refused} KB, {} B for each",
            shape.accounts,
            each(live, known),
            each(refused, live),
        );
    }
    sale.parts.stop().await;
}

/// The resident memory of this process, as Linux reports it.
fn resident_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Runs the selected parts.
async fn run(most: u64, is_wanted: impl Fn(&str) -> bool) {
    let claims = (most / 5).clamp(1_000, 200_000);
    let up_to = |most: u64| (3..=8).map(|power| 10_u64.pow(power)).filter(move |count| *count <= most);
    let ahead = Limits::default().memory_ahead;
    let shape =
        Shape { accounts: most.min(100_000), offers: 1, units: 0, partitions: 1, snapshots: false, ahead };
    let reserving = Shape { units: u32::MAX >> 2, ..shape };
    if is_wanted("memory") {
        memory(Shape { accounts: most, ahead: 0, ..shape }).await;
    }
    if is_wanted("accounts") {
        lines("accounts", up_to(most).map(|accounts| (accounts, Shape { accounts, ..shape })), claims).await;
    }
    if is_wanted("offers") {
        let offers = (0..=5).map(|power| 10_u32.pow(power));
        let offers = offers.filter(|offers| u64::from(*offers) <= shape.accounts);
        lines("offers", offers.map(|offers| (offers.into(), Shape { offers, ..shape })), claims).await;
    }
    if is_wanted("partitions") {
        let counts = [1, 2, 4];
        let shapes = counts.map(|partitions| (partitions.into(), Shape { offers: 100, partitions, ..shape }));
        lines("partitions", shapes, claims).await;
    }
    if is_wanted("waits") {
        let reserving = Shape { accounts: most.min(1_000_000), ..reserving };
        wait(reserving).await;
        wait(Shape { snapshots: true, ..reserving }).await;
    }
}

/// Runs with the program's memory settings.
fn main() {
    flashtag::memory::keep();
    let most = var("FLASHTAG_ACCOUNTS").ok().and_then(|number| number.parse().ok()).unwrap_or(SHORT);
    // Cargo passes an option of its own.
    let named: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    let is_wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    System::new().block_on(run(most, is_wanted));
}
