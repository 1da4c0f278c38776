//! A trial: one seed from beginning to end, with every check.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use flashtag::domain::decision::Record;
use flashtag::domain::event::Event;
use flashtag::domain::id::EffectKey;
use flashtag::verify::{Checker, Ending};

use super::coverage::Coverage;
use super::world::World;

/// The result of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// A fingerprint that is equal in every run of the seed.
    pub(super) fingerprint: u64,
    /// Records written.
    pub(super) records: u64,
    /// Steps before all faults ended.
    pub(super) turns: u64,
    pub(super) coverage: Coverage,
}

/// Runs a seed; panics if a promise is broken.
pub(super) fn run(seed: u64) -> Outcome {
    let mut world = World::new(seed);
    let turns = world.plan.turns;
    for _ in 0..turns {
        world.turn();
    }
    world.settle();
    let history = world.history();
    world.finish_history(&history);
    check_promises(&world, &history);
    check_effects(&world, &history);
    world.witness.compare(&history);
    let (fingerprint, records) = (world.fingerprint(), history.len() as u64);
    Outcome { fingerprint, records, turns, coverage: world.coverage }
}

/// Runs a seed, and returns the failure if there was one.
pub(crate) fn judge(seed: u64) -> Result<Outcome, String> {
    catch_unwind(AssertUnwindSafe(|| run(seed))).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        words.unwrap_or("a panic without words").to_owned()
    })
}

/// Checks the promises with the checker of `flashtag verify`.
fn check_promises(world: &World, history: &[(u32, u64, Record)]) {
    let mut checker = Checker::new(Ending::Strict);
    for (partition, sequence, record) in history {
        checker.read(*partition, *sequence, record);
    }
    checker.read_ledger(world.providers.bank.entries.clone());
    let report = checker.finish();
    assert!(report.passed(), "{report}");
}

/// Checks that every effect carried out is in the history, unchanged, and that every effect in it is settled.
fn check_effects(world: &World, history: &[(u32, u64, Record)]) {
    let mut open = BTreeSet::new();
    let mut recorded = std::collections::BTreeMap::new();
    for (partition, sequence, record) in history {
        for settled in record.decision.events.iter().flat_map(|event| event.settles()) {
            open.remove(settled);
        }
        for event in &record.decision.events {
            if let Event::DeadLetterRetried { key } = event {
                open.insert(*key);
            }
        }
        for (index, effect) in (0..).zip(&record.decision.effects) {
            let key = EffectKey { partition: *partition, sequence: *sequence, index };
            open.insert(key);
            recorded.insert(key, effect);
        }
    }
    assert!(open.is_empty(), "these effects never end: {open:?}");
    for (key, (_, seen)) in &world.providers.seen {
        assert_eq!(recorded.get(key), Some(&seen), "effect {key} was seen, and is not in the history");
    }
}
