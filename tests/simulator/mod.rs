//! The simulator: the engine's own parts in virtual time, driven by one seed, among hostile accounts, failing
//! providers and a disk that fails and loses power, with crashes and recoveries at any point. First
//! everything goes wrong that can; then all faults end, and every effect must be settled.
//!
//! Reading order: `plan` and `shop` define a seed, `crowd`, `providers` and `bank` are the environment,
//! `node` is the engine, `world` runs them, `witness` records what was posted and acknowledged,
//! `durable_records` what was durable (with `paused_lanes`), `history` follows in a file, `trial` judges. `coverage` counts what was seen.
//!
//! `FLASHTAG_SEEDS` sets the number of seeds, `FLASHTAG_FIRST_SEED` the first one. The bugs planted in
//! `tests/bugs` show that the simulator notices mistakes.

pub(crate) mod authors;
pub(crate) mod bank;
mod coverage;
pub(crate) mod crowd;
mod durable_records;
mod history;
pub(crate) mod node;
mod paused_lanes;
pub(crate) mod plan;
pub(crate) mod providers;
pub(crate) mod shop;
pub(crate) mod trial;
mod witness;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use self::coverage::Coverage;
use self::trial::judge;
use crate::run_budget::{RunBudget, from_env};

/// Seeds that failed once, in the world of that time. They are cheap to repeat; the tests of the repaired
/// parts cover the mistakes themselves.
const FAILED_ONCE: [u64; 8] = [225, 287, 600, 752, 991, 1536, 1926, 13649];

/// The number of seeds from which on a run must have seen everything.
const ENOUGH: u64 = 2_000;

/// Totals of many seeds.
#[derive(Default)]
struct Sum {
    coverage: Coverage,
    records: u64,
    turns: u64,
    failed: Option<(u64, String)>,
}

/// Runs seeds on all processors until one fails.
fn run_all(budget: &mut RunBudget, first: u64) -> Sum {
    let (next, end) = (AtomicU64::new(first), first + budget.wanted);
    let shared = Mutex::new((Sum::default(), budget));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let judged = judge(seed);
            let mut shared = shared.lock().expect("no holder panics");
            let (sum, budget) = &mut *shared;
            match judged {
                Ok(outcome) => {
                    sum.coverage.add(&outcome.coverage);
                    sum.records += outcome.records;
                    sum.turns += outcome.turns;
                    budget.step();
                }
                Err(words) => {
                    next.store(end, Ordering::Relaxed);
                    sum.failed = Some((seed, words));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    shared.into_inner().expect("no holder panicked").0
}

#[test]
fn the_promises_hold_whatever_happens() {
    let mut budget = RunBudget::of("seeds", 300, 1_000_000);
    let sum = run_all(&mut budget, from_env("FLASHTAG_FIRST_SEED").unwrap_or(1));
    if let Some((seed, words)) = sum.failed {
        panic!(
            "{words}\nto see it again: FLASHTAG_FIRST_SEED={seed} FLASHTAG_SEEDS=1 \
             cargo test --locked --test flashtag simulator::the_promises"
        );
    }
    if budget.wanted >= ENOUGH {
        sum.coverage.assert_seen();
    }
    let Sum { coverage, records, turns, .. } = sum;
    let count = |what| coverage.count(what);
    budget.report(&format!(
        "{turns} turns, {records} records, {} power losses, {} kills, {} failed writes or syncs, {} crashes in \
         recovery, {} snapshots, {} failures and {} gaps of the history file, {} orders sold; no promise broken",
        count("power loss"),
        count("kill"),
        count("failed commit"),
        count("crash in recovery"),
        count("snapshot"),
        count("failed history"),
        count("gap in the history"),
        count("Sold"),
    ));
}

#[test]
fn seeds_that_failed_once_pass() {
    for seed in FAILED_ONCE {
        assert!(judge(seed).is_ok(), "seed {seed}");
    }
}

/// Otherwise a failing seed could not be reproduced.
#[test]
fn a_seed_is_reproducible() {
    for seed in 1..=20 {
        assert_eq!(judge(seed), judge(seed), "seed {seed}");
    }
}
