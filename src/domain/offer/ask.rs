//! What an offer can be asked.

use compact_str::CompactString;

use crate::domain::command::{PostCommand, Report};
use crate::domain::holding::Holding;
use crate::domain::id::PostId;

/// What an offer can be asked.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// A unit.
    Claim {
        /// By whom.
        said: &'a PostCommand,
        /// What the account has already.
        holding: &'a Holding,
        /// The post that confirmed it before it came.
        parked: Option<&'a PostId>,
    },
    /// To place the order.
    Confirm {
        /// By whom.
        said: &'a PostCommand,
        /// What the account has.
        holding: &'a Holding,
    },
    /// To pass the units, or the place in line, on; or to take an order back.
    Cancel {
        /// By whom.
        said: &'a PostCommand,
        /// What the account has.
        holding: &'a Holding,
    },
    /// For more units, under that key.
    Restock(u32, &'a CompactString),
    /// To take units off the sale that nobody has, under that key.
    Withdraw(u32, &'a CompactString),
    /// What is due at this time.
    ExpireDue,
    /// What follows from a provider's word.
    Report(&'a Report),
}
