//! Posts in, durable outcomes out: the live engine with all its threads, and the replay of a recording.
//!
//! The files are in cargo's build directory, because `/tmp` is often in memory, where the cost would not
//! show. Each sale is a new one in a new directory; opening and ending it are not measured.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::{System, SystemRunner};
use criterion::measurement::{Measurement, WallTime};
use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group};
use crowd::{ArrivalKind, Burst, BurstPlan, CardPlan, Crowd, CrowdPlan, Noise, PostIds, precedent};
use flashtag::clock::Clock;
use flashtag::config::limits::Limits;
use flashtag::config::offers::parse_offers;
use flashtag::config::replies::Ceilings;
use flashtag::domain::id::Authors;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::engine::Words;
use flashtag::engine::live::{Format, Links, LivePlan, LiveSale};
use flashtag::engine::replay::{Input, LinkMap, Plan, Recorded, read_accounts, replay};
use flashtag::intake::format::Decoded;
use flashtag::intake::stream::ReaderStream;
use futures_util::stream::{self, StreamExt};
use tempfile::TempDir;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The hot offer: many more claims than units.
const W1: Work = Work { claims: 200_000, accounts: 120_000, units: 2_000, confirmed: false };

/// A sale in which every claim is reserved and then confirmed.
const W2: Work = Work { claims: 100_000, accounts: 100_000, units: 100_000, confirmed: true };

/// Posts per batch.
const BATCH: usize = 512;

/// Upper bound on batches in flight.
const BATCHES_AT_ONCE: usize = 16;

/// Claims of the recording. For each there are nine irrelevant posts.
const CLAIMS_RECORDED: u64 = 10_000;

fn home() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for the benchmark")
}

/// The precedent's first `count` offers, each with `units` units, open for an hour from `opens` on.
fn offers(count: usize, units: u32, opens: Timestamp) -> Vec<Terms> {
    let closes = opens.plus(Millis::from_secs(3600));
    let mut text =
        format!("[shop]\nname = \"AmexSync\"\naccounts = {{ x = \"{}\" }}\n", precedent::SHOP_AUTHOR_ID);
    for offer in precedent::OFFERS.iter().take(count) {
        let written = write!(
            text,
            "\n[[offer]]\nid = \"{}\"\nkind = \"purchase\"\ntitle = \"{}\"\n\
             tags = {{ buy = \"{}\", confirm = \"{}\", cancel = \"{}\" }}\nprice = \"{}\"\ntax = \"8.875%\"\n\
             units = {units}\nopens = \"{opens}\"\ncloses = \"{closes}\"\nconfirm_within = \"15m\"\n",
            offer.id, offer.title, offer.buy, offer.confirm, offer.cancel, offer.price,
        );
        written.expect("writing to a string does not fail");
    }
    parse_offers(&text, "the benchmark's offers").expect("sound offers").offers
}

/// A crowd in which every person has a valid card that pays after the 3 s of a slow provider. So decisions on
/// posts are measured, not the speed of the sandbox.
fn crowd(accounts: u64) -> Crowd {
    let (linked, slow, never) = (1.0, 1.0, 0.0);
    let cards = CardPlan {
        linked,
        slow,
        prepaid: never,
        decline: never,
        timeout_before: never,
        timeout_after: never,
        error: never,
    };
    Crowd::new(CrowdPlan { accounts, cards, ..CrowdPlan::default() }, 2013).expect("a sound plan")
}

fn accounts(crowd: &Crowd) -> Vec<u8> {
    let mut lines = Vec::new();
    for person in 0..crowd.plan().accounts {
        crowd.write_account(&mut lines, person);
    }
    lines
}

/// The posts that one sale has to decide.
#[derive(Clone, Copy)]
struct Work {
    claims: u32,
    accounts: u32,
    units: u32,
    confirmed: bool,
}

impl Work {
    fn decisions(self) -> u32 {
        if self.confirmed { 2 * self.claims } else { self.claims }
    }

    /// The posts in batches, claims and then confirmations. All claims are answered before the first
    /// confirmation is sent.
    fn posts(self, crowd: &Crowd, now: Timestamp) -> Vec<Vec<Vec<u8>>> {
        let offer = &precedent::OFFERS[0];
        let batches = |first_id: u64, words: &str, tag: &str| -> Vec<Vec<u8>> {
            let line = |no: u32| {
                let (post, author) = (first_id + u64::from(no), crowd.author_id((no % self.accounts).into()));
                format!(
                    "{{\"network\":\"x\",\"id\":\"{post}\",\"author\":{{\"id\":\"{author}\",\
                     \"handle\":\"p{no}\"}},\"posted_at\":\"{now}\",\"text\":\"{words} #{tag}\"}}\n"
                )
            };
            let lines: Vec<String> = (0..self.claims).map(line).collect();
            lines.chunks(BATCH).map(|batch| batch.concat().into_bytes()).collect()
        };
        let claims = batches(301_000_000_000_000_000, "Finally, mine is falling apart!", offer.buy);
        let confirmations = batches(302_000_000_000_000_000, "Yes, that is me:", offer.confirm);
        if self.confirmed { vec![claims, confirmations] } else { vec![claims] }
    }
}

/// The form in which posts are submitted.
#[derive(Clone, Copy)]
enum Intake {
    Bytes,
    Posts,
}

/// Runs one sale and measures the time from its first submitted post to its last durable outcome. Replies
/// leave as slowly as networks allow, and wait meanwhile, as in any sale.
async fn sale(work: Work, intake: Intake, crowd: &Crowd, accounts: &[u8]) -> Duration {
    let home = home();
    let now = Clock::start().now();
    let links = Links::default();
    read_accounts(accounts, Authors::OfNetworks, |linked| links.insert(linked.account, linked.link))
        .expect("sound accounts");
    let mut offers = offers(1, work.units, now);
    // A claim without a unit is refused at once: the waitlist is a measurement of its own.
    offers.iter_mut().for_each(|terms| terms.waitlist = false);
    let plan = LivePlan {
        data: home.path(),
        front: ShopFront::default(),
        offers: offers.into_iter().map(Offering::from).collect(),
        links: Arc::new(links),
        partitions: 1,
        ceilings: Ceilings::default(),
        words: Arc::new(Words::of_shop("Shop")),
        limits: Limits::default(),
        subscribers: Vec::new(),
        tap: None,
    };
    let sale = LiveSale::open(plan).await.expect("a new sale");
    let mut spent = Duration::ZERO;
    for bodies in work.posts(crowd, now) {
        spent += match intake {
            Intake::Bytes => hear_bytes(&sale, &bodies).await,
            Intake::Posts => hear_posts(&sale, &bodies).await,
        };
    }
    let views = sale.offers().await.expect("room for a question");
    assert_eq!(views.iter().map(|view| view.reserved + view.sold).sum::<u32>(), work.units);
    sale.close().await;
    spent
}

async fn hear_bytes(sale: &LiveSale, bodies: &[Vec<u8>]) -> Duration {
    let start = WallTime.start();
    let intakes =
        bodies.iter().map(async |body| sale.ingest(Format::Flashtag, body, &mut Input::default()).await);
    let results: Vec<_> = stream::iter(intakes).buffer_unordered(BATCHES_AT_ONCE).collect().await;
    let spent = WallTime.end(start);
    for relevant in results {
        relevant.expect("room for all posts");
    }
    spent
}

async fn hear_posts(sale: &LiveSale, bodies: &[Vec<u8>]) -> Duration {
    let post = |line: &[u8]| match Format::Flashtag.decode(line) {
        Ok(Decoded::Post(post)) => post,
        other => panic!("a sound post: {other:?}"),
    };
    let lines = |body: &[u8]| {
        let lines = body.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        (0..).zip(lines.map(post)).collect::<Vec<_>>()
    };
    let batches: Vec<Vec<_>> = bodies.iter().map(|body| lines(body)).collect();
    let start = WallTime.start();
    let intakes = batches.into_iter().map(async |posts| {
        let places = posts.len();
        sale.node.submit_posts(posts, places).await
    });
    let results: Vec<_> = stream::iter(intakes).buffer_unordered(BATCHES_AT_ONCE).collect().await;
    let spent = WallTime.end(start);
    for answers in results {
        assert!(answers.expect("room for all posts").iter().all(Option::is_some));
    }
    spent
}

fn live(criterion: &mut Criterion) {
    let system: SystemRunner = System::new();
    let mut group = criterion.benchmark_group("engine/live");
    group.sampling_mode(SamplingMode::Flat);
    let rows = [
        ("w1_posts", W1, Intake::Posts),
        ("w1_bytes", W1, Intake::Bytes),
        ("w2_posts", W2, Intake::Posts),
        ("w2_bytes", W2, Intake::Bytes),
    ];
    for (name, work, intake) in rows {
        let crowd = crowd(work.accounts.into());
        let accounts = accounts(&crowd);
        group.throughput(Throughput::Elements(work.decisions().into()));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|sales| {
                (0..sales).map(|_| system.block_on(sale(work, intake, &crowd, &accounts))).sum()
            });
        });
    }
}

/// A recording, its number of lines, and the opening of its sale.
fn recording(crowd: &Crowd) -> (Vec<u8>, u64, Timestamp) {
    let opens = Timestamp::from_ms(1_360_774_800_000);
    let noise = Noise::new(&crowd.plan().targets, 2013);
    let plan = BurstPlan { claims: CLAIMS_RECORDED, noise_per_claim: 9.0, ..BurstPlan::default() };
    let (mut text, mut lines) = (Vec::new(), 0);
    for arrival in Burst::new(crowd, &plan, opens.ms(), PostIds::snowflake(1)) {
        match arrival.what {
            ArrivalKind::Post(post) => {
                crowd.write_post(&mut text, &post, arrival.post_id, arrival.posted_at_ms)
            }
            ArrivalKind::Noise => noise.write(&mut text, arrival.post_id, arrival.posted_at_ms),
        }
        lines += 1;
    }
    (text, lines, opens)
}

fn sell(criterion: &mut Criterion) {
    let crowd = crowd(CLAIMS_RECORDED);
    let mut links = LinkMap::default();
    read_accounts(accounts(&crowd).as_slice(), Authors::OfNetworks, |linked| {
        links.insert(linked.account, linked.link)
    })
    .expect("sound accounts");
    let (text, lines, opens) = recording(&crowd);
    let offers = offers(precedent::OFFERS.len(), 100, opens);
    let mut group = criterion.benchmark_group("engine/sell");
    group.throughput(Throughput::Elements(lines)).sampling_mode(SamplingMode::Flat);
    group.bench_function("a_tenth_relevant", |bencher| {
        let prepare = || {
            let home = home();
            let plan = Plan {
                front: ShopFront::default(),
                offers: offers.iter().cloned().map(Offering::from).collect(),
                partitions: 1,
                words: Arc::new(Words::of_shop("Shop")),
                out: home.path().to_owned(),
            };
            (home, plan, links.clone())
        };
        let replayed = |(home, plan, links): (TempDir, Plan, LinkMap)| {
            let summary = replay(
                plan,
                |catalog| {
                    let bad = |bad| panic!("a sound recording: {bad:?}");
                    let read = Recorded::read(
                        &mut ReaderStream::new(text.as_slice()),
                        Format::Flashtag,
                        catalog,
                        links,
                        bad,
                    );
                    Ok(read.expect("memory is always readable"))
                },
                |_| (),
            );
            let input = summary.expect("a sound replay").input;
            assert_eq!(input.lines, lines);
            assert!((lines / 12..lines / 8).contains(&input.relevant), "{input:?}");
            home
        };
        bencher.iter_batched(prepare, replayed, BatchSize::PerIteration);
    });
}

fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_secs(2))
}

criterion_group!(name = benches; config = short(); targets = live, sell);

/// Runs with the program's memory settings.
fn main() {
    flashtag::memory::keep();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
