//! What a signed confirm link can still do: confirm the one reservation that it names, for the account that
//! it names.

use serde::{Deserialize, Serialize};

use super::id::{Account, ReservationId};
use super::money::Money;
use super::offer::Offer;
use super::reservation::Stage;
use super::time::Timestamp;

/// A reservation that its link can confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmable {
    /// Units that are reserved.
    pub units: u32,
    /// The total with tax.
    pub total: Money,
    /// When the confirmation window ends.
    pub deadline: Timestamp,
}

/// Why a link confirms nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotConfirmable {
    /// The reservation is another account's.
    NotTheirs,
    /// The confirmation window is over.
    Late,
    /// The reservation was confirmed, passed on or ended.
    Used,
    /// Neither the reservation nor an order of it exists.
    Gone,
    /// The account's owner froze the account.
    Frozen,
}

impl Confirmable {
    /// What a link for that account would confirm.
    ///
    /// # Errors
    /// Returns the reason if the link confirms nothing.
    pub fn new(
        offer: &Offer,
        id: ReservationId,
        account: &Account,
        now: Timestamp,
    ) -> Result<Self, NotConfirmable> {
        let first = offer.reservations_after(id.ordinal.saturating_sub(1)).next();
        let live = first.filter(|(found, _)| *found == id).map(|(_, reservation)| reservation);
        let ordered = || offer.order(id.ordinal).map(|order| &order.claim);
        let claim = live.map(|reservation| &reservation.claim).or_else(ordered);
        let claim = claim.ok_or(NotConfirmable::Gone)?;
        if claim.account != *account {
            return Err(NotConfirmable::NotTheirs);
        }
        let held = live.filter(|reservation| reservation.stage == Stage::Held).ok_or(NotConfirmable::Used)?;
        if offer.control().sale_time(now) >= held.deadline {
            return Err(NotConfirmable::Late);
        }
        Ok(Self { units: claim.units, total: claim.amount, deadline: held.deadline })
    }
}
