//! The plan of a sale that is replayed or run through a pipe.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::words::Words;

/// The offers of a sale and how they are sold.
pub struct Plan {
    /// The shop.
    pub front: ShopFront,
    /// The offers.
    pub offers: Vec<Offering>,
    /// The number of partitions that the campaigns are spread over.
    pub partitions: u32,
    /// The templates of the texts for buyers.
    pub words: Arc<Words>,
    /// The directory of the results.
    pub out: PathBuf,
}
