//! The offers on sale, with the partitions that own them, and the shop as posts show it.

use compact_str::CompactString;

use super::id::{Account, OfferNo};
use super::offering::Offering;

/// An offer on sale, and the partition whose journal holds it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The partition that owns the offer.
    pub partition: u32,
    /// The offer's number there.
    pub offer: OfferNo,
    /// The terms.
    pub offering: Offering,
}

/// The shop as posts show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopFront {
    /// The shop's own accounts: their posts never buy.
    pub own: Vec<Account>,
    /// The shop's handles, without the `@`: posts that mention one are addressed to the shop.
    pub handles: Vec<CompactString>,
}
