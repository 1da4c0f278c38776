//! The offers on sale with their partitions, and the shop as posts refer to it.

use compact_str::CompactString;

use super::id::{Account, OfferNo};
use super::offering::Offering;

/// An offer on sale, and the partition that decides it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The partition that owns the offer.
    pub partition: u32,
    /// The offer's number in that partition.
    pub offer: OfferNo,
    /// The terms of the offer.
    pub offering: Offering,
}

/// The shop's accounts and handles on all networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopFront {
    /// The shop's own accounts, whose posts never buy.
    pub own: Vec<Account>,
    /// The shop's handles, without the `@`. A post that mentions one is addressed to the shop.
    pub handles: Vec<CompactString>,
}
