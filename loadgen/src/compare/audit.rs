//! The audit of one workload: nothing was oversold, undersold or sold twice. Pure.

use super::workload::Workload;
use super::workload_run::AnswerCounts;

/// Returns the violated invariants, in words.
#[must_use]
pub fn broken(work: &Workload, tally: &AnswerCounts) -> Vec<String> {
    let AnswerCounts { reserved, confirmed, told_twice, claimants, books } = *tally;
    let units = u64::from(work.units);
    let wanted = units.min(claimants);
    let mut broken = Vec::new();
    let mut check = |held: bool, words: String| {
        if !held {
            broken.push(words);
        }
    };
    check(books.held + books.sold <= units, format!("oversold: {} of {units}", books.held + books.sold));
    check(
        reserved == wanted,
        format!("{reserved} claims were told of a unit, and {wanted} should have been"),
    );
    check(confirmed == reserved, format!("{confirmed} of {reserved} winners were told of a sale"));
    check(told_twice == 0, format!("{told_twice} accounts were told of more than one unit"));
    // A unit stays held while the payment is captured.
    let right = books.left == units - wanted && books.held + books.sold == wanted;
    check(
        right,
        format!("the books have {} left, {} held, {} sold of {units}", books.left, books.held, books.sold),
    );
    broken
}
