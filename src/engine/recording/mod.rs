//! The replay of a recording: a sale in the recording's own time, on one thread, at full speed.
//!
//! The rules, the partitions, the journal and the outbox are the live engine's. What differs is who
//! drives: time is what the posts say, and the sandbox answers within it. The journal is synced
//! once, at the end; a recording can be replayed again.

mod export;
mod intake;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::source::accounts::read_accounts;
pub use export::Summary;
pub use intake::{BadLine, Input, LinkMap, Recorded};

use self::export::Export;
use self::world::World;
use super::error::journal_exit_code;
use crate::domain::catalog::{Catalog, Listing};
use crate::domain::id::{Account, OfferNo};
use crate::domain::post::Post;
use crate::domain::terms::Terms;
use crate::journal::{self, DataLock};

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
    /// The directory holds something that is not an earlier replay.
    #[error("{} holds other files than an earlier replay's; name an empty directory", .0.display())]
    NotOurs(PathBuf),
}

impl Error {
    /// The exit code of a process that ends for this reason, after sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) => error.exit_code(),
            Self::Journal(error) => journal_exit_code(error),
            Self::Io { .. } | Self::Sandbox(_) => 74,
            Self::NotOurs(_) => 73,
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
    clear(&plan.out)?;
    let _lock = DataLock::acquire(&plan.out)?;
    let reading = catalog_of(&plan.offers, plan.own.clone());
    let recorded = record(&reading)?;
    let first = recorded.posts.first().map(Post::arrival);
    let opened = first.or_else(|| plan.offers.iter().map(|terms| terms.opens).min()).unwrap_or_default();
    let export = Export::create(&plan.out)?;
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

/// What a replay leaves behind, and may therefore remove.
const OURS: [&str; 7] =
    ["outcomes.ndjson", "effects.ndjson", "summary.json", "cards.ndjson", "lock", "journal", "recording"];

/// Empties the output directory of an earlier replay. Anything else in it is none of our business,
/// least of all the journal of a live engine.
fn clear(out: &Path) -> Result<(), Error> {
    let fault = |action| {
        let path = out.to_owned();
        move |source| Error::Io { action, path, source }
    };
    std::fs::create_dir_all(out).map_err(fault("create"))?;
    let names: Vec<_> = std::fs::read_dir(out)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(fault("list"))?;
    let ours = |name: &std::ffi::OsString| OURS.iter().any(|ours| name == ours);
    if !names.is_empty() && !(names.iter().all(ours) && names.iter().any(|name| name == "recording")) {
        return Err(Error::NotOurs(out.to_owned()));
    }
    for name in names.iter().filter(|name| *name != "lock") {
        let path = out.join(name);
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(|source| Error::Io { action: "remove", path, source })?;
    }
    std::fs::write(out.join("recording"), "the results of a replay; removed by the next one\n")
        .map_err(fault("write to"))
}
