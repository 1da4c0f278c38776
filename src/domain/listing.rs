//! Who sells what: the offers on sale with the partitions that own them, and the shop.

use compact_str::CompactString;

use super::id::{Account, OfferNo};
use super::offering::Offering;

/// An offer on sale, and where its truth is.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The partition that owns the offer.
    pub partition: u32,
    /// The offer's number there.
    pub offer: OfferNo,
    /// The terms.
    pub offering: Offering,
}

/// Who sells, as posts show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopFront {
    /// The shop's own accounts: their posts never buy.
    pub own: Vec<Account>,
    /// The names by which posts mention the shop, without the `@`.
    pub handles: Vec<CompactString>,
}
