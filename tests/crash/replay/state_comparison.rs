//! Compares two states in every field of every part, however they came about.

use std::fmt::Debug;

use flashtag::actors::partition::PartitionState;
use flashtag::partition::pending_effects::PendingEffects;

/// The sorted lines of the debug form. Maps are unordered, and this form includes what the stored form and
/// the digest leave out.
fn lines(state: &impl Debug) -> Vec<String> {
    let mut lines: Vec<String> = format!("{state:#?}").lines().map(ToOwned::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The first lines that only one of the two has.
fn difference(one: &[String], other: &[String]) -> Vec<String> {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let count = |all: &[String], line: &String| {
            all.partition_point(|other| other <= line) - all.partition_point(|other| other < line)
        };
        let more = |line: &&String| count(these, line) > count(those, line);
        these.iter().filter(more).take(5).cloned().collect()
    };
    [only(one, other), only(other, one)].concat()
}

/// The differences between the two.
pub(crate) fn compare(
    found: (&PartitionState, &PendingEffects),
    expected: (&PartitionState, &PendingEffects),
) -> Vec<String> {
    let (one, other) = (lines(&found.0), lines(&expected.0));
    let mut faults = difference(&one, &other);
    if one.len() != other.len() {
        faults.push(format!("{} lines and {}", one.len(), other.len()));
    }
    // Which prompts have lapsed follows from the reservations.
    let lapsed = |(partition, pending): (&PartitionState, &PendingEffects)| {
        let mut pending = pending.clone();
        pending.lapse_prompts(|id| partition.awaits_confirmation(id));
        lines(&pending)
    };
    if lapsed(found) != lapsed(expected) {
        faults.push("what is pending".to_owned());
    }
    faults
}

pub(crate) fn assert_equal_states(
    found: (&PartitionState, &PendingEffects),
    expected: (&PartitionState, &PendingEffects),
    words: &str,
) {
    assert_eq!(found.0.digest(), expected.0.digest(), "{words}");
    assert_eq!(compare(found, expected), Vec::<String>::new(), "{words}");
}
