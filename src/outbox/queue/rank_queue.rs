//! The effects of one rank that wait in a lane.

use std::collections::{BTreeMap, HashSet};

use super::lane_queue::Slot;
use crate::collections::block_queue::BlockQueue;
use crate::collections::stable_map::SlotId;

/// Of what stands in line and is gone, so much is always kept; more of it only up to half of the line.
const GONE_KEPT: usize = 64;

/// What waits, by its slots. Nearly all of it comes in the order in which it is to leave, and while the network is
/// slow there are millions: those stand in line, and a search tree holds the others.
#[derive(Debug, Default)]
pub(super) struct RankQueue {
    /// In the order of their slots, some of which are gone.
    line: BlockQueue<(Slot, SlotId)>,
    gone: HashSet<Slot, foldhash::fast::FixedState>,
    /// What is tried again, or came in behind something that leaves after it.
    others: BTreeMap<Slot, SlotId>,
}

impl RankQueue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.line.len() - self.gone.len() + self.others.len()
    }

    /// Lets one wait. What is tried `again` most often leaves after what is yet to come.
    pub(super) fn insert(&mut self, slot: Slot, place: SlotId, again: bool) {
        if again || self.line.back().is_some_and(|(last, _)| *last > slot) {
            self.others.insert(slot, place);
        } else {
            self.line.push_back((slot, place));
        }
    }

    /// Takes one out that waits.
    pub(super) fn remove(&mut self, slot: Slot) {
        if self.others.remove(&slot).is_some() {
            return;
        }
        self.gone.insert(slot);
        self.let_go();
    }

    /// The slot of the one that is to leave first.
    pub(super) fn first(&self) -> Option<Slot> {
        let in_line = self.line.front().map(|(slot, _)| *slot);
        let other = self.others.keys().next().copied();
        in_line.into_iter().chain(other).min()
    }

    /// Takes the one that is to leave first.
    pub(super) fn pop_first(&mut self) -> Option<SlotId> {
        let first = self.first()?;
        if let Some(place) = self.others.remove(&first) {
            return Some(place);
        }
        let (_, place) = self.line.pop_front()?;
        self.let_go();
        Some(place)
    }

    /// Sees to it that the first in line is there, and that not too much of the line is gone.
    fn let_go(&mut self) {
        while !self.gone.is_empty() && self.line.front().is_some_and(|(slot, _)| self.gone.remove(slot)) {
            self.line.pop_front();
        }
        if self.gone.len() > GONE_KEPT && self.gone.len() > self.line.len() / 2 {
            let mut line = std::mem::take(&mut self.line);
            while let Some((slot, place)) = line.pop_front() {
                if !self.gone.remove(&slot) {
                    self.line.push_back((slot, place));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::Timestamp;

    #[derive(Debug, Clone)]
    enum Step {
        /// So many come in at that time.
        Come(i64, usize),
        /// One that was taken is tried again at that time.
        Retry(i64),
        /// So many leave.
        Leave(usize),
        /// Of those that wait some are withdrawn, beginning with that one.
        Withdraw(usize, usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..4_i64, 0..80_usize).prop_map(|(due, count)| Step::Come(due, count)),
            (0..6_i64).prop_map(Step::Retry),
            (0..40_usize).prop_map(Step::Leave),
            (0..200_usize, 0..120_usize).prop_map(|(first, count)| Step::Withdraw(first, count)),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn it_is_a_sorted_map(steps in steps()) {
            let (mut queue, mut map) = (RankQueue::default(), BTreeMap::new());
            let mut places = SlotId::all();
            let (mut turn, mut taken) = (0, None);
            for step in steps {
                match step {
                    Step::Come(due, count) => {
                        for place in places.by_ref().take(count) {
                            let slot = Slot { due: Timestamp::from_ms(due), turn };
                            turn += 1;
                            queue.insert(slot, place, false);
                            map.insert(slot, place);
                        }
                    }
                    Step::Retry(due) => {
                        if let Some((Slot { turn, .. }, place)) = taken.take() {
                            let slot = Slot { due: Timestamp::from_ms(due), turn };
                            queue.insert(slot, place, true);
                            map.insert(slot, place);
                        }
                    }
                    Step::Leave(count) => {
                        for _ in 0..count {
                            let first = map.pop_first();
                            prop_assert_eq!(queue.pop_first(), first.map(|(_, place)| place));
                            taken = first.or(taken);
                        }
                    }
                    Step::Withdraw(first, count) => {
                        let slots: Vec<Slot> = map.keys().skip(first).take(count).copied().collect();
                        for slot in slots {
                            map.remove(&slot);
                            queue.remove(slot);
                        }
                    }
                }
                prop_assert_eq!(queue.len(), map.len());
                prop_assert_eq!(queue.first(), map.keys().next().copied());
                prop_assert!(queue.gone.len() <= GONE_KEPT.max(queue.line.len() / 2));
            }
        }
    }
}
