//! A live sale through a pipe: posts come in as lines, by the machine's time; what becomes of them is
//! written as a replay writes it.

use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::mpsc;

use super::live::{Format, Links, LivePlan, LiveSale, Observer};
use super::output::start_over;
use super::replay::export::Export;
use super::replay::{self, Input, Plan, Summary};
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::domain::time::Millis;
use crate::intake::catalog::Catalog;
use crate::intake::line_bound::LINE_BYTES_MAX;
use crate::intake::transactions::{Arrived, read_transactions};

/// Read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that wait for the engine; then the pipe waits.
const CHUNKS_WAITING: usize = 16;

/// Card transactions that are handed to the engine at once.
const TRANSACTIONS_AT_ONCE: usize = 1024;

/// How soon an overloaded engine is asked again.
const TRY_AGAIN: Millis = Millis::from_secs(1);

/// Sells what comes in until the pipe ends and nothing is pending any more.
///
/// # Errors
/// When the sale cannot be opened, or its results cannot be written.
pub async fn sell(
    plan: Plan,
    links: Links,
    posts: impl Read + Send + 'static,
    feed: Option<impl Read>,
    format: Format,
) -> Result<Summary, replay::Error> {
    start_over(&plan.out)?;
    let clock = Clock::start();
    let export = Arc::new(Mutex::new(Some(Export::create(&plan.out, Arc::clone(&plan.words))?)));
    let catalog = Arc::new(OnceLock::new());
    let live = LivePlan {
        data: &plan.out,
        front: plan.front,
        offers: plan.offers,
        links,
        partitions: plan.partitions,
        ceilings: Ceilings::unpaced(),
        words: plan.words,
        limits: Limits::default(),
        observer: observer(Arc::clone(&export), Arc::clone(&catalog), clock),
    };
    let sale = LiveSale::open(live).await?;
    catalog.set(sale.node.catalog()).ok();
    let mut input = hear_all(&sale, chunks(posts), format).await;
    if let Some(feed) = feed {
        transact_all(&sale, feed, &mut input).await;
    }
    sale.run_on().await;
    let offers = sale.look().await.unwrap_or_default();
    let draws = sale.draws().await.unwrap_or_default();
    sale.close().await;
    let ended_at = clock.now().to_string();
    let summary = Summary { offers, input, refused_commands: Vec::new(), ended_at };
    if let Some(export) = export.lock().expect("no panic is survived").take() {
        draws.iter().try_for_each(|(offer, draw)| export.draw(offer, draw))?;
        export.finish(&summary)?;
    }
    Ok(summary)
}

async fn hear_all(sale: &LiveSale, mut chunks: mpsc::Receiver<Vec<u8>>, format: Format) -> Input {
    let mut input = Input::default();
    while let Some(chunk) = chunks.recv().await {
        // While the outbox is full of effects the engine takes nothing; the pipe waits for it.
        while sale.hear(format, &chunk, &mut input).await.is_err() {
            tokio::time::sleep(TRY_AGAIN.std()).await;
        }
    }
    input
}

/// Takes the card transactions of a feed, many at once. A feed that breaks counts as all it had to say.
async fn transact_all(sale: &LiveSale, feed: impl Read, input: &mut Input) {
    let (mut transactions, mut bad_lines) = (Vec::new(), 0);
    let each = |arrived: Arrived| transactions.push(arrived.transaction);
    input.transactions = read_transactions(feed, each, |_, _| bad_lines += 1).unwrap_or(0);
    input.bad_lines += bad_lines;
    for part in transactions.chunks(TRANSACTIONS_AT_ONCE) {
        while sale.node.submit_transactions(part.to_vec()).await.is_err() {
            tokio::time::sleep(TRY_AGAIN.std()).await;
        }
    }
}

/// Writes what became durable. A result that cannot be written ends the process: half of it is none.
fn observer(
    export: Arc<Mutex<Option<Export>>>,
    catalog: Arc<OnceLock<Arc<Catalog>>>,
    clock: Clock,
) -> Observer {
    Arc::new(move |partition, batch| {
        // The opening's own page comes before the catalog is known; it answers nobody.
        let Some(catalog) = catalog.get() else { return };
        let mut export = export.lock().expect("no panic is survived");
        if let Some(Err(error)) =
            export.as_mut().map(|export| export.batch(partition, batch, catalog, clock.now()))
        {
            eprintln!("flashtag: {error}");
            std::process::exit(74);
        }
    })
}

/// Reads whole lines on a thread of its own, as many as there are, at once.
fn chunks(mut posts: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel(CHUNKS_WAITING);
    std::thread::spawn(move || {
        let (mut rest, mut buffer) = (Vec::new(), vec![0; CHUNK_BYTES]);
        loop {
            let read = match posts.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // What a pipe has said when it breaks counts as all it had to say.
                Ok(0) | Err(_) => break,
                Ok(read) => read,
            };
            rest.extend_from_slice(buffer.get(..read).unwrap_or_default());
            let whole = memchr::memrchr(b'\n', &rest).map_or(0, |end| end + 1);
            // A line without end is handed on in pieces, each of which is refused.
            let ready = if whole == 0 && rest.len() > LINE_BYTES_MAX { rest.len() } else { whole };
            let later = rest.split_off(ready);
            let chunk = std::mem::replace(&mut rest, later);
            if !chunk.is_empty() && send.blocking_send(chunk).is_err() {
                return;
            }
        }
        send.blocking_send(rest).ok();
    });
    receive
}
