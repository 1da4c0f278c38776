//! Power loss at any moment loses nothing that was answered.
//!
//! `kill -9` leaves the page cache behind, so it cannot tell what was written from what was synced; this
//! can. The engine's data and the files that it hands over lie on the disk that loses power. The card
//! provider's ledger, the network's replies and the clients' books are other people's, and do not.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads let it, `FLASHTAG_POWER_LOSSES` makes it longer.

use flashtag::clock::Clock;

use super::client::{clients, lost, random_ms, under_load};
use super::history::{assert_history_holds, captures};
use super::kill::{Sum, accepted, assert_nothing_lost, cards, let_it_sell, load_time, sales};
use super::mount::Mount;
use super::server::{Server, Starting, serve, serve_behind};
use super::shop::{Sale, Shop};
use super::strace;
use crate::dice::Dice;
use crate::effort::{self, Effort};

const RIG: &str = "power losses";
const ACCOUNTS: u32 = 1500;
/// A journal is replayed from its beginning, so losses would get slower and slower in one shop.
const LOSSES_OF_A_SHOP: u64 = 100;

/// A disk, or the word that there is none on this machine.
fn disk(rig: &'static str, mount: Result<Mount, String>) -> Option<Mount> {
    match mount {
        Ok(mount) => Some(mount),
        Err(why) => {
            effort::tell(rig, &format!("SKIPPED: {rig} need root, ext4 and a loop device ({why})"));
            None
        }
    }
}

/// The power goes, and the process with it: sometimes a little earlier, sometimes a little later.
fn lose_power(server: Server, mount: &Mount, process_first: bool) {
    if process_first {
        server.kill();
        mount.cut_power().expect("the disk is mounted");
    } else {
        mount.cut_power().expect("the disk is mounted");
        // It may have found out by itself.
        let ended = server.end();
        assert!(matches!(ended.status.code(), None | Some(70)), "{ended:?}");
    }
    mount.remount().expect("nobody uses the disk");
}

/// The power goes while the engine recovers from the loss before.
fn lose_power_at_start(shop: &Shop, mount: &Mount, dice: &mut Dice) {
    let starting = Starting::spawn(serve(&shop.config()));
    std::thread::sleep(random_ms(dice, 40));
    mount.cut_power().expect("the disk is mounted");
    starting.kill();
    mount.remount().expect("nobody uses the disk");
}

/// Cuts the power of one shop so many times.
fn cut_one_shop(mount: &Mount, losses: u64, dice: &mut Dice, effort: &mut Effort) -> Sum {
    let shop = Shop::open_on(mount.root().join("data"), &sales(), 2, cards(ACCOUNTS));
    let mut clients = clients(3, ACCOUNTS, dice, &shop.sales);
    let mut sum = Sum::default();
    let mut server = sum.start(&shop);
    let mut left = losses;
    while left > 0 {
        let (moment, process_first) = (load_time(dice), dice.roll(2) == 0);
        let http = server.http();
        under_load(&mut clients, &http, || {
            std::thread::sleep(moment);
            lose_power(server, mount, process_first);
        });
        left -= 1;
        effort.step();
        if left > 0 && dice.roll(4) == 0 {
            lose_power_at_start(&shop, mount, dice);
            left -= 1;
            effort.step();
        }
        server = sum.start(&shop);
        assert_nothing_lost(&shop, &server, &mut clients, false);
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
fn power_loss_at_any_moment_loses_nothing_that_was_answered() {
    if disk(RIG, Mount::new()).is_none() {
        return;
    }
    let mut effort = Effort::of(RIG, 20, 5_000);
    let (seed, losses) = (effort::seed(), effort.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_POWER_LOSSES={losses}");
    let mut dice = Dice::new(seed);
    let (mut sum, mut left) = (Sum::default(), losses);
    let of_a_shop = LOSSES_OF_A_SHOP.min(losses.div_ceil(2));
    // In turn past the page cache and through it: there all that was not synced is really gone.
    for new in [Mount::new, Mount::cached].into_iter().cycle() {
        if left == 0 {
            break;
        }
        let mount = new().expect("there was one a moment ago");
        let more = of_a_shop.min(left);
        sum += cut_one_shop(&mount, more, &mut dice, &mut effort);
        left -= more;
    }
    let Sum { accepted, captured, .. } = sum;
    let restart_ms = sum.restart_ms();
    effort.report(&format!(
        "all that was not synced is gone; {accepted} posts accepted, {captured} orders captured, none lost \
         or twice; a restart took {restart_ms} ms"
    ));
    assert!(accepted as u64 > 10 * losses, "there was something to lose");
    assert!(captured > 0, "money moved");
}

/// The control: the same rig, and an engine under which the sync of records does nothing. The disk is one
/// whose writes stay in memory until they are synced: what is written past the page cache lies on a file's
/// loop device at once, and a device that forgets it there is what this rig does not have.
#[test]
fn an_engine_that_never_syncs_is_caught() {
    const CONTROL: &str = "power loss control";
    let Some(mount) = disk(CONTROL, Mount::cached()) else { return };
    if let Err(why) = strace::is_here() {
        return effort::tell(CONTROL, &format!("SKIPPED: {CONTROL} needs strace ({why})"));
    }
    let shop = Shop::open_on(mount.root().join("data"), &[Sale::new("plenty", 100_000, 900)], 1, cards(600));
    let mut clients = clients(2, 600, &mut Dice::new(7), &shop.sales);
    // The journal is there, and whole.
    Server::start(&shop.config()).stop();
    let lying = strace::inject("fdatasync:retval=0");
    let starting = Starting::spawn(serve_behind(&lying, &shop.config()));
    let server = starting.wait_until_it_serves().expect("it believes what it is told");
    let http = server.http();
    let clock = Clock::start();
    under_load(&mut clients, &http, || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        mount.cut_power().expect("the disk is mounted");
        server.end();
    });
    let loaded_us = clock.elapsed_us();
    mount.remount().expect("nobody uses the disk");
    let accepted = accepted(&clients);
    let server = Server::start(&shop.config());
    clients.iter_mut().for_each(|client| client.compare(&server.http(), true));
    let lost = lost(&clients).len();
    server.kill();
    effort::tell(
        CONTROL,
        &format!(
            "1 {CONTROL}: an engine whose syncs did nothing accepted {accepted} posts in {} ms, and {lost} losses are found",
            loaded_us / 1000
        ),
    );
    assert!(lost > 0, "nothing was synced, and {accepted} accepted posts are all still there");
}
