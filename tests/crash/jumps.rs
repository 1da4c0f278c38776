//! Sets the machine's clock while the engine runs, and between two runs: by a second, an hour or a day,
//! forwards and backwards.
//!
//! Nothing acknowledged may be lost, journal time may not go back, and a window must last as long as on a
//! steady clock: a confirmation within it is in time, and without one the unit is released. The release may
//! take up to twice as long if the clock was set back between two runs, because the engine's time advances at
//! half speed until the machine's has caught up.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::domain::time::{Millis, Timestamp};

use super::client::{Client, Kind, assert_conserved, lost};
use super::history::assert_history_holds;
use super::server::{Ended, Server, Starting, binary, poll, serve};
use super::shop::{Sale, Shop};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const RIG: &str = "clock jumps";
/// The jumps in seconds.
const JUMPS: [i64; 6] = [-86_400, -3_600, -1, 1, 3_600, 86_400];
const JUMPS_OF_A_RUN: u64 = 10;
/// Spreads the jumps of a run over a window. It waits for nothing: a window lasts in real time, and has to last while the clock
/// stands otherwise.
const BETWEEN_JUMPS: Duration = Duration::from_millis(100);
const WINDOW_MS: u64 = 3_000;
/// Extra time that a busy machine may take.
const SLACK_MS: u64 = 5_000;
const ACCOUNTS: u32 = 6_000;

/// Finds the library that `faketime` preloads.
fn library() -> Result<PathBuf, String> {
    let words = "needs faketime".to_owned();
    let output = Command::new("sh").args(["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let path = String::from_utf8_lossy(&output.stdout).lines().next().map(PathBuf::from);
    path.ok_or(words)
}

/// A clock that the test can set, as one server sees it.
struct Settable {
    library: PathBuf,
    file: PathBuf,
    offset_s: i64,
    /// Whether the monotonic clock jumps as well, which a real one never does.
    unsteady: bool,
    /// The process ids of the servers that used it.
    started: Vec<u32>,
}

/// The library's shared memory outlives a server that was killed.
impl Drop for Settable {
    fn drop(&mut self) {
        for pid in &self.started {
            for name in [format!("faketime_shm_{pid}"), format!("sem.faketime_sem_{pid}")] {
                std::fs::remove_file(Path::new("/dev/shm").join(name)).ok();
            }
        }
    }
}

impl Settable {
    fn new(library: PathBuf, directory: &Path, unsteady: bool) -> Self {
        let file = directory.join("offset");
        let clock = Self { library, file, offset_s: 0, unsteady, started: Vec::new() };
        clock.write();
        clock
    }

    fn jump(&mut self, rng: &mut TestRng) {
        // The offset stays within the period for which posts are believed.
        let far = |by: &&i64| (self.offset_s + **by).abs() <= 90_000;
        let possible: Vec<i64> = JUMPS.iter().filter(far).copied().collect();
        self.offset_s += rng.pick(&possible);
        self.write();
    }

    /// Replaces the file in one step, because the server reads it at any moment.
    fn write(&self) {
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, format!("{:+}\n", self.offset_s)).expect("the offset is written");
        std::fs::rename(draft, &self.file).expect("the offset is set");
    }

    fn set(&mut self, offset_s: i64) {
        self.offset_s = offset_s;
        self.write();
    }

    fn start(&mut self, config: &Path) -> Server {
        let server = self.try_start(config, &["--journal-ahead", "go-on"]).expect("it serves");
        self.started.push(server.pid());
        server
    }

    fn try_start(&self, config: &Path, options: &[&str]) -> Result<Server, Ended> {
        let mut command = serve(config);
        command.args(options);
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("NO_FAKE_STAT", "1");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", if self.unsteady { "0" } else { "1" });
        Starting::spawn(command).wait_until_it_serves()
    }
}

/// How one window went.
#[derive(Debug)]
struct Window {
    /// The answer to a confirmation in the middle of the window; `None` if the machine was too slow.
    confirmed: Option<String>,
    /// How long, by the monotonic clock, the unit of an account that did not confirm stayed reserved.
    expired_after_ms: u64,
}

/// One run of the engine: two claims, several jumps of the clock, one confirmation.
fn run(server: &Server, clock: &mut Settable, client: &mut Client, rng: &mut TestRng, buyer: u32) -> Window {
    let http = server.http();
    // Whether posts are credible goes by the machine's clock.
    let before_s = clock.offset_s;
    let ahead_ms = client.set_clock(&http) - before_s * 1_000;
    client.set_ahead(before_s * 1_000);
    let steady = Clock::start();
    let claims = [client.write(Kind::Claim, buyer, 0), client.write(Kind::Claim, buyer + 1, 0)];
    client.post(&http, &claims).expect("answered");
    for claim in claims {
        let answer = client.posts[claim].answer.as_ref().expect("an answer");
        assert_eq!(answer.outcome, "reserved", "the machine's clock is {before_s} s off: {answer:?}");
    }
    for author in 2..2 + JUMPS_OF_A_RUN as u32 {
        std::thread::sleep(BETWEEN_JUMPS);
        clock.jump(rng);
        client.set_ahead(clock.offset_s * 1_000);
        let other = client.write(Kind::Claim, buyer + author, 1);
        client.post(&http, &[other]).expect("answered");
    }
    // Somebody sets the clock right again.
    clock.set(before_s);
    client.set_ahead(before_s * 1_000);
    let confirm = client.write(Kind::Confirm, buyer, 0);
    client.post(&http, &[confirm]).expect("answered");
    let outcome = client.posts[confirm].answer.as_ref().expect("an answer").outcome.clone();
    // A run that began with a journal ahead of the clock believes posts by that again only when it is accepted.
    let judged = steady.elapsed_us() / 1000 < WINDOW_MS * 20 / 21 && ahead_ms.abs() < 1_000;
    let confirmed = judged.then_some(outcome);
    http.wait_for(|offers| offers.iter().any(|offer| offer["id"] == "brief" && offer["reserved"] == 0));
    let expired_after_ms = steady.elapsed_us() / 1000;
    // Windows go by the engine's clock.
    client.set_clock(&http);
    Window { confirmed, expired_after_ms }
}

fn shop() -> Shop {
    let cards = (1..=ACCOUNTS).map(|author| format!("tok_{author}"));
    Shop::open(&[Sale::new("brief", 1000, 3), Sale::new("plenty", 100_000, 900)], 1, cards)
}

#[test]
fn a_clock_that_is_set_neither_ends_nor_stretches_a_window() {
    let library = match library() {
        Ok(library) => library,
        Err(why) => return run_budget::report(RIG, &format!("SKIPPED: {RIG} {why}")),
    };
    let mut budget = RunBudget::of(RIG, 22, 5_000);
    let (seed, jumps) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_CLOCK_JUMPS={jumps}");
    let mut rng = TestRng::new(seed);
    let shop = shop();
    let place = tempfile::tempdir().expect("a directory for the test");
    let mut clock = Settable::new(library, place.path(), false);
    let mut client = Client::new(0, rng.split(), &shop.sales, 1..ACCOUNTS);
    let (mut done, mut runs, mut judged, mut longest_ms) = (0, 0, 0, 0);
    // A confirmation that a slow machine makes too late shows nothing, so the runs go on until one was judged.
    while done < jumps || judged == 0 {
        let server = clock.start(&shop.config());
        let buyer = 1 + (runs * 20) % (ACCOUNTS - 20);
        let window = run(&server, &mut clock, &mut client, &mut rng, buyer);
        if let Some(outcome) = &window.confirmed {
            assert_eq!(outcome, "confirmed", "run {runs}: in the middle of its window");
            judged += 1;
        }
        // A difference of a second is slewed away, and the windows of that time run by up to 5 % faster.
        let kept: RangeInclusive<u64> = WINDOW_MS * 20 / 21..=2 * WINDOW_MS + SLACK_MS;
        assert!(kept.contains(&window.expired_after_ms), "run {runs}: {window:?}");
        longest_ms = longest_ms.max(window.expired_after_ms);
        client.compare(&server.http(), false);
        assert_eq!(client.lost, Vec::<String>::new(), "run {runs}");
        assert_conserved(&server.http().offers(), &shop.sales);
        if rng.below(2) == 0 {
            server.kill()
        } else {
            server.stop()
        }
        clock.jump(&mut rng);
        (0..=JUMPS_OF_A_RUN).for_each(|_| budget.step());
        done += 1 + JUMPS_OF_A_RUN;
        runs += 1;
    }
    let clients = [client];
    assert_eq!(lost(&clients), Vec::<&String>::new());
    shop.assert_verified(false);
    assert_history_holds(&shop, &clients);
    budget.report(&format!(
        "by a second, an hour and a day, over {runs} restarts; no window of {WINDOW_MS} ms ended earlier than by slewing, the \
         longest took {longest_ms} ms, nothing was lost"
    ));
}

/// The negative control: the same test with a monotonic clock that jumps too.
#[test]
fn a_clock_that_jumps_with_the_machine_is_caught() {
    let Ok(library) = library() else { return };
    let (shop, place) = (shop(), tempfile::tempdir().expect("a directory for the test"));
    let mut clock = Settable::new(library, place.path(), true);
    let mut client = Client::new(0, TestRng::new(10), &shop.sales, 1..ACCOUNTS);
    let server = clock.start(&shop.config());
    let http = server.http();
    client.set_clock(&http);
    let claim = client.write(Kind::Claim, 1, 0);
    client.post(&http, &[claim]).expect("answered");
    clock.set(4);
    client.set_clock(&http);
    let confirm = client.write(Kind::Confirm, 1, 0);
    client.post(&http, &[confirm]).expect("answered");
    let outcome = client.posts[confirm].answer.as_ref().expect("an answer").outcome.clone();
    assert_ne!(outcome, "confirmed", "four seconds went by for the engine at once, and the window has three");
    server.kill();
}

/// Posts a claim with the time of the machine's clock, and returns its outcome.
fn claim(client: &mut Client, server: &Server, clock: &Settable, buyer: u32) -> String {
    client.set_ahead(clock.offset_s * 1_000);
    let claim = client.write(Kind::Claim, buyer, 1);
    client.post(&server.http(), &[claim]).expect("answered");
    client.posts[claim].answer.as_ref().expect("an answer").outcome.clone()
}

#[test]
fn a_clock_that_is_set_is_told_until_it_is_right_or_accepted() {
    let Ok(library) = library() else { return };
    let (shop, place) = (shop(), tempfile::tempdir().expect("a directory for the test"));
    let mut clock = Settable::new(library, place.path(), false);
    let mut client = Client::new(0, TestRng::new(11), &shop.sales, 1..ACCOUNTS);
    let server = clock.start(&shop.config());
    let http = server.http();
    let told = |status, words: &str| {
        let words = words.to_owned();
        poll(|| http.readiness(), move |(code, text)| *code == status && text.contains(&words));
    };
    // The clock actor looks at every tick.
    let counted = |anomalies: u32, is_in_step: bool| {
        let (count, gauge) = ("flashtag_clock_anomalies_total ", "flashtag_clock_difference_seconds ");
        let value = |metrics: &str, name: &str| {
            let value = metrics.lines().find_map(|line| line.strip_prefix(name)).expect("it is exported");
            value.parse::<f64>().expect("a number")
        };
        poll(
            || http.metrics(),
            move |metrics| {
                value(metrics, count) == f64::from(anomalies)
                    && (value(metrics, gauge).abs() <= 1.0) == is_in_step
            },
        );
    };
    told(200, "ready");
    let set_wrong = |clock: &mut Settable, offset_s: i64, anomalies: u32, words: &str| {
        clock.set(offset_s);
        counted(anomalies, false);
        told(503, words);
    };
    let set_right = |clock: &mut Settable, anomalies: u32| {
        clock.set(0);
        counted(anomalies, true);
        told(200, "ready");
    };
    set_wrong(&mut clock, 30, 1, "behind the machine's clock; being levelled");
    assert_eq!(claim(&mut client, &server, &clock, 1), "reserved", "posts are decided meanwhile");
    set_right(&mut clock, 1);
    set_wrong(&mut clock, 3_600, 2, "flashtag clock accept");
    assert_eq!(claim(&mut client, &server, &clock, 2), "reserved", "posts are decided meanwhile");
    set_right(&mut clock, 2);
    set_wrong(&mut clock, 3_600, 3, "flashtag clock accept");
    let accept = Command::new(binary()).args(["clock", "accept", "--server", http.base()]).output();
    assert!(accept.expect("the binary is there").status.success());
    told(200, "degraded\nclock: journal time is");
    server.kill();
}

#[test]
fn a_start_with_the_clock_a_day_ahead_makes_no_post_stale_once_it_is_right() {
    let Ok(library) = library() else { return };
    let (shop, place) = (shop(), tempfile::tempdir().expect("a directory for the test"));
    let mut clock = Settable::new(library, place.path(), false);
    let mut client = Client::new(0, TestRng::new(13), &shop.sales, 1..ACCOUNTS);
    clock.set(86_400);
    let server = clock.start(&shop.config());
    assert_eq!(claim(&mut client, &server, &clock, 1), "reserved");
    clock.set(0);
    assert_eq!(claim(&mut client, &server, &clock, 2), "reserved", "nobody has decided posts of this time");
    server.kill();
}

#[test]
fn a_journal_ahead_of_the_clock_starts_only_when_told_to() {
    let Ok(library) = library() else { return };
    let (shop, place) = (shop(), tempfile::tempdir().expect("a directory for the test"));
    let mut clock = Settable::new(library, place.path(), false);
    let mut client = Client::new(0, TestRng::new(12), &shop.sales, 1..ACCOUNTS);
    clock.set(3_600);
    let server = clock.start(&shop.config());
    assert_eq!(claim(&mut client, &server, &clock, 1), "reserved");
    server.kill();
    clock.set(0);
    let refused = clock.try_start(&shop.config(), &[]).err().expect("it does not start");
    assert_eq!(refused.status.code(), Some(78), "{refused:?}");
    assert!(refused.stderr.contains("--journal-ahead go-on"), "{refused:?}");
    let server = clock.start(&shop.config());
    assert_eq!(
        claim(&mut client, &server, &clock, 2),
        "reserved",
        "the machine's clock says when it arrived"
    );
    let (status, text) = server.http().readiness();
    assert!(status == 200 && text.starts_with("degraded\nclock: journal time is"), "{status} {text}");
    server.kill();
}

/// The machine's clock was set back by an hour between two runs, long ago.
#[test]
fn time_neither_goes_back_nor_stops() {
    let machine = Clock::start();
    let last = machine.now().plus(Millis::from_secs(3_600));
    let clock = Clock::not_before(last, true);
    let first = clock.now();
    assert!(first >= last, "{first} is behind {last}");
    poll(|| clock.now(), |now| *now > first);
    let passed = Millis::from_ms((machine.elapsed_us() / 1000) as i64);
    assert!(clock.now().since(last) <= passed, "it goes no faster than the machine's");
    let before = machine.now();
    assert!(
        Clock::not_before(Timestamp::MIN, false).now() >= before,
        "where nothing was set back, it is the machine's"
    );
}
