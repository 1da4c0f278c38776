//! The simulator: the engine's own parts in one thread and in virtual time, driven by one seed, among a
//! hostile crowd, failing providers and a disk that fails and loses power, crashing and recovering at any
//! point. First whatever can go wrong does, then everything is healed and must come to an end.
//!
//! Reading order: `plan` and `shop` say what a seed is about, `crowd`, `carriers` and `bank` are the
//! world around, `node` is the engine, `world` lets it all happen, `witness` remembers what was
//! acknowledged, `trial` judges.

mod bank;
mod carriers;
mod crowd;
mod marks;
mod node;
mod plan;
mod shop;
pub(crate) mod trial;
mod witness;
mod world;

use self::marks::Marks;
use crate::effort::{Effort, from_env};

#[test]
fn the_promises_hold_whatever_happens() {
    let mut effort = Effort::of("seeds", 300, 1_000_000);
    let first = from_env("FLASHTAG_FIRST_SEED").unwrap_or(1);
    let (mut marks, mut records, mut turns) = (Marks::default(), 0, 0);
    for seed in first..first + effort.wanted {
        match trial::judge(seed) {
            Ok(outcome) => {
                marks.add(&outcome.marks);
                records += outcome.records;
                turns += outcome.turns;
            }
            Err(words) => panic!(
                "{words}\nto see it again: FLASHTAG_FIRST_SEED={seed} FLASHTAG_SEEDS=1 \
                 cargo test --locked --test flashtag simulator::the_promises"
            ),
        }
        effort.step();
    }
    effort.report(&format!("{turns} turns, {records} records: {marks:?}"));
}
