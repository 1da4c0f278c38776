//! Counters of an offer: its claims, its answers by outcome, and the money captured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::domain::answer::Answer;
use crate::domain::money::{Currency, Money};
use crate::domain::outcome::Outcome;

/// The counts of one offer. Refusals are not journaled, so their counts start at zero with each start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferCounters {
    /// Buying posts that were decided, without repeated deliveries.
    pub claims: u64,
    /// Answers by outcome code; repeated deliveries count as `duplicate`.
    pub outcomes: Outcomes,
    /// Money captured and not refunded.
    pub captured: Money,
}

impl OfferCounters {
    pub(crate) fn new(currency: Currency) -> Self {
        Self { claims: 0, outcomes: Outcomes::default(), captured: Money::zero(currency) }
    }

    /// Touches what counting an answer reads, for prefetching; the value is meaningless.
    pub(crate) fn word(&self) -> usize {
        self.outcomes.0.len() ^ usize::from(self.claims == 0) ^ usize::from(self.captured.minor == 0)
    }

    pub(crate) fn count(&mut self, answer: &Answer) {
        self.outcomes.count(if answer.duplicate { Outcome::Duplicate } else { answer.outcome });
    }

    pub(crate) fn refund(&mut self, amount: Money) {
        let rest = self.captured.minor.checked_sub(amount.minor).filter(|rest| *rest >= 0);
        self.captured.minor = rest.expect("no more is refunded than was captured");
    }

    pub(crate) fn capture(&mut self, amount: Money) {
        let sum = self.captured.checked_add(amount);
        self.captured = sum.expect("captures of one offer share its currency and can be counted");
    }
}

/// The number of answers of each outcome, sorted by outcome. A list: an offer gives answers of few kinds, and
/// up to three kinds are stored inline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Outcome, u64>", into = "BTreeMap<Outcome, u64>")]
pub struct Outcomes(SmallVec<[(Outcome, u64); 3]>);

impl Outcomes {
    fn count(&mut self, outcome: Outcome) {
        match self.0.iter_mut().find(|(counted, _)| *counted >= outcome) {
            Some((counted, count)) if *counted == outcome => *count += 1,
            _ => self.begin(outcome),
        }
    }

    fn begin(&mut self, outcome: Outcome) {
        let index = self.0.partition_point(|(counted, _)| *counted < outcome);
        self.0.insert(index, (outcome, 1));
    }
}

impl From<BTreeMap<Outcome, u64>> for Outcomes {
    fn from(counts: BTreeMap<Outcome, u64>) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl From<Outcomes> for BTreeMap<Outcome, u64> {
    fn from(outcomes: Outcomes) -> Self {
        outcomes.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BTreeMap, Outcome, Outcomes};

    proptest! {
        #[test]
        fn outcomes_are_counted_as_a_sorted_map_counts(which in proptest::collection::vec(0..Outcome::ALL.len(), 0..200)) {
            let (mut outcomes, mut map) = (Outcomes::default(), BTreeMap::new());
            for outcome in which.into_iter().map(|which| Outcome::ALL[which]) {
                outcomes.count(outcome);
                *map.entry(outcome).or_default() += 1;
            }
            prop_assert_eq!(&Outcomes::from(map.clone()), &outcomes);
            prop_assert_eq!(BTreeMap::from(outcomes), map);
        }
    }
}
