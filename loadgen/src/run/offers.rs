//! The scenario's offers, as the server shows them.

use crate::error::CommandError;
use crate::scenario::Scenario;
use crate::target::{OfferState, Target};

/// Reads the scenario's offers from the server, in the scenario's order.
///
/// # Errors
/// If the server cannot be reached, or lacks one of the offers.
pub fn offer_states(scenario: &Scenario, target: &Target) -> Result<Vec<OfferState>, CommandError> {
    let offers = target.offers()?;
    let find = |id: &str| offers.iter().find(|offer| offer.id == id).cloned();
    let missing = |id: &str| {
        let base = target.base();
        CommandError::data(format!(
            "{base} has no offer {id}, which the scenario wants; `loadgen prepare` writes what a server needs for it"
        ))
    };
    scenario.offers.iter().map(|offer| find(&offer.id).ok_or_else(|| missing(&offer.id))).collect()
}
