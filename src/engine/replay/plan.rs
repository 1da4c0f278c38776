//! What a sale needs to be replayed, or run through a pipe.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::words::Words;

/// What is replayed, and how.
pub struct Plan {
    /// Who sells.
    pub front: ShopFront,
    /// The offers.
    pub offers: Vec<Offering>,
    /// How many partitions the campaigns are spread over.
    pub partitions: u32,
    /// What is said to buyers, and how.
    pub words: Arc<Words>,
    /// Where the results go.
    pub out: PathBuf,
}
