//! What an offer can be asked.

use compact_str::CompactString;

use crate::domain::command::{PostCommand, Report};
use crate::domain::holding::Holding;
use crate::domain::id::PostId;

/// What an offer can be asked.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// For a reservation.
    Claim {
        /// The post.
        said: &'a PostCommand,
        /// What the account has of the offer.
        holding: &'a Holding,
        /// The post that confirmed it before it came.
        parked: Option<&'a PostId>,
    },
    /// To place the order.
    Confirm {
        /// The post.
        said: &'a PostCommand,
        /// What the account has of the offer.
        holding: &'a Holding,
    },
    /// To pass the units, or the place in line, on; or to take an order back.
    Cancel {
        /// The post.
        said: &'a PostCommand,
        /// What the account has of the offer.
        holding: &'a Holding,
    },
    /// For more units, under that key.
    Restock(u32, &'a CompactString),
    /// To take available units off the sale, under that key.
    Withdraw(u32, &'a CompactString),
    /// What is due at this time.
    ExpireDue,
    /// What follows from a provider's report.
    Report(&'a Report),
}
