//! When held reservations are released, unless something else comes of them before.

use std::collections::BTreeSet;
use std::fmt;

use crate::collections::block_queue::BlockQueue;
use crate::domain::time::Timestamp;

/// When a reservation is released, and its ordinal.
pub(super) type Release = (Timestamp, u32);

/// The releases of an offer. Nearly all are noted in their order, and of nearly all nothing comes, since people confirm.
/// So they stand in a line, where each is struck out no sooner than it is the first: whoever asks for more than the
/// first says which are still held.
#[derive(Clone, Default)]
pub(super) struct Releases {
    /// The first of it is held.
    line: BlockQueue<Release>,
    /// Those that were noted later than one that comes after them. All of them are held.
    others: BTreeSet<Release>,
}

impl Releases {
    /// Notes one that is not noted yet.
    pub(super) fn insert(&mut self, release: Release) {
        if self.line.back().is_some_and(|last| *last > release) {
            self.others.insert(release);
        } else {
            self.line.push_back(release);
        }
    }

    /// Strikes one out, which is not held any more and will not be noted again.
    pub(super) fn remove(&mut self, release: Release, is_held: impl Fn(Release) -> bool) {
        if self.others.remove(&release) || self.line.front() != Some(&release) {
            return;
        }
        self.line.pop_front();
        while self.line.front().is_some_and(|next| !is_held(*next)) {
            self.line.pop_front();
        }
    }

    /// When the first is due.
    pub(super) fn first(&self) -> Option<Timestamp> {
        let firsts = self.line.front().into_iter().chain(self.others.first());
        firsts.min().map(|(due, _)| *due)
    }

    /// Those that are held, in order.
    pub(super) fn iter(&self, is_held: impl Fn(Release) -> bool) -> impl Iterator<Item = Release> {
        let mut line = self.line.iter().copied().filter(move |release| is_held(*release)).peekable();
        let mut others = self.others.iter().copied().peekable();
        std::iter::from_fn(move || match (line.peek(), others.peek()) {
            (Some(in_line), Some(other)) if other < in_line => others.next(),
            (Some(_), _) => line.next(),
            (None, _) => others.next(),
        })
    }
}

impl FromIterator<Release> for Releases {
    fn from_iter<I: IntoIterator<Item = Release>>(releases: I) -> Self {
        let mut noted = Self::default();
        releases.into_iter().for_each(|release| noted.insert(release));
        noted
    }
}

/// Says what does not depend on how it came about; the rest follows from the reservations.
impl fmt::Debug for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Releases").field(&self.first()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        /// So many are noted, due at that time.
        Note(i64, usize),
        /// That one is due so much earlier.
        Earlier(usize, i64),
        /// That one ends, and so many after it.
        End(usize, usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (200..204_i64, 0..80_usize).prop_map(|(due, count)| Step::Note(due, count)),
            (0..200_usize, 1..3_i64).prop_map(|(which, by)| Step::Earlier(which, by)),
            (0..200_usize, 0..120_usize).prop_map(|(which, count)| Step::End(which, count)),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn they_are_a_sorted_set(steps in steps()) {
            let (mut releases, mut set) = (Releases::default(), BTreeSet::new());
            let mut ordinals = 1_u32..;
            for step in steps {
                let mut leave = |set: &mut BTreeSet<Release>, release| {
                    set.remove(&release);
                    releases.remove(release, |other| set.contains(&other));
                };
                match step {
                    Step::Note(due, count) => {
                        for ordinal in ordinals.by_ref().take(count) {
                            releases.insert((Timestamp::from_ms(due), ordinal));
                            set.insert((Timestamp::from_ms(due), ordinal));
                        }
                    }
                    Step::Earlier(which, by) => {
                        if let Some(&(due, ordinal)) = set.iter().nth(which) {
                            leave(&mut set, (due, ordinal));
                            let earlier = (Timestamp::from_ms(due.ms() - by), ordinal);
                            releases.insert(earlier);
                            set.insert(earlier);
                        }
                    }
                    Step::End(which, count) => {
                        let ended: Vec<_> = set.iter().skip(which).take(count).copied().collect();
                        ended.into_iter().for_each(|release| leave(&mut set, release));
                    }
                }
                prop_assert_eq!(releases.first(), set.first().map(|(due, _)| *due));
                prop_assert!(releases.iter(|release| set.contains(&release)).eq(set.iter().copied()));
                prop_assert!(releases.others.is_subset(&set));
            }
            let copy: Releases = set.iter().copied().collect();
            prop_assert_eq!((copy.first(), format!("{copy:?}")), (releases.first(), format!("{releases:?}")));
        }
    }
}
