//! A small map from an offer's number to its value.

use std::fmt;

use smallvec::SmallVec;

use crate::domain::id::OfferNo;

/// A sorted list of boxed values, which never move. A list is cheaper than a tree here: most campaigns have
/// one offer, whose entry is stored inline, and new offers have the greatest number.
#[derive(Clone)]
pub(super) struct Numbered<T>(SmallVec<[(OfferNo, Box<T>); 1]>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T: fmt::Debug> fmt::Debug for Numbered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T> Numbered<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, no: OfferNo) -> bool {
        self.index_of(no).is_ok()
    }

    pub(super) fn get(&self, no: OfferNo) -> Option<&T> {
        self.0.get(self.index_of(no).ok()?).map(|(_, kept)| &**kept)
    }

    pub(super) fn get_mut(&mut self, no: OfferNo) -> Option<&mut T> {
        let index = self.index_of(no).ok()?;
        self.0.get_mut(index).map(|(_, kept)| &mut **kept)
    }

    /// Inserts a value, or replaces the value under the same number.
    pub(super) fn insert(&mut self, no: OfferNo, one: T) {
        match self.index_of(no) {
            Ok(index) => drop(self.0.get_mut(index).map(|(_, kept)| **kept = one)),
            Err(index) => self.0.insert(index, (no, Box::new(one))),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (OfferNo, &T)> {
        self.0.iter().map(|(no, kept)| (*no, &**kept))
    }

    fn index_of(&self, no: OfferNo) -> Result<usize, usize> {
        self.0.binary_search_by_key(&no, |(no, _)| *no)
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbered, OfferNo};

    #[test]
    fn an_entry_is_found_by_its_number_whatever_the_order_of_insertion() {
        let mut numbered = Numbered::default();
        for no in [3, 1, 7, 5, 1] {
            numbered.insert(OfferNo(no), no * 10);
        }
        numbered.insert(OfferNo(7), 71);
        let all: Vec<_> = numbered.iter().map(|(no, kept)| (no.0, *kept)).collect();
        assert_eq!(all, [(1, 10), (3, 30), (5, 50), (7, 71)]);
        assert_eq!(
            (numbered.len(), numbered.contains(OfferNo(5)), numbered.contains(OfferNo(4))),
            (4, true, false)
        );
        *numbered.get_mut(OfferNo(5)).unwrap() += 1;
        assert_eq!((numbered.get(OfferNo(5)), numbered.get(OfferNo(0))), (Some(&51), None));
        assert_eq!(numbered.get_mut(OfferNo(9)), None);
    }
}
