//! What a signed confirm link can still do: confirm the reservation that it names, with everything else that
//! the same claim holds, for the account that it names.

use serde::{Deserialize, Serialize};

use super::holding::Holding;
use super::id::{Account, ReservationId};
use super::money::Money;
use super::offer::Offer;
use super::order::OrderStage;
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
    /// The reservation was confirmed, and its order stands.
    Ordered {
        /// The ordinal of the order.
        ordinal: u32,
        /// Units of the order.
        units: u32,
        /// The order's total with tax.
        total: Money,
    },
    /// The reservation was passed on or ended, or its order did not come about.
    Used,
    /// Neither the reservation nor its order exists.
    Gone,
    /// The account's owner froze the account.
    Frozen,
}

impl Confirmable {
    /// What a link for that account would confirm. `holding` is the account's share of the offer.
    ///
    /// # Errors
    /// Returns the reason if the link confirms nothing.
    pub fn new(
        offer: &Offer,
        id: ReservationId,
        account: &Account,
        holding: &Holding,
        now: Timestamp,
    ) -> Result<Self, NotConfirmable> {
        let first = offer.reservations_after(id.ordinal.saturating_sub(1)).next();
        let live = first.filter(|(found, _)| *found == id).map(|(_, reservation)| reservation);
        let ordinal = offer.ordered_under(id.ordinal);
        let order = offer.order(ordinal);
        let claim = live.map(|reservation| &reservation.claim).or_else(|| order.map(|order| &order.claim));
        let claim = claim.ok_or(NotConfirmable::Gone)?;
        if claim.account != *account {
            return Err(NotConfirmable::NotTheirs);
        }
        let stands = |stage| matches!(stage, OrderStage::Placed | OrderStage::Authorized | OrderStage::Sold);
        if let Some(order) = order.filter(|order| stands(order.stage)) {
            let (units, total) = (order.claim.units, order.claim.amount);
            return Err(NotConfirmable::Ordered { ordinal, units, total });
        }
        let held = live.filter(|reservation| reservation.stage == Stage::Held).ok_or(NotConfirmable::Used)?;
        if offer.control().sale_time(now) >= held.deadline {
            return Err(NotConfirmable::Late);
        }
        let whole = offer.whole_claim(holding, id.ordinal, now).ok_or(NotConfirmable::Gone)?;
        Ok(Self { units: whole.units, total: whole.amount, deadline: held.deadline })
    }
}
