//! `kill -9` at any moment loses nothing that was answered, sells nothing twice, captures nothing twice.
//!
//! Under load, while a start recovers from the kill before, and while a stop finishes what was taken in.
//! `FLASHTAG_SEED` repeats a run as far as threads let it, `FLASHTAG_KILLS` makes it longer.

use std::ops::AddAssign;
use std::time::Duration;

use flashtag::clock::Clock;

use super::client::{Client, Told, assert_conserved, clients, lost, random_ms, under_load};
use super::history::{assert_history_holds, captures};
use super::server::{Server, Starting, serve};
use super::shop::{Sale, Shop};
use crate::dice::Dice;
use crate::effort::{self, Effort};

const ACCOUNTS: u32 = 2000;
const LOAD_MS_MAX: usize = 100;
/// A start that is killed is killed within this time; an undisturbed one takes about as long.
const START_MS_MAX: usize = 40;
/// A journal is replayed from its beginning, so kills would get slower and slower in one shop.
const KILLS_OF_A_SHOP: u64 = 200;

pub(crate) fn sales() -> Vec<Sale> {
    vec![
        Sale::new("plenty", 500_000, 900),
        Sale::new("few", 25, 900),
        Sale::new("hasty", 60, 2),
        Sale::new("flash", 3000, 0),
    ]
}

/// Most cards pay; some decline, some stumble.
pub(crate) fn cards(count: u32) -> impl Iterator<Item = String> {
    const SCRIPTS: [&str; 6] =
        ["decline_", "capture_decline_", "error_", "error_after_", "slow_", "timeout_after_"];
    (1..=count).map(|author| {
        let script = SCRIPTS.get(author as usize % 60).copied().unwrap_or_default();
        format!("tok_{script}{author}")
    })
}

/// What was done, and what was at stake.
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

    /// Starts a server until it serves, and notes how long that took.
    pub(crate) fn start(&mut self, shop: &Shop) -> Server {
        let clock = Clock::start();
        let server = Server::start(&shop.config());
        self.restarts_us += clock.elapsed_us();
        self.restarts += 1;
        server
    }
}

pub(crate) fn accepted(clients: &[Client]) -> usize {
    let posts = clients.iter().flat_map(|client| &client.posts);
    posts.filter(|post| post.told.as_ref().is_some_and(Told::is_accepted)).count()
}

/// Every client compares its book with what it is told now; all that they know of is there.
pub(crate) fn assert_nothing_lost(shop: &Shop, server: &Server, clients: &mut [Client], everything: bool) {
    let http = server.http();
    for client in &mut *clients {
        client.compare(&http, everything);
    }
    assert_eq!(lost(clients), Vec::<&String>::new());
    assert_conserved(&http.offers(), &shop.sales);
}

/// Lets the last server of a shop live until it has sold something: those before it may have had too little time.
pub(crate) fn let_it_sell(server: &Server) {
    server.http().wait_for(|offers| offers.iter().any(|offer| offer["sold"].as_u64() > Some(0)));
}

/// Ends a server by a kill: at any moment under load, or while it stops.
fn kill_under_load(server: Server, clients: &mut [Client], dice: &mut Dice, sum: &mut Sum) {
    let active = 2 + dice.roll(2);
    let moment = random_ms(dice, LOAD_MS_MAX);
    let stopping = (dice.roll(5) == 0).then(|| random_ms(dice, START_MS_MAX));
    let http = server.http();
    under_load(&mut clients[..active], &http, || {
        std::thread::sleep(moment);
        match stopping {
            None => server.kill(),
            Some(moment) => {
                server.ask_to_stop();
                std::thread::sleep(moment);
                let ended = server.end();
                // Nobody kills what has stopped.
                assert!(matches!(ended.status.code(), None | Some(0)), "{ended:?}");
            }
        }
    });
    sum.stopping += u64::from(stopping.is_some());
    sum.under_load += u64::from(stopping.is_none());
}

/// Kills a start, and perhaps the one after it.
fn kill_starts(shop: &Shop, dice: &mut Dice, sum: &mut Sum) {
    while dice.roll(3) == 0 {
        let starting = Starting::spawn(serve(&shop.config()));
        std::thread::sleep(random_ms(dice, START_MS_MAX));
        let ended = starting.kill();
        assert_eq!(ended.status.code(), None, "a start is killed, and does not fail: {ended:?}");
        sum.starting += 1;
    }
}

/// Kills the engine of one shop so many times, or once more.
fn kill_one_shop(kills: u64, dice: &mut Dice, effort: &mut Effort) -> Sum {
    let shop = Shop::open(&sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, dice, &shop.sales);
    let mut sum = Sum::default();
    let mut server = sum.start(&shop);
    while sum.kills() < kills {
        let before = sum.kills();
        kill_under_load(server, &mut clients, dice, &mut sum);
        kill_starts(&shop, dice, &mut sum);
        server = sum.start(&shop);
        assert_nothing_lost(&shop, &server, &mut clients, false);
        (before..sum.kills()).for_each(|_| effort.step());
    }
    assert_nothing_lost(&shop, &server, &mut clients, true);
    let_it_sell(&server);
    server.stop();
    shop.assert_verified(false);
    assert_history_holds(&shop, &clients);
    sum.accepted = accepted(&clients);
    sum.captured = captures(&shop).len();
    sum
}

#[test]
fn kill_at_any_moment_loses_nothing_that_was_answered() {
    let mut effort = Effort::of("kills", 100, 10_000);
    let (seed, kills) = (effort::seed(), effort.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_KILLS={kills}");
    let mut dice = Dice::new(seed);
    let mut sum = Sum::default();
    while sum.kills() < kills {
        let more = KILLS_OF_A_SHOP.min(kills - sum.kills());
        sum += kill_one_shop(more, &mut dice, &mut effort);
    }
    let Sum { under_load, starting, stopping, accepted, captured, .. } = sum;
    let restart_ms = sum.restart_ms();
    effort.report(&format!(
        "{under_load} under load, {starting} while it started, {stopping} while it stopped; {accepted} \
         posts accepted, {captured} orders captured, none lost or twice; a restart took {restart_ms} ms"
    ));
    assert!(accepted as u64 > 10 * kills, "there was something to lose");
    assert!(captured > 0, "money moved");
}

/// How long a load may last at most, for those who end it otherwise.
pub(crate) fn load_time(dice: &mut Dice) -> Duration {
    random_ms(dice, LOAD_MS_MAX)
}
