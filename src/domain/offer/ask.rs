//! The requests that an offer decides.

use compact_str::CompactString;

use crate::domain::command::PostCommand;
use crate::domain::holding::Holding;
use crate::domain::objection::NoteObjection;
use crate::domain::sale_order::SaleOrder;
use crate::domain::session::Parked;

/// A request to an offer.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// Claims units.
    Claim {
        /// The claiming post.
        command: &'a PostCommand,
        /// The account's share of the offer.
        holding: &'a Holding,
        /// The confirmation that came before the claim; `None` if none did.
        parked: Option<&'a Parked>,
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
    /// Notes what a bank objects to a payment.
    Object(&'a NoteObjection),
    /// Decides what is due at this time.
    ExpireDue,
}
