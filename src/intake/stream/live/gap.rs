//! What a source cannot read any more.

use crate::domain::time::Timestamp;

/// A stretch of time whose posts cannot all be read. A second one before it is told widens it, so that neither is lost.
#[derive(Debug, Default)]
pub(super) struct Gap(Option<(Timestamp, Timestamp)>);

impl Gap {
    /// Widens it by a stretch.
    pub(super) fn widen(&mut self, (from, to): (Timestamp, Timestamp)) {
        let (first, last) = self.0.unwrap_or((from, to));
        self.0 = Some((from.min(first), to.max(last)));
    }

    /// What is to be told, once.
    pub(super) const fn take(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stretch_widens_what_was_not_told() {
        let at = Timestamp::from_ms;
        // The stretches, and what is told then.
        let table: [(&[(i64, i64)], _); 5] = [
            (&[], None),
            (&[(10, 20)], Some((10, 20))),
            (&[(10, 20), (30, 40)], Some((10, 40))),
            (&[(30, 40), (10, 20)], Some((10, 40))),
            (&[(10, 40), (20, 30)], Some((10, 40))),
        ];
        for (stretches, told) in table {
            let mut gap = Gap::default();
            stretches.iter().for_each(|(from, to)| gap.widen((at(*from), at(*to))));
            assert_eq!(gap.take(), told.map(|(from, to)| (at(from), at(to))), "{stretches:?}");
            assert_eq!(gap.take(), None, "it is told once");
        }
    }
}
