//! The fuzz targets as property tests: the same code as in `fuzz/`, on stable, over seeds that are mutated.
//!
//! A fuzzer looks at which way the code goes and so gets much further; this holds the targets themselves to
//! their seeds, and finds what lies near.

#![expect(unreachable_pub, reason = "the targets are a crate of their own in `fuzz/`")]

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

use crate::dice::Dice;
use crate::effort::{Effort, seed};
use crate::hashtag::naive;

/// A name, what is done with bytes, what it begins with, and how many of its runs take a hundredth of a second.
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

/// Bytes of a seed, of two seeds, or of none, changed here and there.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice.pick(seeds).clone();
    if dice.roll(3) == 0 {
        let other = dice.pick(seeds).clone();
        bytes.truncate(dice.roll(bytes.len() + 1));
        bytes.extend_from_slice(&other[dice.roll(other.len() + 1)..]);
    }
    for _ in 0..dice.roll(8) {
        let at = dice.roll(bytes.len() + 1);
        let byte = u8::try_from(dice.roll(256)).unwrap();
        match dice.roll(4) {
            0 => bytes.insert(at, byte),
            1 => drop(bytes.drain(at..(at + dice.roll(20)).min(bytes.len()))),
            2 => {
                let piece = bytes[at..(at + dice.roll(40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.iter_mut().skip(at).take(1).for_each(|changed| *changed = byte),
        }
    }
    bytes
}

#[test]
fn every_target_stands_its_seeds_and_what_lies_near() {
    let mut effort = Effort::of("fuzzed inputs", 4_000, 4_000_000);
    let (seed, share) = (seed(), effort.wanted / TARGETS.iter().map(|target| target.3).sum::<u64>());
    for (name, run, seeds, weight) in TARGETS {
        let seeds = seeds();
        seeds.iter().for_each(|seed| run(seed));
        for number in 0..share * weight {
            let bytes = mutated(&seeds, &mut Dice::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let told = std::panic::catch_unwind(|| run(&bytes));
            assert!(
                told.is_ok(),
                "{name}, number {number} of FLASHTAG_SEED={seed}: {}",
                bytes.escape_ascii()
            );
            effort.step();
        }
    }
    effort.report(&format!("{} targets stood them (FLASHTAG_SEED={seed})", TARGETS.len()));
}

/// The control: a target that is told something wrong says so.
#[test]
fn a_target_that_does_not_hold_is_noticed() {
    fn refuses_sevens(bytes: &[u8]) {
        assert!(!bytes.contains(&7));
    }
    let mut dice = Dice::new(1);
    let seeds = [b"1234".to_vec()];
    let noticed = (0..10_000).any(|_| {
        let bytes = mutated(&seeds, &mut dice);
        std::panic::catch_unwind(|| refuses_sevens(&bytes)).is_err()
    });
    assert!(noticed);
}
