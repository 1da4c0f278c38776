//! The fuzz targets as property tests: the code of `fuzz/` on stable, over mutated seeds.
//!
//! A fuzzer is guided by coverage and gets much further; these tests run the targets on their seeds and on
//! small changes of them.

#![expect(unreachable_pub, reason = "the targets are a separate crate in `fuzz/`")]

#[path = "../../fuzz/src/hashtags.rs"]
mod hashtags;
#[path = "../../fuzz/src/lines.rs"]
mod lines;
#[path = "../../fuzz/src/offers.rs"]
mod offers;
#[path = "../../fuzz/src/partition.rs"]
mod partition;
#[path = "../../fuzz/src/posts.rs"]
mod posts;
#[path = "../../fuzz/src/records.rs"]
mod records;
#[path = "../../fuzz/src/recovery.rs"]
mod recovery;
#[path = "../../fuzz/src/words.rs"]
mod words;

use crate::hashtag::naive;
use crate::run_budget::{RunBudget, seed};
use crate::test_rng::TestRng;

/// Name, target, seeds, and the number of runs that take a hundredth of a second.
type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>, u64);

const TARGETS: [Target; 8] = [
    ("posts", posts::run, posts::seeds, 10),
    ("lines", lines::run, lines::seeds, 10),
    ("records", records::run, records::seeds, 10),
    ("recovery", recovery::run, recovery::seeds, 2),
    ("offers", offers::run, offers::seeds, 2),
    ("hashtags", hashtags::run, hashtags::seeds, 5),
    ("partition", partition::run, partition::seeds, 2),
    ("words", words::run, words::seeds, 1),
];

/// The bytes of a seed, of two seeds, or none, with random changes.
fn mutated(seeds: &[Vec<u8>], rng: &mut TestRng) -> Vec<u8> {
    let mut bytes = rng.pick(seeds).clone();
    if rng.below(3) == 0 {
        let other = rng.pick(seeds).clone();
        bytes.truncate(rng.below(bytes.len() + 1));
        bytes.extend_from_slice(&other[rng.below(other.len() + 1)..]);
    }
    for _ in 0..rng.below(8) {
        let at = rng.below(bytes.len() + 1);
        let byte = u8::try_from(rng.below(256)).unwrap();
        match rng.below(4) {
            0 => bytes.insert(at, byte),
            1 => drop(bytes.drain(at..(at + rng.below(20)).min(bytes.len()))),
            2 => {
                let piece = bytes[at..(at + rng.below(40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.iter_mut().skip(at).take(1).for_each(|changed| *changed = byte),
        }
    }
    bytes
}

#[test]
fn every_target_accepts_its_seeds_and_mutations_of_them() {
    let mut budget = RunBudget::of("fuzzed inputs", 4_000, 4_000_000);
    let (seed, share) = (seed(), budget.wanted / TARGETS.iter().map(|target| target.3).sum::<u64>());
    for (name, run, seeds, weight) in TARGETS {
        let seeds = seeds();
        seeds.iter().for_each(|seed| run(seed));
        for number in 0..share * weight {
            let bytes = mutated(&seeds, &mut TestRng::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let result = std::panic::catch_unwind(|| run(&bytes));
            assert!(
                result.is_ok(),
                "{name}, number {number} of FLASHTAG_SEED={seed}: {}",
                bytes.escape_ascii()
            );
            budget.step();
        }
    }
    budget.report(&format!("{} targets passed (FLASHTAG_SEED={seed})", TARGETS.len()));
}

/// The negative control: a target that panics is noticed.
#[test]
fn a_failing_target_is_noticed() {
    fn refuses_sevens(bytes: &[u8]) {
        assert!(!bytes.contains(&7));
    }
    let mut rng = TestRng::new(1);
    let seeds = [b"1234".to_vec()];
    let noticed = (0..10_000).any(|_| {
        let bytes = mutated(&seeds, &mut rng);
        std::panic::catch_unwind(|| refuses_sevens(&bytes)).is_err()
    });
    assert!(noticed);
}
