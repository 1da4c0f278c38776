//! The demand of a run: how many units its plan sells for certain. Pure.

use std::collections::HashMap;

use flashtag::domain::time::Millis;

use crate::ledger::Claimant;
use crate::population::Population;
use crate::scenario::{Scenario, ScenarioOffer};

/// The confirmation window of an offer that names none.
const CONFIRM_WITHIN: Millis = Millis::from_secs(900);

/// Tells of each person whether the plan lets the person buy for certain: by a card that pays, and a confirmation
/// in half of the time that there is.
pub struct Demand<'a> {
    population: &'a Population,
    target: usize,
    /// Milliseconds in which a confirmation comes for certain; 0 if the claim itself buys; `None` if the plan cannot
    /// tell who gets a unit.
    patience_ms: Option<u64>,
}

impl<'a> Demand<'a> {
    /// The demand for an offer of the scenario.
    #[must_use]
    pub fn of(scenario: &Scenario, population: &'a Population, target: usize, offer: &ScenarioOffer) -> Self {
        let text = |key: &str| offer.rules.get(key).and_then(toml::Value::as_str);
        let window = text("confirm_within").map_or(Some(CONFIRM_WITHIN), |text| text.parse().ok());
        let window_ms = window.map(|window| window.ms().unsigned_abs());
        let settle_ms = (scenario.settle_s * 1000.0) as u64;
        // A draw decides later than the claims are answered.
        let is_drawn = offer.rules.contains_key("draw_window");
        let patience_ms =
            window_ms.filter(|_| !is_drawn).map(|window_ms| (window_ms.min(settle_ms) / 2).max(1));
        let patience_ms = if window_ms == Some(0) && !is_drawn { Some(0) } else { patience_ms };
        Self { population, target, patience_ms }
    }

    fn buys(&self, person: u64) -> bool {
        self.patience_ms.is_some_and(|patience_ms| {
            self.population.pays(person)
                && (patience_ms == 0 || self.population.confirms_within(person, self.target, patience_ms))
        })
    }

    /// The units that the claims of a run take for certain, if `free` ones were there. Who does not buy for
    /// certain holds one of them at most.
    #[must_use]
    pub fn units(&self, claimants: &HashMap<u64, Claimant>, free: u64) -> u64 {
        let buys = |(person, claimant): &(&u64, &Claimant)| !claimant.excused && self.buys(**person);
        let buyers = claimants.iter().filter(buys).count() as u64;
        let others = claimants.len() as u64 - buyers;
        certain(buyers, others, free)
    }
}

/// The units that are sold for certain to `buyers` among `others`: one at least, if anybody buys anything.
#[must_use]
pub fn certain(buyers: u64, others: u64, free: u64) -> u64 {
    buyers.min(free.saturating_sub(others).max(1)).min(free)
}

#[cfg(test)]
mod tests {
    use super::certain;

    #[test]
    fn a_plan_demands_what_nobody_else_can_hold() {
        // Buyers, others, free units: sold for certain.
        let table = [
            (0, 0, 10, 0),
            (0, 50, 10, 0),
            (5, 0, 10, 5),
            (5, 5, 10, 5),
            (5, 8, 10, 2),
            (5, 10, 10, 1),
            (5, 500, 10, 1),
            (50, 0, 10, 10),
            (50, 3, 10, 7),
            (50, 3, 0, 0),
        ];
        for (buyers, others, free, sold) in table {
            assert_eq!(certain(buyers, others, free), sold, "{buyers} {others} {free}");
        }
    }
}
