//! `kill -9` at any moment loses nothing that was acknowledged, and nothing is sold or captured twice.
//!
//! Kills come under load, while a start recovers from the previous kill, and while a stop finishes its work.
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_KILLS` sets its length.

use std::ops::AddAssign;
use std::time::Duration;

use flashtag::clock::Clock;

use super::client::{Answer, Client, assert_conserved, clients, lost, random_ms, under_load};
use super::history::{assert_history_holds, captures};
use super::server::{Server, Starting, serve};
use super::shop::{Sale, Shop};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const ACCOUNTS: u32 = 2000;
const LOAD_MS_MAX: usize = 100;
/// Upper bound on the time before a start is killed; an undisturbed start takes about as long.
const START_MS_MAX: usize = 40;
/// Kills of one shop. Its journal is replayed from the beginning, so restarts get slower with each kill.
const KILLS_OF_A_SHOP: u64 = 200;

pub(crate) fn sales() -> Vec<Sale> {
    vec![
        Sale::new("plenty", 500_000, 900),
        Sale::new("few", 25, 900),
        Sale::new("hasty", 60, 2),
        Sale::new("flash", 3000, 0),
    ]
}

/// Card tokens: most cards pay, some decline, some fail temporarily.
pub(crate) fn cards(count: u32) -> impl Iterator<Item = String> {
    const SCRIPTS: [&str; 6] =
        ["decline_", "capture_decline_", "error_", "error_after_", "slow_", "timeout_after_"];
    (1..=count).map(|author| {
        let script = SCRIPTS.get(author as usize % 60).copied().unwrap_or_default();
        format!("tok_{script}{author}")
    })
}

/// Totals of a run.
#[derive(Default)]
pub(crate) struct Sum {
    pub(crate) under_load: u64,
    starting: u64,
    stopping: u64,
    restarts: u64,
    restarts_us: u64,
    pub(crate) accepted: usize,
    pub(crate) captured: usize,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, more: Self) {
        self.under_load += more.under_load;
        self.starting += more.starting;
        self.stopping += more.stopping;
        self.restarts += more.restarts;
        self.restarts_us += more.restarts_us;
        self.accepted += more.accepted;
        self.captured += more.captured;
    }
}

impl Sum {
    pub(crate) fn kills(&self) -> u64 {
        self.under_load + self.starting + self.stopping
    }

    pub(crate) fn restart_ms(&self) -> u64 {
        self.restarts_us / 1000 / self.restarts.max(1)
    }

    /// Starts a server, and adds the time until it serves to the totals.
    pub(crate) fn start(&mut self, shop: &Shop) -> Server {
        let clock = Clock::start();
        let server = Server::start(&shop.config());
        self.restarts_us += clock.elapsed_us();
        self.restarts += 1;
        server
    }

    /// Ends the run of a shop: asserts that nothing was lost, that it still sells, and that its books agree.
    pub(crate) fn end(&mut self, shop: &Shop, server: Server, clients: &mut [Client]) {
        assert_nothing_lost(shop, &server, clients, true);
        let_it_sell(&server);
        server.stop();
        shop.assert_verified(false);
        assert_history_holds(shop, clients);
        self.accepted = accepted(clients);
        self.captured = captures(shop).len();
    }
}

pub(crate) fn accepted(clients: &[Client]) -> usize {
    let posts = clients.iter().flat_map(|client| &client.posts);
    posts.filter(|post| post.answer.as_ref().is_some_and(Answer::is_accepted)).count()
}

/// Asserts that every acknowledged answer of every client is unchanged.
pub(crate) fn assert_nothing_lost(shop: &Shop, server: &Server, clients: &mut [Client], everything: bool) {
    let http = server.http();
    for client in &mut *clients {
        client.compare(&http, everything);
    }
    assert_eq!(lost(clients), Vec::<&String>::new());
    assert_conserved(&http.offers(), &shop.sales);
}

/// Waits until the server has sold something: the servers before it may have been killed too early.
fn let_it_sell(server: &Server) {
    server.http().wait_for(|offers| offers.iter().any(|offer| offer["sold"].as_u64() > Some(0)));
}

/// Kills a server under load, or while it stops.
fn kill_under_load(server: Server, clients: &mut [Client], rng: &mut TestRng, sum: &mut Sum) {
    let active = 2 + rng.below(2);
    let moment = random_ms(rng, LOAD_MS_MAX);
    let stopping = (rng.below(5) == 0).then(|| random_ms(rng, START_MS_MAX));
    let http = server.http();
    under_load(&mut clients[..active], &http, || {
        std::thread::sleep(moment);
        match stopping {
            None => server.kill(),
            Some(moment) => {
                server.ask_to_stop();
                std::thread::sleep(moment);
                let ended = server.end();
                // A server that has stopped by itself is not killed.
                assert!(matches!(ended.status.code(), None | Some(0)), "{ended:?}");
            }
        }
    });
    sum.stopping += u64::from(stopping.is_some());
    sum.under_load += u64::from(stopping.is_none());
}

/// Kills a start, and sometimes the start after it.
fn kill_starts(shop: &Shop, rng: &mut TestRng, sum: &mut Sum) {
    while rng.below(3) == 0 {
        let starting = Starting::spawn(serve(&shop.config()));
        std::thread::sleep(random_ms(rng, START_MS_MAX));
        let ended = starting.kill();
        assert_eq!(ended.status.code(), None, "a start is killed, and does not fail: {ended:?}");
        sum.starting += 1;
    }
}

/// Kills the engine of one shop `kills` times, or once more.
fn kill_one_shop(kills: u64, rng: &mut TestRng, budget: &mut RunBudget) -> Sum {
    let shop = Shop::open(&sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, rng, &shop.sales);
    let mut sum = Sum::default();
    let mut server = sum.start(&shop);
    while sum.kills() < kills {
        let before = sum.kills();
        kill_under_load(server, &mut clients, rng, &mut sum);
        kill_starts(&shop, rng, &mut sum);
        server = sum.start(&shop);
        assert_nothing_lost(&shop, &server, &mut clients, false);
        (before..sum.kills()).for_each(|_| budget.step());
    }
    sum.end(&shop, server, &mut clients);
    sum
}

#[test]
fn a_kill_at_any_moment_loses_no_acknowledged_answer() {
    let mut budget = RunBudget::of("kills", 100, 10_000);
    let (seed, kills) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_KILLS={kills}");
    let mut rng = TestRng::new(seed);
    let mut sum = Sum::default();
    while sum.kills() < kills {
        let more = KILLS_OF_A_SHOP.min(kills - sum.kills());
        sum += kill_one_shop(more, &mut rng, &mut budget);
    }
    let Sum { under_load, starting, stopping, accepted, captured, .. } = sum;
    let restart_ms = sum.restart_ms();
    budget.report(&format!(
        "{under_load} under load, {starting} while it started, {stopping} while it stopped; {accepted} \
         posts accepted, {captured} orders captured, none lost or twice; a restart took {restart_ms} ms"
    ));
    assert!(accepted as u64 > 10 * kills, "there was something to lose");
    assert!(captured > 0, "money moved");
}

/// Upper bound on the time under load in a test that ends the load itself.
pub(crate) fn load_time(rng: &mut TestRng) -> Duration {
    random_ms(rng, LOAD_MS_MAX)
}
