//! A live sale through a pipe: posts come in as lines and are sold by the machine's clock; results have the
//! form of a replay's.

mod chunks;
mod pace;
mod progress;
mod results;

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use self::chunks::{Chunk, chunks};
use self::pace::RETRY_INTERVAL;
use self::progress::Checkpoints;
pub use self::progress::{Progress, stored_cursor};
use self::results::{Results, SharedResults};
use super::live::{DecisionTap, Format, Links, LivePlan, LiveSale};
use super::output::start_over;
use super::replay::export::Export;
use super::replay::{self, Input, Plan, Summary};
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::intake::catalog::Catalog;
use crate::intake::not_lines::NotLines;
use crate::intake::stream::{PostStream, StoredCursor};
use crate::intake::transactions::{Arrived, read_transactions};

/// Card transactions submitted to the engine at once.
const TRANSACTIONS_AT_ONCE: usize = 1024;

/// An interrupted sale to resume: what was stored with its cursor.
pub type Interrupted = StoredCursor<Progress>;

/// Sells the posts of the stream until it ends and nothing is pending. If an interrupted sale is resumed,
/// `posts` must begin behind its cursor.
///
/// # Errors
/// When the sale cannot be opened, or its results cannot be written.
pub async fn sell(
    plan: Plan,
    links: Links,
    posts: Box<dyn PostStream + Send>,
    feed: Option<impl Read>,
    format: Format,
    interrupted: Option<Interrupted>,
) -> Result<Summary, replay::Error> {
    let out = plan.out.clone();
    let (clock, links) = (Clock::start(), Arc::new(links));
    let (results, missing) = match &interrupted {
        None => {
            start_over(&out)?;
            let export = Export::create(&out, Arc::clone(&plan.words))?;
            (Results::new(export, Arc::clone(&links)), Vec::new())
        }
        Some(StoredCursor { progress, .. }) => {
            let missing = progress.records_missing_in(&out)?;
            (progress.reopen(&out, Arc::clone(&plan.words), Arc::clone(&links))?, missing)
        }
    };
    let results = SharedResults::new(results);
    let catalog = Arc::new(OnceLock::new());
    let live = live_plan(plan, &out, links, tap(results.clone(), Arc::clone(&catalog), clock.clone()));
    let sale = LiveSale::open(live).await?;
    results.write(|results| results.republish(missing, &sale.node.catalog(), clock.now()))?;
    catalog.set(sale.node.catalog()).ok();
    let mut input = interrupted.map(|stored| stored.progress.input).unwrap_or_default();
    let mut checkpoints = Checkpoints::new(&out, results.clone());
    ingest_all(&sale, chunks(posts), format, &mut input, &mut checkpoints).await?;
    // Transactions are submitted as a whole, so a resumed sale that counted any has submitted all of them.
    if let Some(feed) = feed.filter(|_| input.transactions == 0) {
        transact_all(&sale, feed, &mut input).await;
    }
    sale.run_on().await;
    checkpoints.store_last(&sale, &input).await?;
    let offers = sale.offers().await.unwrap_or_default();
    let draws = sale.draws().await.unwrap_or_default();
    sale.close().await;
    let ended_at = clock.now().to_string();
    let summary = Summary { offers, input, refused_commands: Vec::new(), ended_at };
    if let Some(export) = results.take() {
        draws.iter().try_for_each(|(offer, draw)| export.draw(offer, draw))?;
        export.finish(&summary)?;
    }
    Ok(summary)
}

fn live_plan(plan: Plan, out: &Path, links: Arc<Links>, tap: DecisionTap) -> LivePlan<'_> {
    LivePlan {
        data: out,
        front: plan.front,
        offers: plan.offers,
        links,
        partitions: plan.partitions,
        ceilings: Ceilings::unpaced(),
        words: plan.words,
        limits: Limits::default(),
        subscribers: Vec::new(),
        tap: Some(tap),
    }
}

/// Submits the chunks of the stream, and stores cursors behind them.
async fn ingest_all(
    sale: &LiveSale,
    mut chunks: mpsc::Receiver<io::Result<Chunk>>,
    format: Format,
    input: &mut Input,
    checkpoints: &mut Checkpoints,
) -> Result<(), replay::Error> {
    let unread = |source| replay::Error::Io { action: "read", path: "the posts".into(), source };
    while let Some(chunk) = chunks.recv().await {
        let Chunk { lines, cursor } = chunk.map_err(unread)?;
        // While the outbox is full the engine accepts nothing, so the pipe waits.
        while sale.ingest(format, &lines, input).await.is_err() {
            tokio::time::sleep(RETRY_INTERVAL.std()).await;
        }
        checkpoints.passed(cursor, sale, input).await?;
    }
    if input.bad_lines == input.lines && input.lines > 0 {
        return Err(unread(NotLines::NothingRead { lines: input.lines }.into()));
    }
    Ok(())
}

/// Submits the card transactions of a feed, many at once. A read error ends the feed.
async fn transact_all(sale: &LiveSale, feed: impl Read, input: &mut Input) {
    let (mut transactions, mut bad_lines) = (Vec::new(), 0);
    let each = |arrived: Arrived| transactions.push(arrived.transaction);
    input.transactions = read_transactions(feed, each, |_, _| bad_lines += 1).unwrap_or(0);
    input.bad_lines += bad_lines;
    for part in transactions.chunks(TRANSACTIONS_AT_ONCE) {
        while sale.node.submit_transactions(part.to_vec()).await.is_err() {
            tokio::time::sleep(RETRY_INTERVAL.std()).await;
        }
    }
}

/// Writes what became durable. A result that cannot be written ends the process: half a result is useless.
fn tap(results: SharedResults, catalog: Arc<OnceLock<Arc<Catalog>>>, clock: Clock) -> DecisionTap {
    Arc::new(move |partition, batch| {
        // Waits until the sale is open. Decisions that time causes right at the start must follow the
        // journal's records of an interrupted run.
        let catalog = catalog.wait();
        if let Err(error) = results.write(|results| results.batch(partition, batch, catalog, clock.now())) {
            eprintln!("flashtag: {error}");
            std::process::exit(74);
        }
    })
}
