//! The replay of a recording: a sale in the recording's own time, on one thread, at full speed.
//!
//! The rules, the partitions, the journal and the outbox are the live engine's. What differs is who
//! drives: time is what the posts say, and the sandbox answers within it. The journal is synced
//! once, at the end; a recording can be replayed again.

pub(super) mod export;
mod intake;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

pub use crate::source::accounts::read_accounts;
pub use export::Summary;
pub use intake::{BadLine, Input, LinkMap, Recorded};

use self::export::Export;
use self::world::World;
use super::error::journal_exit_code;
use super::output::start_over;
use crate::domain::catalog::{Catalog, Listing};
use crate::domain::id::{Account, OfferNo};
use crate::domain::post::Post;
use crate::domain::terms::Terms;
use crate::journal::{self, DataLock};
use crate::outbox::words::Words;

/// Why a recording was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The offers cannot be put on sale.
    #[error(transparent)]
    Engine(#[from] super::Error),
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The card sandbox cannot keep its ledger.
    #[error("{0}")]
    Sandbox(String),
}

impl Error {
    /// The exit code of a process that ends for this reason, after sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) => error.exit_code(),
            Self::Journal(error) => journal_exit_code(error),
            Self::Io { .. } | Self::Sandbox(_) => 74,
        }
    }
}

/// What is replayed, and how.
pub struct Plan {
    /// The shop's own accounts.
    pub own: Vec<Account>,
    /// The offers.
    pub offers: Vec<Terms>,
    /// How many partitions the campaigns are spread over.
    pub partitions: u32,
    /// What is said to buyers, and how.
    pub words: Arc<Words>,
    /// Where the results go.
    pub out: PathBuf,
}

/// Replays the recording that `record` reads with the catalog of the offers, and leaves
/// `outcomes.ndjson`, `effects.ndjson`, `summary.json`, the journal and the card sandbox's ledger.
///
/// # Errors
/// When the output directory cannot be used, or the recording cannot be read.
pub fn replay(
    plan: Plan,
    record: impl FnOnce(&Catalog) -> Result<Recorded, Error>,
    mut progress: impl FnMut(usize),
) -> Result<Summary, Error> {
    start_over(&plan.out)?;
    let _lock = DataLock::acquire(&plan.out)?;
    let reading = catalog_of(&plan.offers, plan.own.clone());
    let recorded = record(&reading)?;
    let first = recorded.posts.first().map(Post::arrival);
    let opened = first.or_else(|| plan.offers.iter().map(|terms| terms.opens).min()).unwrap_or_default();
    let export = Export::create(&plan.out, Arc::clone(&plan.words))?;
    let mut world = World::open(plan, recorded.links, export, opened)?;
    for (done, post) in recorded.posts.into_iter().enumerate() {
        world.hear(post)?;
        if done % 4096 == 0 {
            progress(done);
        }
    }
    world.run_on()?;
    world.close(recorded.input)
}

/// A catalog for reading posts on their face, before partitions have numbered the offers.
#[must_use]
pub fn catalog_of(offers: &[Terms], own: Vec<Account>) -> Catalog {
    let listing = |(terms, no): (&Terms, u32)| Listing {
        partition: 0,
        offer: OfferNo(no),
        terms: Arc::new(terms.clone()),
    };
    Catalog::new(offers.iter().zip(0..).map(listing).collect(), own)
}
