//! The desk that proves addresses, against a model, through random days.

pub(crate) mod trial;

use crate::run_budget::{RunBudget, seed};

#[test]
fn letters_go_to_proven_addresses_alone_through_random_days() {
    let (mut budget, first) = (RunBudget::of("address days", 40, 4_000), seed());
    for seed in first..first + budget.wanted {
        if let Err(broken) = trial::judge(seed) {
            panic!("seed {seed}: {broken}");
        }
        budget.step();
    }
    budget.report("letters go to proven addresses alone");
}
