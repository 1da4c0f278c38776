//! `kill -9` at any moment loses nothing that was answered, sells nothing twice, captures nothing twice.
//!
//! `FLASHTAG_CRASH_SEED` repeats a run as far as threads let it, `FLASHTAG_CRASH_KILLS` makes it longer.

use flashtag::clock::Clock;

use super::client::{Client, assert_conserved, clients, lost, random_ms, under_load};
use super::dice::Dice;
use super::history::{assert_history_holds, captures};
use super::server::{Server, assert_verified};
use super::shop::{Sale, Shop};

const ACCOUNTS: u32 = 4000;
const LOAD_MS_MAX: usize = 150;

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

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

fn accepted(clients: &[Client]) -> usize {
    let posts = clients.iter().flat_map(|client| &client.posts);
    posts.filter(|post| post.told.as_ref().is_some_and(super::client::Told::is_accepted)).count()
}

#[test]
fn kill_at_any_moment_loses_nothing_that_was_answered() {
    let seed = from_env("FLASHTAG_CRASH_SEED").unwrap_or_else(|| Clock::start().now().ms() as u64);
    let kills = from_env("FLASHTAG_CRASH_KILLS").unwrap_or(100);
    eprintln!("FLASHTAG_CRASH_SEED={seed} FLASHTAG_CRASH_KILLS={kills}");
    let mut dice = Dice::new(seed);
    let shop = Shop::open(&sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, &mut dice, &shop.sales);
    let (clock, mut starting_us) = (Clock::start(), 0);
    let mut server = Server::start(&shop.config());
    for kill in 1..=kills {
        let moment = random_ms(&mut dice, LOAD_MS_MAX);
        let active = 2 + dice.roll(2);
        let http = server.http();
        under_load(&mut clients[..active], &http, || {
            std::thread::sleep(moment);
            server.kill();
        });
        let start = Clock::start();
        server = Server::start(&shop.config());
        starting_us += start.elapsed_us();
        let http = server.http();
        for client in &mut clients {
            client.compare(&http, false);
        }
        assert_eq!(lost(&clients), Vec::<&String>::new(), "after kill {kill}");
        assert_conserved(&http.offers(), &shop.sales);
        if kill % 25 == 0 {
            let seconds = clock.elapsed_us() as f64 / 1e6;
            let posts: usize = clients.iter().map(|client| client.posts.len()).sum();
            eprintln!("{kill} kills, {posts} posts, {} accepted, {seconds:.1} s", accepted(&clients));
        }
    }
    let http = server.http();
    for client in &mut clients {
        client.compare(&http, true);
    }
    assert_eq!(lost(&clients), Vec::<&String>::new(), "at the end");
    assert_conserved(&http.offers(), &shop.sales);
    server.stop();
    assert_verified(&shop.data(), false);
    assert_history_holds(&shop, &clients);
    let (seconds, captured) = (clock.elapsed_us() as f64 / 1e6, captures(&shop).len());
    let (accepted, speed) = (accepted(&clients), kills as f64 / seconds);
    let start_ms = starting_us / 1000 / kills.max(1);
    eprintln!("a restart took {start_ms} ms on average");
    eprintln!("{kills} kills in {seconds:.1} s ({speed:.1}/s): {accepted} accepted, {captured} captured");
    assert!(accepted as u64 > 10 * kills, "there was something to lose");
    assert!(captured > 0, "money moved");
}
