//! All of a state, in a form that two can be compared by: every field of every part, however it came about.

use std::fmt::Debug;

use flashtag::actor::partition::Partition;
use flashtag::domain::undone::Undone;

/// The lines of the debug form, sorted: maps have no order of their own, and what is left out of the stored
/// form, or of the digest, is in this one.
fn lines(state: &impl Debug) -> Vec<String> {
    let mut lines: Vec<String> = format!("{state:#?}").lines().map(ToOwned::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The first lines that one of the two has and the other has not.
fn difference(one: &[String], other: &[String]) -> Vec<String> {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|line| those.binary_search(line).is_err()).take(5).cloned().collect()
    };
    [only(one, other), only(other, one)].concat()
}

pub(crate) fn assert_whole(found: (&Partition, &Undone), expected: (&Partition, &Undone), words: &str) {
    assert_eq!(found.0.digest(), expected.0.digest(), "{words}");
    let (one, other) = (lines(&found.0), lines(&expected.0));
    assert!(one == other, "{words}: {:#?}", difference(&one, &other));
    assert_eq!(format!("{:?}", found.1), format!("{:?}", expected.1), "{words}");
}
