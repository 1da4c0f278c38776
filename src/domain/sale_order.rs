//! What an operator may order of a sale: to pause it, to resume it, to close it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::OfferNo;

/// Whether confirmation deadlines go on while a sale is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadlines {
    /// Reservations expire as if the sale were not paused.
    Run,
    /// Nothing expires, and each deadline moves by the length of the pause.
    Freeze,
}

/// What becomes of the claims in line when a sale is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineAtClose {
    /// They get the units that come back.
    Serve,
    /// They leave the line at once, and are told.
    Release,
}

/// A change of a sale by an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleChange {
    /// Refuses claims from now on.
    Pause(Deadlines),
    /// Takes claims again.
    Resume,
    /// Ends the sale before its time. A pause ends with it.
    Close(LineAtClose),
}

/// The order of an operator to change a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleOrder {
    /// The offer.
    pub offer: OfferNo,
    /// The change.
    pub change: SaleChange,
    /// The operator's reason, for the journal; may be empty.
    pub reason: CompactString,
}
