//! A power loss at any moment loses nothing that was acknowledged.
//!
//! `kill -9` leaves the page cache intact, so it cannot distinguish written data from synced data; a power
//! loss can. The engine's data and the files that it hands over are on the disk that loses power. The card
//! provider's ledger, the network's replies and the clients' records belong to others and are not.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_POWER_LOSSES` sets its length.

use flashtag::clock::Clock;

use super::client::{clients, lost, random_ms, under_load};
use super::kill::{Sum, accepted, assert_nothing_lost, cards, load_time, sales};
use super::mount::Mount;
use super::server::{Server, Starting, serve, serve_behind};
use super::shop::{Sale, Shop};
use super::strace;
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const RIG: &str = "power losses";
const ACCOUNTS: u32 = 1500;
/// Losses of one shop. Its journal is replayed from the beginning, so restarts get slower with each loss.
const LOSSES_OF_A_SHOP: u64 = 100;

/// Returns the disk, or reports why this machine has none.
fn disk(rig: &'static str, mount: Result<Mount, String>) -> Option<Mount> {
    match mount {
        Ok(mount) => Some(mount),
        Err(why) => {
            run_budget::report(rig, &format!("SKIPPED: {rig} need root, ext4 and a loop device ({why})"));
            None
        }
    }
}

/// Cuts the power, and kills the process shortly before or after.
fn lose_power(server: Server, mount: &Mount, process_first: bool) {
    if process_first {
        server.kill();
        mount.cut_power().expect("the disk is mounted");
    } else {
        mount.cut_power().expect("the disk is mounted");
        // The process may have noticed and ended by itself.
        let ended = server.end();
        assert!(matches!(ended.status.code(), None | Some(70)), "{ended:?}");
    }
    mount.remount().expect("no process uses the disk");
}

/// Cuts the power while the engine recovers from the previous loss.
fn lose_power_at_start(shop: &Shop, mount: &Mount, rng: &mut TestRng) {
    let starting = Starting::spawn(serve(&shop.config()));
    std::thread::sleep(random_ms(rng, 40));
    mount.cut_power().expect("the disk is mounted");
    starting.kill();
    mount.remount().expect("no process uses the disk");
}

/// Cuts the power of one shop `losses` times.
fn cut_one_shop(mount: &Mount, losses: u64, rng: &mut TestRng, budget: &mut RunBudget) -> Sum {
    let shop = Shop::open_on(mount.root().join("data"), &sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, rng, &shop.sales);
    let mut sum = Sum::default();
    let mut server = sum.start(&shop);
    let mut left = losses;
    while left > 0 {
        let (moment, process_first) = (load_time(rng), rng.below(2) == 0);
        let http = server.http();
        under_load(&mut clients, &http, || {
            std::thread::sleep(moment);
            lose_power(server, mount, process_first);
        });
        left -= 1;
        budget.step();
        if left > 0 && rng.below(4) == 0 {
            lose_power_at_start(&shop, mount, rng);
            left -= 1;
            budget.step();
        }
        server = sum.start(&shop);
        assert_nothing_lost(&shop, &server, &mut clients, false);
    }
    sum.end(&shop, server, &mut clients);
    sum
}

#[test]
fn a_power_loss_at_any_moment_loses_no_acknowledged_answer() {
    if disk(RIG, Mount::new()).is_none() {
        return;
    }
    let mut budget = RunBudget::of(RIG, 20, 5_000);
    let (seed, losses) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_POWER_LOSSES={losses}");
    let mut rng = TestRng::new(seed);
    let (mut sum, mut left) = (Sum::default(), losses);
    let of_a_shop = LOSSES_OF_A_SHOP.min(losses.div_ceil(2));
    // Alternates between writes past the page cache and writes through it; only the latter really lose what
    // was not synced.
    for new in [Mount::new, Mount::cached].into_iter().cycle() {
        if left == 0 {
            break;
        }
        let mount = new().expect("there was one a moment ago");
        let more = of_a_shop.min(left);
        sum += cut_one_shop(&mount, more, &mut rng, &mut budget);
        left -= more;
    }
    let Sum { accepted, captured, .. } = sum;
    let restart_ms = sum.restart_ms();
    budget.report(&format!(
        "all that was not synced is gone; {accepted} posts accepted, {captured} orders captured, none lost \
         or twice; a restart took {restart_ms} ms"
    ));
    assert!(accepted as u64 > 10 * losses, "there was something to lose");
    assert!(captured > 0, "money moved");
}

/// The negative control: the same test with an engine whose syncs do nothing. The disk keeps writes in memory
/// until they are synced; a disk written past the page cache would have them on the loop device at once.
#[test]
fn an_engine_that_never_syncs_is_caught() {
    const CONTROL: &str = "power loss control";
    let Some(mount) = disk(CONTROL, Mount::cached()) else { return };
    if let Err(why) = strace::check_available() {
        return run_budget::report(CONTROL, &format!("SKIPPED: {CONTROL} needs strace ({why})"));
    }
    let shop = Shop::open_on(mount.root().join("data"), &[Sale::new("plenty", 100_000, 900)], 1, cards(600));
    let mut clients = clients(2, 600, &mut TestRng::new(7), &shop.sales);
    // Creates a complete journal.
    Server::start(&shop.config()).stop();
    let faulty = strace::inject("fdatasync,fsync:retval=0");
    let starting = Starting::spawn(serve_behind(&faulty, &shop.config()));
    let server = starting.wait_until_it_serves().expect("it does not notice the fault");
    let http = server.http();
    let clock = Clock::start();
    under_load(&mut clients, &http, || {
        // Some posts were accepted that can be lost.
        http.wait_for(|offers| offers[0]["reserved"].as_u64().is_some_and(|units| units >= 20));
        mount.cut_power().expect("the disk is mounted");
        server.end();
    });
    let loaded_us = clock.elapsed_us();
    mount.remount().expect("no process uses the disk");
    let accepted = accepted(&clients);
    let server = Server::start(&shop.config());
    clients.iter_mut().for_each(|client| client.compare(&server.http(), true));
    let lost = lost(&clients).len();
    server.kill();
    run_budget::report(
        CONTROL,
        &format!(
            "1 {CONTROL}: an engine whose syncs did nothing accepted {accepted} posts in {} ms, and {lost} losses are found",
            loaded_us / 1000
        ),
    );
    assert!(lost > 0, "nothing was synced, and {accepted} accepted posts are all still there");
}
