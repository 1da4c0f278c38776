//! The requests that an offer decides.

use compact_str::CompactString;

use crate::domain::command::PostCommand;
use crate::domain::holding::Holding;
use crate::domain::id::PostId;
use crate::domain::sale_order::SaleOrder;

/// A request to an offer.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// Claims units.
    Claim {
        /// The claiming post.
        command: &'a PostCommand,
        /// The account's share of the offer.
        holding: &'a Holding,
        /// The post that confirmed the claim before it arrived; `None` if none did.
        parked: Option<&'a PostId>,
    },
    /// Confirms a reservation.
    Confirm {
        /// The confirming post.
        command: &'a PostCommand,
        /// The account's share of the offer.
        holding: &'a Holding,
    },
    /// Passes the units or the place in line on, or takes an order back.
    Cancel {
        /// The post that asks for it.
        command: &'a PostCommand,
        /// The account's share of the offer.
        holding: &'a Holding,
    },
    /// Adds units, under this idempotency key.
    Restock(u32, &'a CompactString),
    /// Takes available units off the sale, under this idempotency key.
    Withdraw(u32, &'a CompactString),
    /// Pauses, resumes or closes the sale.
    Operate(&'a SaleOrder),
    /// Decides what is due at this time.
    ExpireDue,
}
