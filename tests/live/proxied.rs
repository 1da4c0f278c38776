//! The real binary and its network with a proxy between them that cuts, stalls and truncates: a sale comes to its end, and
//! nothing is sold, asked or said twice.
//!
//! `FLASHTAG_SEED` repeats a run as far as threads allow, and `FLASHTAG_PROXY_FAULTS` sets its length.

use std::collections::BTreeMap;
use std::thread;

use networks::{bluesky, mastodon, x};

use super::people::{People, names};
use super::shop::{Play, Shop, Wanted};
use crate::crash::client::random_ms;
use crate::crash::server::assert_verified;
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

/// Buyers of one sale, and the units that they want.
const BUYERS: usize = 12;
const UNITS: usize = 8;
/// The longest pause between two claims.
const PAUSE_MS_MAX: usize = 400;
/// Rounds of a sale in which the proxy fails; the end comes without faults.
const ROUNDS: u64 = 60;

/// What went wrong, by kind.
type Counts = BTreeMap<&'static str, u64>;

/// A sale behind a proxy that fails about as often as wanted.
fn proxied_sale<N: Play>(read: &str, wanted: u64, seed: u64) -> Counts {
    let (buyers, mut people, mut rng) = (names(BUYERS), People::default(), TestRng::new(seed));
    let units = UNITS as u32;
    let shop: Shop<N> = Shop::open_as(Wanted {
        read,
        buyers: &buyers,
        faults: Vec::new(),
        units,
        proxy: Some(seed),
        tables: "",
    });
    let proxy = shop.proxy.as_ref().expect("it was wanted");
    proxy.fail(true);
    let mut coming = buyers.iter();
    for round in 0..ROUNDS {
        if round % 3 == 0 {
            coming.by_ref().take(1).for_each(|who| people.claim(&shop, who));
        }
        people.confirm(&shop);
        thread::sleep(random_ms(&mut rng, PAUSE_MS_MAX));
        if coming.len() == 0 && proxy.counts().values().sum::<u64>() >= wanted {
            break;
        }
    }
    proxy.fail(false);
    people.confirm_until(&shop, UNITS);
    shop.wait_until_sold(UNITS as u64);
    shop.engine.http().wait_until_all_is_done();
    people.assert_asked_once(&shop, UNITS);
    let (data, counts) = (shop.path("data"), proxy.counts());
    shop.engine.stop();
    assert_verified(&data, false);
    counts
}

/// A sale at one way to read a network.
type Sale = fn(&str, u64, u64) -> Counts;

/// Sales on one network until it has its share of faults. Returns them, and the number of sales.
fn network(sales: &[(Sale, &str)], share: u64, seed: u64) -> (Counts, u64) {
    let (mut sum, mut held) = (Counts::new(), 0);
    for (sale, read) in sales.iter().cycle() {
        let left = share.saturating_sub(sum.values().sum());
        if left == 0 {
            break;
        }
        held += 1;
        for (kind, times) in sale(read, left, seed.wrapping_add(held)) {
            *sum.entry(kind).or_default() += times;
        }
    }
    (sum, held)
}

#[test]
fn a_sale_behind_a_proxy_that_fails_comes_to_its_end() {
    let mut budget = RunBudget::of("proxy faults", 9, 1_000);
    let (seed, wanted) = (run_budget::seed(), budget.wanted);
    eprintln!("FLASHTAG_SEED={seed} FLASHTAG_PROXY_FAULTS={wanted}");
    let networks: [&[(Sale, &str)]; 3] = [
        &[
            (proxied_sale::<bluesky::World>, "jetstream"),
            (proxied_sale::<bluesky::World>, "repositories"),
            (proxied_sale::<bluesky::World>, "jetstream2"),
        ],
        &[
            (proxied_sale::<mastodon::World>, "notifications"),
            (proxied_sale::<mastodon::World>, "hashtags by events"),
        ],
        &[(proxied_sale::<x::World>, "activity"), (proxied_sale::<x::World>, "filtered")],
    ];
    let share = wanted.div_ceil(networks.len() as u64);
    let ended: Vec<(Counts, u64)> = thread::scope(|scope| {
        let run = |sales| scope.spawn(move || network(sales, share, seed));
        let running = networks.map(run);
        running.into_iter().map(|running| running.join().expect("a sale holds its promises")).collect()
    });
    let (mut sum, mut held) = (Counts::new(), 0);
    for (counts, sales) in ended {
        held += sales;
        for (kind, times) in counts {
            *sum.entry(kind).or_default() += times;
        }
    }
    (0..sum.values().sum()).for_each(|_| budget.step());
    let kinds: Vec<String> = sum.iter().map(|(kind, times)| format!("{times} {kind}")).collect();
    budget.report(&format!(
        "{held} sales on three networks, {} orders, every prompt once; {}",
        held * UNITS as u64,
        kinds.join(", ")
    ));
}
