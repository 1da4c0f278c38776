//! The replay of a recording: a sale in the recording's own time, on one thread, at full speed.
//!
//! The rules, the partitions, the journal and the outbox are the live engine's. What differs is who
//! drives: time is what the posts say, and the sandbox answers within it. The journal is synced
//! once, at the end; a recording can be replayed again.

pub(super) mod export;
mod intake;
mod operations;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

pub use crate::intake::accounts::read_accounts;
pub use crate::intake::transactions::{Arrived, read_transactions};
pub use export::Summary;
pub use intake::{BadLine, Beside, Input, LinkMap, Recorded};
pub use operations::{Timed, read_commands};

use self::export::Export;
use self::world::World;
use super::error::journal_exit_code;
use super::output::start_over;
use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::domain::post::Post;
use crate::intake::catalog::Catalog;
use crate::journal::{self, DataLock};
use crate::words::Words;

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
    let reading = Catalog::unnumbered(&plan.offers, plan.front.clone());
    let mut recorded = record(&reading)?;
    let besides = recorded.besides();
    let first_post = recorded.posts.first().map(Post::arrival);
    let first = first_post.into_iter().chain(besides.first().map(Beside::at)).min();
    let opened = first.or_else(|| plan.offers.iter().map(Offering::opens).min()).unwrap_or_default();
    let export = Export::create(&plan.out, Arc::clone(&plan.words))?;
    let mut world = World::open(plan, recorded.links, export, opened)?;
    let mut besides = besides.into_iter().peekable();
    for (done, post) in recorded.posts.into_iter().enumerate() {
        // Of what comes at the same instant posts are first: who enrolls and buys at once has enrolled.
        while let Some(beside) = besides.next_if(|beside| beside.at() < post.arrival()) {
            world.take_beside(&beside)?;
        }
        world.hear(post)?;
        if done % 4096 == 0 {
            progress(done);
        }
    }
    besides.try_for_each(|beside| world.take_beside(&beside))?;
    world.run_on()?;
    world.close(recorded.input)
}
