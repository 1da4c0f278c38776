//! The setup that an engine starts with, and what a start finds.

use std::path::PathBuf;
use std::sync::Arc;

use super::card_processor::CardProcessor;
use super::decision_tap::DecisionTap;
use crate::backups::{BackupWatch, Backups};
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::{Mode, Providers, ServeConfig};
use crate::control::confirm_links::ConfirmLinks;
use crate::control::link_registry::Links;
use crate::control::quarantine_file::RestoredAs;
use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::ops::KeyPlace;
use crate::outbox::instance::Instance;
use crate::partition::snapshot::Policy;
use crate::subscribers::subscriber::Subscriber;
use crate::words::Words;

/// The keys that effects of a run have at their providers. Effects that an earlier run recorded keep theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// `0/12/0`: for results that are removed by the next run.
    Bare,
    /// The same behind the identity of the data directory, which gets one at its first start.
    Prefixed,
}

/// What a start does with a journal whose last record is more than a minute ahead of the machine's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JournalAhead {
    /// It fails: one of the two clocks was wrong, and an operator should look.
    #[default]
    Refuse,
    /// It goes on, with windows at half speed until the machine's clock has caught up.
    GoOn,
}

/// The setup that an engine starts with.
pub struct Setup {
    /// The data directory.
    pub data: PathBuf,
    /// Whether the shop sells for real.
    pub mode: Mode,
    /// Where the key of the shop's secrets is; `None` has neither secrets nor a database beside the journals.
    pub secrets_key: Option<KeyPlace>,
    /// The keys of effects.
    pub keys: Keys,
    /// The shop.
    pub front: ShopFront,
    /// The offers of the offer file.
    pub offers: Vec<Offering>,
    /// The links of the accounts file.
    pub links: Arc<Links>,
    /// Whether any number of holdings may be released because their accounts have no link any more.
    pub unlink_missing: bool,
    /// What to do with a journal that is ahead of the machine's clock.
    pub journal_ahead: JournalAhead,
    /// The number of partitions of a new data directory.
    pub partitions: u32,
    /// The providers that carry out effects.
    pub providers: Providers,
    /// How fast the shop may reply on each network.
    pub ceilings: Ceilings,
    /// The templates of the texts for buyers.
    pub words: Arc<Words>,
    /// The limits of sessions, queues and intake.
    pub limits: Limits,
    /// When snapshots are taken; `None` takes none, and a start replays the whole journal.
    pub snapshots: Option<Policy>,
    /// The links by which buyers confirm; `None` sends none.
    pub confirm_links: Option<ConfirmLinks>,
    /// The configuration of a service that has accounts at networks; `None` for a sale without any.
    pub networks: Option<Box<ServeConfig>>,
    /// Who takes the payments; `None` for the card sandbox.
    pub processor: Option<CardProcessor>,
    /// Where backups are kept, and who watches over them; `None` keeps none, and no ledger of erasures.
    pub backups: Option<(Backups, BackupWatch)>,
    /// The subscribers.
    pub subscribers: Vec<Box<dyn Subscriber>>,
    /// Called on the journals' threads with everything that became durable.
    pub tap: Option<DecisionTap>,
}

/// What a start found in the data directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// The identity of the data directory, if it has one.
    pub instance: Option<Instance>,
    /// What the data directory was restored as, if it is in quarantine.
    pub quarantined: Option<RestoredAs>,
    /// Partitions whose replay began with a snapshot.
    pub snapshots: u32,
    /// Records replayed, over all partitions.
    pub records: u64,
    /// Effects that are pending.
    pub effects_pending: usize,
    /// Reservations and places in line that were released, because their accounts have no link any more.
    pub released: u64,
    /// Bytes of unfinished records that were cut off.
    pub bytes_cut: u64,
    /// Bytes of memory pre-faulted for the accounts.
    pub memory_ahead: usize,
}
