//! What one account has or had of the offers of a campaign.

use serde::{Deserialize, Serialize};

use crate::domain::holding::Holding;
use crate::domain::id::OfferNo;

/// One holding for each offer of which the account has or had something. Live holdings are in the order in
/// which they became live. A list, since most accounts have few: an account that claims from thousands of
/// offers of one campaign makes each of its own posts proportionally slower.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Holdings(Box<[(OfferNo, Holding)]>);

impl Holdings {
    pub(super) fn iter(&self) -> impl Iterator<Item = (OfferNo, &Holding)> {
        self.0.iter().map(|(offer, holding)| (*offer, holding))
    }

    pub(super) fn get(&self, offer: OfferNo) -> Option<&Holding> {
        self.iter().find(|(no, _)| *no == offer).map(|(_, holding)| holding)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Changes the holding of an offer, and removes it if it is empty afterwards.
    pub(super) fn change(&mut self, offer: OfferNo, change: impl FnOnce(&mut Holding)) {
        let Some(index) = self.0.iter().position(|(no, _)| *no == offer) else {
            let mut holding = Holding::default();
            change(&mut holding);
            if holding != Holding::default() {
                push(&mut self.0, (offer, holding));
            }
            return;
        };
        let (_, later) = self.0.split_at_mut(index);
        let [(_, holding), ..] = later else { return };
        let was_live = holding.is_live();
        change(holding);
        if *holding == Holding::default() {
            remove(&mut self.0, index);
        } else if holding.is_live() && !was_live {
            later.rotate_left(1);
        }
    }
}

/// Appends an entry without spare capacity: millions of accounts have one entry.
fn push<T>(to: &mut Box<[T]>, one: T) {
    let mut grown = std::mem::take(to).into_vec();
    grown.reserve_exact(1);
    grown.push(one);
    *to = grown.into_boxed_slice();
}

/// Removes the entry at `index` and frees its memory.
fn remove<T>(from: &mut Box<[T]>, index: usize) {
    let mut shrunk = std::mem::take(from).into_vec();
    shrunk.remove(index);
    *from = shrunk.into_boxed_slice();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Holding, Holdings, OfferNo};

    /// A change of a holding: a reservation is added, the oldest is removed, a unit is sold or returned.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Gets,
        Loses,
        Buys,
        GivesBack,
    }

    fn take(step: Step, holding: &mut Holding, ordinal: u32) {
        match step {
            Step::Gets => holding.reservations.push(ordinal),
            Step::Loses => drop((!holding.reservations.is_empty()).then(|| holding.reservations.remove(0))),
            Step::Buys => holding.sold += 1,
            Step::GivesBack => holding.sold = holding.sold.saturating_sub(1),
        }
    }

    fn steps() -> impl Strategy<Value = Vec<(u32, Step)>> {
        let step = prop_oneof![Just(Step::Gets), Just(Step::Loses), Just(Step::Buys), Just(Step::GivesBack)];
        proptest::collection::vec((0..4_u32, step), 0..60)
    }

    proptest! {
        /// Compares with a map, and a separate list of the live offers.
        #[test]
        fn empty_holdings_are_dropped_and_live_ones_keep_their_order(steps in steps()) {
            let (mut holdings, mut map, mut live) = (Holdings::default(), BTreeMap::new(), Vec::new());
            for ((offer, step), ordinal) in steps.into_iter().zip(1..) {
                let offer = OfferNo(offer);
                holdings.change(offer, |holding| take(step, holding, ordinal));
                let kept: &mut Holding = map.entry(offer).or_default();
                take(step, kept, ordinal);
                live.retain(|no| *no != offer || kept.is_live());
                if kept.is_live() && !live.contains(&offer) {
                    live.push(offer);
                }
                map.retain(|_, kept| *kept != Holding::default());
                let held = holdings.iter().filter(|(_, holding)| holding.is_live()).map(|(offer, _)| offer);
                prop_assert!(held.eq(live.iter().copied()));
                prop_assert_eq!(holdings.iter().count(), map.len());
                prop_assert!((0..4).map(OfferNo).all(|offer| holdings.get(offer) == map.get(&offer)));
                prop_assert_eq!(holdings.is_empty(), map.is_empty());
            }
        }
    }
}
