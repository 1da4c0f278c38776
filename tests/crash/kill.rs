//! `kill -9` at any moment loses nothing that was answered, sells nothing twice, captures nothing twice.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads let it, `FLASHTAG_KILLS` makes it longer.

use flashtag::clock::Clock;

use super::client::{Client, assert_conserved, clients, lost, random_ms, under_load};
use crate::dice::Dice;
use super::history::{assert_history_holds, captures};
use super::server::{Server, assert_verified};
use super::shop::{Sale, Shop};
use crate::effort::{self, Effort};

const ACCOUNTS: u32 = 4000;
const LOAD_MS_MAX: usize = 150;

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
    let mut effort = Effort::of("kills", 100, 10_000);
    let (seed, kills) = (effort::seed(), effort.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_KILLS={kills}");
    let mut dice = Dice::new(seed);
    let shop = Shop::open(&sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, &mut dice, &shop.sales);
    let mut starting_us = 0;
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
        effort.step();
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
    let (captured, accepted) = (captures(&shop).len(), accepted(&clients));
    let start_ms = starting_us / 1000 / kills.max(1);
    effort.report(&format!(
        "{accepted} accepted, {captured} captured, none lost; a restart took {start_ms} ms on average"
    ));
    assert!(accepted as u64 > 10 * kills, "there was something to lose");
    assert!(captured > 0, "money moved");
}
