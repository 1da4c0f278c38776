//! A vector of pages: values by consecutive or nearly consecutive numbers.
//!
//! The number is the index. A search tree that is filled in order would compare numbers on its way down, keep
//! half of its nodes empty, and move values when it splits a node.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Values of one page.
const PAGE: usize = 32;

/// Values by number. A page without values is not allocated.
#[derive(Clone)]
pub struct PagedVec<V> {
    pages: Vec<Option<Box<Page<V>>>>,
    len: usize,
}

#[derive(Clone)]
struct Page<V> {
    kept: [Option<V>; PAGE],
    len: usize,
}

impl<V> Default for Page<V> {
    fn default() -> Self {
        Self { kept: std::array::from_fn(|_| None), len: 0 }
    }
}

impl<V> Default for PagedVec<V> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<V: fmt::Debug> fmt::Debug for PagedVec<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Hashes like a sorted map of the same values.
impl<V: Hash> Hash for PagedVec<V> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.len.hash(hasher);
        self.iter().for_each(|entry| entry.hash(hasher));
    }
}

impl<V> PagedVec<V> {
    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&V> {
        let (page, index) = position(number);
        self.pages.get(page)?.as_ref()?.kept.get(index)?.as_ref()
    }

    /// The value of a number, mutable.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut V> {
        let (page, index) = position(number);
        self.pages.get_mut(page)?.as_mut()?.kept.get_mut(index)?.as_mut()
    }

    /// Sets the value of a number. Returns the earlier one.
    pub fn insert(&mut self, number: u32, value: V) -> Option<V> {
        let (page, index) = position(number);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages.get_mut(page).expect("just made").get_or_insert_default();
        let kept = page.kept.get_mut(index).expect("an index on a page");
        let before = kept.replace(value);
        let new = usize::from(before.is_none());
        page.len += new;
        self.len += new;
        before
    }

    /// Removes and returns the value of a number.
    pub fn remove(&mut self, number: u32) -> Option<V> {
        let (no, index) = position(number);
        let entry = self.pages.get_mut(no)?;
        let page = entry.as_mut()?;
        let removed = page.kept.get_mut(index)?.take()?;
        page.len -= 1;
        if page.len == 0 {
            *entry = None;
        }
        self.len -= 1;
        Some(removed)
    }

    /// The values, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &V)> {
        self.from(0)
    }

    /// The values from that number on, by number.
    pub fn from(&self, number: u32) -> impl Iterator<Item = (u32, &V)> {
        let (first, _) = position(number);
        let pages = (0..=u32::MAX).step_by(PAGE).zip(&self.pages).skip(first);
        let kept = pages.filter_map(|(base, page)| Some((base, page.as_ref()?)));
        let numbered = kept.flat_map(|(base, page)| (base..=u32::MAX).zip(&page.kept));
        let there = numbered.filter_map(|(number, kept)| Some((number, kept.as_ref()?)));
        there.skip_while(move |(at, _)| *at < number)
    }
}

impl<V> FromIterator<(u32, V)> for PagedVec<V> {
    fn from_iter<I: IntoIterator<Item = (u32, V)>>(entries: I) -> Self {
        let mut values = Self::default();
        entries.into_iter().for_each(|(number, value)| drop(values.insert(number, value)));
        values
    }
}

/// The page of a number, and the index in it.
fn position(number: u32) -> (usize, usize) {
    (number as usize / PAGE, number as usize % PAGE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::{BuildHasher, RandomState};

    use proptest::prelude::*;

    use super::PagedVec;

    #[derive(Debug, Clone)]
    enum Step {
        Keep(u32, u64),
        Change(u32),
        Drop(u32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..200_u32, any::<u64>()).prop_map(|(number, value)| Step::Keep(number, value)),
            (0..200_u32).prop_map(Step::Change),
            (0..200_u32).prop_map(Step::Drop),
        ];
        proptest::collection::vec(step, 0..500)
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_sorted_map(steps in steps(), after in 0..220_u32) {
            let (mut values, mut map) = (PagedVec::default(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Keep(number, value) => {
                        prop_assert_eq!(values.insert(number, value), map.insert(number, value));
                    }
                    Step::Change(number) => {
                        let kept = values.get_mut(number).map(|value| std::mem::replace(value, 7));
                        prop_assert_eq!(kept, map.get_mut(&number).map(|value| std::mem::replace(value, 7)));
                    }
                    Step::Drop(number) => prop_assert_eq!(values.remove(number), map.remove(&number)),
                }
                prop_assert_eq!((values.len(), values.is_empty()), (map.len(), map.is_empty()));
            }
            prop_assert!((0..220).all(|number| values.get(number) == map.get(&number)));
            prop_assert!(values.iter().eq(map.iter().map(|(&number, value)| (number, value))));
            prop_assert!(values.from(after).eq(map.range(after..).map(|(&number, value)| (number, value))));
            let hasher = RandomState::new();
            prop_assert_eq!(hasher.hash_one(&values), hasher.hash_one(&map));
            let copy: PagedVec<_> = map.into_iter().collect();
            prop_assert!(copy.iter().eq(values.iter()));
        }
    }

    #[test]
    fn an_empty_page_takes_no_memory() {
        let mut values: PagedVec<_> = (1..=100_000).map(|number| (number, [number; 16])).collect();
        assert!((1..100_000).all(|number| values.remove(number).is_some()));
        assert_eq!(values.pages.iter().flatten().count(), 1);
        assert_eq!(values.iter().collect::<Vec<_>>(), [(100_000, &[100_000; 16])]);
    }
}
