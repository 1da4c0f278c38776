//! The scenario's offers, as the server shows them.

use crate::error::CommandError;
use crate::scenario::Scenario;
use crate::target::{OfferState, Target};

/// How the scenario's offers stand, in its order.
///
/// # Errors
/// When the server cannot be asked, or lacks one of them.
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
