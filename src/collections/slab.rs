//! A shelf: things at numbered places. None is ever moved, however many come, and a place that was left is the
//! next that is taken.

use serde::{Deserialize, Serialize};

/// Places of the first board; every other has twice as many as the one before it, up to [`BOARD`].
const FIRST_BOARD: u32 = 8;

/// Places of a board, once there are many things.
const BOARD: u32 = 4_096;

/// Boards that are shorter than that.
const SHORT_BOARDS: u32 = BOARD.ilog2() - FIRST_BOARD.ilog2();

/// Where a thing stands, for as long as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotId(u32);

impl SlotId {
    /// The places, in the order in which an empty shelf gives them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self)
    }

    /// The number of the place, from 0.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The same, to look it up.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The board, and which place on it.
    fn on_board(self) -> (usize, usize) {
        let no = self.0 + FIRST_BOARD;
        let (board, place) = if no < BOARD {
            (no.ilog2() - FIRST_BOARD.ilog2(), no - (1 << no.ilog2()))
        } else {
            (SHORT_BOARDS - 1 + no / BOARD, no % BOARD)
        };
        (board as usize, place as usize)
    }

    /// How many places a board has.
    fn on(board: usize) -> usize {
        let doubled = u32::try_from(board).unwrap_or(u32::MAX).min(SHORT_BOARDS);
        (FIRST_BOARD << doubled) as usize
    }
}

#[derive(Debug, Clone)]
enum Spot<T> {
    Taken(T),
    /// Left, and the one that was left before it.
    Free(Option<u32>),
}

/// Things at their places.
#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    boards: Vec<Vec<Spot<T>>>,
    /// Places that were ever taken.
    opened: u32,
    /// The place that was left last.
    free: Option<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { boards: Vec::new(), opened: 0, free: None, len: 0 }
    }
}

impl<T> Slab<T> {
    /// How many things there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many places there are, with things and without.
    pub(super) fn places(&self) -> usize {
        self.opened as usize
    }

    /// How long the last board is.
    pub(super) fn last_board(&self) -> usize {
        self.boards.last().map_or(0, Vec::len)
    }

    /// What stands there.
    pub(super) fn get(&self, place: SlotId) -> Option<&T> {
        let (board, place) = place.on_board();
        match self.boards.get(board)?.get(place)? {
            Spot::Taken(thing) => Some(thing),
            Spot::Free(_) => None,
        }
    }

    /// What stands there, to be changed.
    pub(super) fn get_mut(&mut self, place: SlotId) -> Option<&mut T> {
        match self.spot(place)? {
            Spot::Taken(thing) => Some(thing),
            Spot::Free(_) => None,
        }
    }

    /// Puts a thing down, and tells where it stands.
    ///
    /// # Panics
    /// When there are more things than 32 bits count.
    pub(super) fn put(&mut self, thing: T) -> SlotId {
        self.len += 1;
        let Some(left) = self.free.map(SlotId) else { return self.open(thing) };
        let spot = self.spot(left).expect("a place that was left is there");
        let Spot::Free(before) = std::mem::replace(spot, Spot::Taken(thing)) else {
            panic!("a place that was left is free")
        };
        self.free = before;
        left
    }

    /// Takes away what stands there.
    pub(super) fn take(&mut self, place: SlotId) -> Option<T> {
        let before = self.free;
        let spot = self.spot(place).filter(|spot| matches!(spot, Spot::Taken(_)))?;
        let Spot::Taken(thing) = std::mem::replace(spot, Spot::Free(before)) else { return None };
        self.free = Some(place.0);
        self.len -= 1;
        Some(thing)
    }

    /// Puts a thing where none ever stood.
    fn open(&mut self, thing: T) -> SlotId {
        let opened = SlotId(self.opened);
        self.opened += 1;
        let (board, place) = opened.on_board();
        if place == 0 {
            self.boards.push(Vec::with_capacity(SlotId::on(board)));
        }
        self.boards.get_mut(board).expect("boards are opened one after the other").push(Spot::Taken(thing));
        opened
    }

    fn spot(&mut self, place: SlotId) -> Option<&mut Spot<T>> {
        let (board, place) = place.on_board();
        self.boards.get_mut(board)?.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BOARD, Slab, SlotId};

    proptest! {
        /// Things come and go; each is found where it was put, and nothing is where nothing was.
        #[test]
        fn things_stay_where_they_were_put(steps in proptest::collection::vec((any::<bool>(), 0..64_usize), 0..400)) {
            let (mut shelf, mut standing, mut left) = (Slab::default(), Vec::new(), Vec::<SlotId>::new());
            for (no, (comes, which)) in steps.into_iter().enumerate() {
                if comes || standing.is_empty() {
                    let place = shelf.put(no);
                    prop_assert!(standing.iter().all(|(other, _)| *other != place));
                    prop_assert_eq!(left.pop().unwrap_or(place), place, "the place that was left last is taken");
                    standing.push((place, no));
                } else {
                    let (place, thing) = standing.swap_remove(which % standing.len());
                    prop_assert_eq!(shelf.take(place), Some(thing));
                    prop_assert_eq!((shelf.take(place), shelf.get(place)), (None, None));
                    left.push(place);
                }
                prop_assert_eq!(shelf.len(), standing.len());
                prop_assert!(standing.iter().all(|(place, thing)| shelf.get(*place) == Some(thing)));
            }
        }
    }

    #[test]
    fn boards_double_up_to_a_length_and_no_place_is_left_out() {
        let mut shelf = Slab::default();
        let places: Vec<SlotId> = (0..5 * BOARD).map(|no| shelf.put(no)).collect();
        assert!((0..).zip(&places).all(|(no, place)| shelf.get(*place) == Some(&no)));
        let lengths: Vec<usize> = shelf.boards.iter().map(Vec::len).collect();
        let whole =
            |board: usize| if board + 1 == lengths.len() { lengths[board] } else { SlotId::on(board) };
        assert_eq!(lengths, (0..lengths.len()).map(whole).collect::<Vec<_>>());
        assert_eq!(lengths.iter().copied().max(), Some(BOARD as usize));
        assert!(shelf.boards.iter().all(|board| board.capacity() <= BOARD as usize), "no board ever grows");
    }
}
