//! What an engine is started with, and what a start finds.

use std::path::PathBuf;
use std::sync::Arc;

use super::tail::Observer;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::Providers;
use crate::control::confirm_links::ConfirmLinks;
use crate::control::link_registry::Links;
use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::partition::snapshot::Policy;
use crate::words::Words;

/// What an engine is started with.
pub struct Setup {
    /// The data directory.
    pub data: PathBuf,
    /// Who sells.
    pub front: ShopFront,
    /// The offers of the offer file.
    pub offers: Vec<Offering>,
    /// The links of the accounts file.
    pub links: Arc<Links>,
    /// The number of partitions of a new data directory.
    pub partitions: u32,
    /// Where effects go.
    pub providers: Providers,
    /// How fast the shop may speak.
    pub ceilings: Ceilings,
    /// What is said to buyers, and how.
    pub words: Arc<Words>,
    /// The bounds.
    pub limits: Limits,
    /// When snapshots are taken; without it there are none, and a start replays the whole journal.
    pub snapshots: Option<Policy>,
    /// The links by which buyers confirm; without them there are none.
    pub confirm_links: Option<ConfirmLinks>,
    /// Sees everything that became durable, on the journals' threads.
    pub observer: Option<Observer>,
}

/// What a start found in the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Partitions whose replay began with a snapshot.
    pub snapshots: u32,
    /// Records replayed, over all partitions.
    pub records: u64,
    /// Effects that are still to be done.
    pub effects_pending: usize,
    /// Bytes of unfinished records that were cut off.
    pub bytes_cut: u64,
    /// Bytes of memory pre-faulted for the accounts.
    pub memory_ahead: usize,
}
