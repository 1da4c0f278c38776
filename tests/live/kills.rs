//! The real binary killed at random moments of a sale on a network: what was posted meanwhile is heard, and nothing is sold,
//! asked or said twice.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_NETWORK_KILLS` sets its length.

use std::thread;

use networks::{bluesky, mastodon, x};

use super::people::{People, names};
use super::shop::{Play, Shop, Wanted};
use crate::crash::client::random_ms;
use crate::crash::server::{Starting, assert_verified, serve};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

/// Upper bound on the time before an engine is killed.
const LIFE_MS_MAX: usize = 300;
/// Upper bound on the time before a start is killed.
const START_MS_MAX: usize = 60;
/// Kills of one sale.
const KILLS_OF_A_SALE: u64 = 12;
/// Buyers of one sale, and the units that they want.
const BUYERS: usize = 10;
const UNITS: usize = 7;

/// A sale on one network, killed that often.
fn killed_sale<N: Play>(read: &str, kills: u64, rng: &mut TestRng) {
    let (buyers, mut people) = (names(BUYERS), People::default());
    let units = UNITS as u32;
    let mut shop: Shop<N> =
        Shop::open_as(Wanted { read, buyers: &buyers, faults: Vec::new(), units, proxy: None, tables: "" });
    let mut coming = buyers.iter();
    let mut killed = 0;
    while killed < kills {
        coming.by_ref().take(1 + rng.below(2)).for_each(|who| people.claim(&shop, who));
        people.confirm(&shop);
        thread::sleep(random_ms(rng, LIFE_MS_MAX));
        // Who does not come now comes later: as many are to come as want the units.
        if rng.below(2) == 0
            && let Some(who) = coming.next()
        {
            people.claim(&shop, who);
        }
        killed += 1;
        shop = shop.restart_after(|config| {
            while killed < kills && rng.below(4) == 0 {
                let starting = Starting::spawn(serve(config));
                thread::sleep(random_ms(rng, START_MS_MAX));
                starting.kill();
                killed += 1;
            }
        });
    }
    coming.for_each(|who| people.claim(&shop, who));
    people.confirm_until(&shop, UNITS);
    shop.wait_until_sold(UNITS as u64);
    shop.engine.http().wait_until_all_is_done();
    people.assert_asked_once(&shop, UNITS);
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

/// A sale at one way to read a network.
type Sale = fn(&str, u64, &mut TestRng);

#[test]
fn a_kill_at_any_moment_of_a_sale_on_a_network_loses_and_repeats_nothing() {
    let sales: [(Sale, &str); 6] = [
        (killed_sale::<bluesky::World>, "jetstream"),
        (killed_sale::<mastodon::World>, "notifications"),
        (killed_sale::<x::World>, "activity"),
        (killed_sale::<bluesky::World>, "repositories"),
        (killed_sale::<mastodon::World>, "hashtags by events"),
        (killed_sale::<x::World>, "filtered"),
    ];
    let mut budget = RunBudget::of("network kills", 3, 1_000);
    let (seed, wanted) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_NETWORK_KILLS={wanted}");
    let mut rng = TestRng::new(seed);
    // Each network has its share, and the rest of a long run goes on in turn.
    let of_a_sale = wanted.div_ceil(3).min(KILLS_OF_A_SALE);
    let (mut left, mut held) = (wanted, 0_u64);
    for (sale, read) in sales.iter().cycle() {
        let kills = of_a_sale.min(left);
        sale(read, kills, &mut rng);
        (0..kills).for_each(|_| budget.step());
        (left, held) = (left - kills, held + 1);
        if left == 0 {
            break;
        }
    }
    budget.report(&format!(
        "{held} sales on three networks, {} orders, every prompt once; no promise broken",
        held * UNITS as u64
    ));
}
