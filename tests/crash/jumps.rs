//! A machine's clock that is set while the engine runs, and between two runs: by a second, an hour, a day,
//! forwards and backwards.
//!
//! What must hold: nothing that was answered is lost, journal time never goes back, and a window is as long
//! as it is on a steady clock: who confirms within it is in time, and who does not loses the unit, though up
//! to twice as late where the clock was set back between two runs: until the machine's time has caught up,
//! the engine's goes at half its speed.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::domain::time::{Millis, Timestamp};

use super::client::{Client, Kind, assert_conserved, lost};
use super::history::assert_history_holds;
use super::server::{Server, Starting, poll, serve};
use super::shop::{Sale, Shop};
use crate::dice::Dice;
use crate::effort::{self, Effort};

const RIG: &str = "clock jumps";
/// In seconds.
const JUMPS: [i64; 6] = [-86_400, -3_600, -1, 1, 3_600, 86_400];
const JUMPS_OF_A_RUN: u64 = 10;
/// So that the jumps of a run lie all over a window, whose time is real.
const BETWEEN_JUMPS: Duration = Duration::from_millis(100);
const WINDOW_MS: u64 = 3_000;
/// What a busy machine may take on top.
const SLACK_MS: u64 = 5_000;
const ACCOUNTS: u32 = 6_000;

/// The library that `faketime` preloads, wherever this machine has it.
fn library() -> Result<PathBuf, String> {
    let words = "needs faketime".to_owned();
    let output = Command::new("sh").args(["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let path = String::from_utf8_lossy(&output.stdout).lines().next().map(PathBuf::from);
    path.ok_or(words)
}

/// A clock that can be set, as one server sees it.
struct Settable {
    library: PathBuf,
    file: PathBuf,
    offset_s: i64,
    /// Whether the steady clock jumps as well, which it never does.
    unsteady: bool,
    /// The servers that saw it.
    started: Vec<u32>,
}

/// What the library shares between processes outlives a server that was killed.
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

    fn jump(&mut self, dice: &mut Dice) {
        // It stays within the days for which posts are believed.
        let far = |by: &&i64| (self.offset_s + **by).abs() <= 90_000;
        let possible: Vec<i64> = JUMPS.iter().filter(far).copied().collect();
        self.offset_s += dice.pick(&possible);
        self.write();
    }

    /// In one step: the server reads it at any moment.
    fn write(&self) {
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, format!("{:+}\n", self.offset_s)).expect("the offset is written");
        std::fs::rename(draft, &self.file).expect("the offset is set");
    }

    fn start(&mut self, config: &Path) -> Server {
        let mut command = serve(config);
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("NO_FAKE_STAT", "1");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", if self.unsteady { "0" } else { "1" });
        let server = Starting::spawn(command).wait_until_it_serves().expect("it serves");
        self.started.push(server.pid());
        server
    }
}

/// How one window was kept.
#[derive(Debug)]
struct Window {
    /// What was answered to a confirmation in the middle of it; none if a busy machine was too slow.
    confirmed: Option<String>,
    /// How long, by a steady clock, the unit of somebody silent stayed reserved.
    expired_after_ms: u64,
}

/// One run of the engine: two claims, a clock that is set again and again, one confirmation.
fn run(server: &Server, clock: &mut Settable, client: &mut Client, dice: &mut Dice, buyer: u32) -> Window {
    let http = server.http();
    client.set_clock(&http);
    let steady = Clock::start();
    let claims = [client.write(Kind::Claim, buyer, 0), client.write(Kind::Claim, buyer + 1, 0)];
    client.post(&http, &claims).expect("answered");
    for author in 2..2 + JUMPS_OF_A_RUN as u32 {
        std::thread::sleep(BETWEEN_JUMPS);
        clock.jump(dice);
        client.set_clock(&http);
        let other = client.write(Kind::Claim, buyer + author, 1);
        client.post(&http, &[other]).expect("answered");
    }
    let confirm = client.write(Kind::Confirm, buyer, 0);
    client.post(&http, &[confirm]).expect("answered");
    let said = client.posts[confirm].told.as_ref().expect("an answer").outcome.clone();
    let confirmed = (steady.elapsed_us() / 1000 < WINDOW_MS).then_some(said);
    http.wait_for(|offers| offers.iter().any(|offer| offer["id"] == "brief" && offer["reserved"] == 0));
    Window { confirmed, expired_after_ms: steady.elapsed_us() / 1000 }
}

fn shop() -> Shop {
    let cards = (1..=ACCOUNTS).map(|author| format!("tok_{author}"));
    Shop::open(&[Sale::new("brief", 1000, 3), Sale::new("plenty", 100_000, 900)], 1, cards)
}

#[test]
fn a_clock_that_is_set_neither_ends_nor_stretches_a_window() {
    let library = match library() {
        Ok(library) => library,
        Err(why) => return effort::tell(RIG, &format!("SKIPPED: {RIG} {why}")),
    };
    let mut effort = Effort::of(RIG, 22, 5_000);
    let (seed, jumps) = (effort::seed(), effort.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_CLOCK_JUMPS={jumps}");
    let mut dice = Dice::new(seed);
    let shop = shop();
    let place = tempfile::tempdir().expect("a directory for the test");
    let mut clock = Settable::new(library, place.path(), false);
    let mut client = Client::new(0, dice.split(), &shop.sales, 1..ACCOUNTS);
    let (mut done, mut runs, mut judged, mut longest_ms) = (0, 0, 0, 0);
    while done < jumps {
        let server = clock.start(&shop.config());
        let buyer = 1 + (runs * 20) % (ACCOUNTS - 20);
        let window = run(&server, &mut clock, &mut client, &mut dice, buyer);
        if let Some(said) = &window.confirmed {
            assert_eq!(said, "confirmed", "run {runs}: in the middle of its window");
            judged += 1;
        }
        let kept: RangeInclusive<u64> = WINDOW_MS..=2 * WINDOW_MS + SLACK_MS;
        assert!(kept.contains(&window.expired_after_ms), "run {runs}: {window:?}");
        longest_ms = longest_ms.max(window.expired_after_ms);
        client.compare(&server.http(), false);
        assert_eq!(client.lost, Vec::<String>::new(), "run {runs}");
        assert_conserved(&server.http().offers(), &shop.sales);
        if dice.roll(2) == 0 {
            server.kill()
        } else {
            server.stop()
        }
        clock.jump(&mut dice);
        (0..=JUMPS_OF_A_RUN).for_each(|_| effort.step());
        done += 1 + JUMPS_OF_A_RUN;
        runs += 1;
    }
    let clients = [client];
    assert_eq!(lost(&clients), Vec::<&String>::new());
    shop.assert_verified(false);
    assert_history_holds(&shop, &clients);
    effort.report(&format!(
        "by a second, an hour and a day, over {runs} restarts; no window of {WINDOW_MS} ms ended early, the \
         longest took {longest_ms} ms, nothing was lost"
    ));
    assert!(judged > 0, "some confirmation was quick enough to be judged");
}

/// The control: the same rig, and a steady clock that jumps with the other.
#[test]
fn a_clock_that_jumps_with_the_machine_is_caught() {
    let Ok(library) = library() else { return };
    let (shop, place) = (shop(), tempfile::tempdir().expect("a directory for the test"));
    let mut clock = Settable::new(library, place.path(), true);
    let mut client = Client::new(0, Dice::new(10), &shop.sales, 1..ACCOUNTS);
    let server = clock.start(&shop.config());
    let http = server.http();
    client.set_clock(&http);
    let claim = client.write(Kind::Claim, 1, 0);
    client.post(&http, &[claim]).expect("answered");
    clock.offset_s = 4;
    clock.write();
    client.set_clock(&http);
    let confirm = client.write(Kind::Confirm, 1, 0);
    client.post(&http, &[confirm]).expect("answered");
    let said = client.posts[confirm].told.as_ref().expect("an answer").outcome.clone();
    assert_ne!(said, "confirmed", "four seconds went by for the engine at once, and the window has three");
    server.kill();
}

/// Set back by an hour between two runs, and long ago.
#[test]
fn time_neither_goes_back_nor_stands_still() {
    let machine = Clock::start();
    let last = machine.now().plus(Millis::from_secs(3_600));
    let clock = machine.not_before(last);
    let first = clock.now();
    assert!(first >= last, "{first} is behind {last}");
    poll(|| clock.now(), |now| *now > first);
    let passed = Millis::from_ms((machine.elapsed_us() / 1000) as i64);
    assert!(clock.now().since(last) <= passed, "it goes no faster than the machine's");
    let before = machine.now();
    assert!(
        machine.not_before(Timestamp::MIN).now() >= before,
        "where nothing was set back, it is the machine's"
    );
}
