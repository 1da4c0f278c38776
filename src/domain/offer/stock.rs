//! How the shop changes the allotment while the sale runs.

use compact_str::CompactString;

use super::Offer;
use super::decision_builder::DecisionBuilder;
use crate::domain::decision::Decision;
use crate::domain::event::Event;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;

/// Upper bound on the allotment, added units included.
const ALLOTMENT_MAX: u32 = 100_000_000;

impl Offer {
    pub(super) fn judge_restock(
        &self,
        now: Timestamp,
        units: u32,
        key: &CompactString,
    ) -> Result<Decision, Refusal> {
        self.check_key(key, i64::from(units))?;
        if self.closed || now >= self.ends() {
            return Err(Outcome::Closed.into());
        }
        let allotment = self.allotment.checked_add(units).filter(|&all| all <= ALLOTMENT_MAX);
        // Tax doubles the price at most.
        let countable =
            |&all: &u32| self.terms.price.checked_mul(all).is_some_and(|all| all.checked_mul(2).is_some());
        allotment.filter(countable).ok_or(Refusal::TooMany)?;
        let mut builder = DecisionBuilder::new(self, now);
        builder.push(Event::Restocked { offer: self.no, units, key: key.clone() });
        builder.hand_on(units);
        Ok(builder.decision)
    }

    pub(super) fn judge_withdrawal(
        &self,
        now: Timestamp,
        units: u32,
        key: &CompactString,
    ) -> Result<Decision, Refusal> {
        self.check_key(key, -i64::from(units))?;
        if units > self.available {
            return Err(Refusal::Committed { available: self.available });
        }
        let mut builder = DecisionBuilder::new(self, now);
        builder.push(Event::Withdrawn { offer: self.no, units, key: key.clone() });
        if self.sold == self.allotment - units && !self.sold_out {
            builder.sell_out();
        }
        Ok(builder.decision)
    }

    fn check_key(&self, key: &CompactString, change: i64) -> Result<(), Refusal> {
        match self.changes.get(key) {
            None => Ok(()),
            Some(made) if *made == change => Err(Refusal::Repeated),
            Some(_) => Err(Refusal::KeyReused),
        }
    }
}
