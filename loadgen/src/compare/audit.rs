//! The audit of one workload: nothing was oversold, undersold or sold twice. Pure.

use super::workload::Workload;
use super::workload_run::AnswerCounts;

/// Returns the violated invariants, in words.
#[must_use]
pub fn broken(work: &Workload, counts: &AnswerCounts) -> Vec<String> {
    let AnswerCounts { reserved, confirmed, repeat_winners, claimants, units: counted } = *counts;
    let units = u64::from(work.units);
    let wanted = units.min(claimants);
    let mut broken = Vec::new();
    let mut check = |held: bool, words: String| {
        if !held {
            broken.push(words);
        }
    };
    check(
        counted.held + counted.sold <= units,
        format!("oversold: {} of {units}", counted.held + counted.sold),
    );
    check(reserved == wanted, format!("{reserved} claims got a unit; {wanted} should have got one"));
    check(confirmed == reserved, format!("{confirmed} of {reserved} winners got a sale"));
    check(repeat_winners == 0, format!("{repeat_winners} accounts got more than one unit"));
    // A unit stays held while the payment is captured.
    let right = counted.left == units - wanted && counted.held + counted.sold == wanted;
    check(
        right,
        format!(
            "the books have {} left, {} held, {} sold of {units}",
            counted.left, counted.held, counted.sold
        ),
    );
    broken
}
