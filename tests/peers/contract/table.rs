//! Observations, and what they are compared with.

use std::path::Path;

use crate::peers::installed::{Peer, installed};
use crate::run_budget;

/// What was done, and what it came to.
#[derive(Debug, Default)]
pub(super) struct Observed(Vec<(&'static str, String)>);

/// What a server is known to do otherwise.
pub(super) struct Difference {
    /// What is done.
    pub(super) what: &'static str,
    /// What it comes to there.
    pub(super) there: &'static str,
    /// Why that is no fault of the adapters.
    pub(super) why: &'static str,
}

impl Observed {
    /// Notes an observation.
    pub(super) fn note(&mut self, what: &'static str, came_to: impl ToString) {
        self.0.push((what, came_to.to_string()));
    }

    /// Compares with a contract, of which exactly these differences are known. Returns the number of rows.
    pub(super) fn must_keep(&self, contract: &[(&str, &str)], differences: &[Difference]) -> usize {
        let done: Vec<&str> = self.0.iter().map(|(what, _)| *what).collect();
        let rows: Vec<&str> = contract.iter().map(|(what, _)| *what).collect();
        assert_eq!(done, rows, "every row of the contract was asked for");
        assert!(differences.iter().all(|known| rows.contains(&known.what) && !known.why.is_empty()));
        let expected = |what: &str| {
            let other = differences.iter().find(|known| known.what == what).map(|known| known.there);
            other.or_else(|| contract.iter().find(|(row, _)| *row == what).map(|(_, must)| *must))
        };
        let broken: Vec<String> = self
            .0
            .iter()
            .filter(|(what, came_to)| expected(what) != Some(came_to))
            .map(|(what, came_to)| format!("{what}: {came_to}; expected: {:?}", expected(what)))
            .collect();
        assert!(broken.is_empty(), "{broken:#?}");
        rows.len()
    }
}

/// Holds a server that is installed to its contract, of which exactly these differences are known. `keeps` starts it, and
/// returns the number of rows.
pub(super) fn hold(
    peer: Peer,
    rig: &str,
    differences: &[Difference],
    keeps: impl FnOnce(&Path, &[Difference]) -> usize,
) {
    if let Some(peer) = installed(peer, rig) {
        let (rows, known) = (keeps(&peer, differences), differences.len());
        run_budget::report(
            rig,
            &format!("{rows} rows of the {rig} are kept, {known} of them in its own way"),
        );
    }
}

#[test]
fn a_broken_row_and_a_stale_difference_are_noticed() {
    let contract = [("a post", "200"), ("the same post", "200, the same")];
    let difference = |there| Difference { what: "the same post", there, why: "it has no keys" };
    let keeps = |second: &str, differences: &[Difference]| {
        let mut observed = Observed::default();
        observed.note("a post", 200);
        observed.note("the same post", second);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| observed.must_keep(&contract, differences)))
            .is_ok()
    };
    assert!(keeps("200, the same", &[]));
    assert!(!keeps("200, another", &[]));
    assert!(keeps("200, another", &[difference("200, another")]));
    assert!(!keeps("200, the same", &[difference("200, another")]), "the difference is gone");
}
