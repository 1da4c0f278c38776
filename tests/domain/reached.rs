//! Which outcomes random commands reach: a property that never sees an outcome proves nothing about it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Runs that are drawn, and the steps of each.
const RUNS: u32 = 300;
const STEPS: usize = 100;

/// How often an outcome must be reached.
const TIMES_LEAST: u32 = 10;

/// How often each outcome was reached.
#[derive(Default)]
pub(super) struct Reached(BTreeMap<String, u32>);

impl Reached {
    /// Draws runs, which `play` plays. The draws are the same each time.
    pub(super) fn by_runs<T: Strategy, S: Strategy>(
        sale: impl Fn() -> T,
        step: impl Fn() -> S,
        play: impl Fn(&mut Self, T::Value, Vec<S::Value>),
    ) -> Self {
        let (mut runner, mut reached) = (TestRunner::deterministic(), Self::default());
        for _ in 0..RUNS {
            let terms = sale().new_tree(&mut runner).expect("a sale").current();
            let steps = prop::collection::vec(step(), STEPS).new_tree(&mut runner).expect("a run").current();
            play(&mut reached, terms, steps);
        }
        println!("{:?}", reached.0);
        reached
    }

    pub(super) fn note(&mut self, outcome: &str) {
        *self.0.entry(outcome.to_owned()).or_default() += 1;
    }

    /// Notes the outcome of each answer, which is its third word.
    pub(super) fn note_answers(&mut self, answers: &[String]) {
        answers.iter().for_each(|line| self.note(line.split(' ').nth(2).unwrap_or_default()));
    }

    pub(super) fn assert_each_of<'a>(&self, outcomes: impl IntoIterator<Item = &'a str>) {
        for outcome in outcomes {
            let times = self.0.get(outcome).copied().unwrap_or_default();
            assert!(times >= TIMES_LEAST, "{outcome} is hardly ever reached: {:?}", self.0);
        }
    }
}
