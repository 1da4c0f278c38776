//! The simulator: the engine's own parts in virtual time, driven by one seed, among a hostile crowd, failing
//! providers and a disk that fails and loses power, crashing and recovering at any point. First whatever can
//! go wrong does; then everything is healed, and must come to an end.
//!
//! Reading order: `plan` and `shop` say what a seed is about, `crowd`, `carriers` and `bank` are the
//! world around, `node` is the engine, `world` lets it all happen, `witness` remembers what was posted and
//! acknowledged, `chronicle` what was durable, `trial` judges. `marks` count what was seen.
//!
//! `FLASHTAG_SEEDS` says how many seeds are tried, `FLASHTAG_FIRST_SEED` with which to begin. That it would
//! notice is shown by the bugs that are planted for it, in `tests/bugs`.

mod bank;
mod carriers;
mod chronicle;
mod crowd;
mod marks;
mod node;
mod plan;
mod shop;
pub(crate) mod trial;
mod witness;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use self::marks::Marks;
use self::trial::judge;
use crate::effort::{Effort, from_env};

/// Seeds that failed once, when the world was drawn up as it was then; cheap to try again, and no more than
/// that: the tests of the mended parts hold the mistakes themselves.
const FAILED_ONCE: [u64; 6] = [225, 287, 991, 1536, 1926, 13649];

/// What every run of this many seeds must have seen.
const ENOUGH: u64 = 2_000;

/// What came of many seeds.
#[derive(Default)]
struct Sum {
    marks: Marks,
    records: u64,
    turns: u64,
    failed: Option<(u64, String)>,
}

/// Tries seeds on all processors, until one fails.
fn try_all(effort: &mut Effort, first: u64) -> Sum {
    let (next, end) = (AtomicU64::new(first), first + effort.wanted);
    let shared = Mutex::new((Sum::default(), effort));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let judged = judge(seed);
            let mut shared = shared.lock().expect("nobody panics with it");
            let (sum, effort) = &mut *shared;
            match judged {
                Ok(outcome) => {
                    sum.marks.add(&outcome.marks);
                    sum.records += outcome.records;
                    sum.turns += outcome.turns;
                    effort.step();
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
    shared.into_inner().expect("nobody panicked with it").0
}

#[test]
fn the_promises_hold_whatever_happens() {
    let mut effort = Effort::of("seeds", 300, 1_000_000);
    let sum = try_all(&mut effort, from_env("FLASHTAG_FIRST_SEED").unwrap_or(1));
    if let Some((seed, words)) = sum.failed {
        panic!(
            "{words}\nto see it again: FLASHTAG_FIRST_SEED={seed} FLASHTAG_SEEDS=1 \
             cargo test --locked --test flashtag simulator::the_promises"
        );
    }
    if effort.wanted >= ENOUGH {
        sum.marks.assert_seen();
    }
    let Sum { marks, records, turns, .. } = sum;
    let count = |what| marks.count(what);
    effort.report(&format!(
        "{turns} turns, {records} records, {} power losses, {} kills, {} failed writes or syncs, {} crashes in \
         recovery, {} snapshots, {} orders sold; no promise broken",
        count("power loss"),
        count("kill"),
        count("failed commit"),
        count("crash in recovery"),
        count("snapshot"),
        count("Sold"),
    ));
}

#[test]
fn what_failed_once_does_not_fail_again() {
    for seed in FAILED_ONCE {
        assert!(judge(seed).is_ok(), "seed {seed}");
    }
}

/// Else a failing seed could not be looked at.
#[test]
fn a_seed_does_the_same_twice() {
    for seed in 1..=20 {
        assert_eq!(judge(seed), judge(seed), "seed {seed}");
    }
}
