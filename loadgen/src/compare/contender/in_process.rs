//! Flashtag as a library: parsed posts go to the engine in the same process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use actix_rt::System;
use flashtag::config::limits::Limits;
use flashtag::config::offers::parse_offers;
use flashtag::config::replies::Ceilings;
use flashtag::domain::id::Authors;
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::post::Post;
use flashtag::engine::live::{Format, Links, LivePlan, LiveSale};
use flashtag::engine::replay::read_accounts;
use flashtag::engine::{Node, Words};
use flashtag::intake::format::Decoded;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use super::shop::{Shop, answer};
use super::{Answer, Contender, ContenderConnection, UnitCounts};
use crate::compare::workload::{Operation, Workload};
use crate::error::CommandError;

/// An engine on separate threads.
pub(in crate::compare) struct InProcess {
    shop: Shop,
    node: Arc<Node>,
    /// Ends the sale when dropped.
    open: Option<oneshot::Sender<()>>,
    sale: Option<JoinHandle<()>>,
}

impl InProcess {
    /// Opens a sale with its data in `directory`.
    pub(in crate::compare) fn start(work: Workload, directory: &Path) -> Result<Self, CommandError> {
        let shop = Shop::new(work);
        let links = Links::default();
        read_accounts(shop.accounts().as_slice(), Authors::OfNetworks, |linked| {
            links.insert(linked.account, linked.link)
        })
        .expect("sound accounts");
        let offers = parse_offers(&shop.offers(), "the offer of the comparison").expect("a sound offer");
        let data = directory.to_owned();
        let (opened, node) = oneshot::channel();
        let (open, ended) = oneshot::channel();
        let sale = std::thread::spawn(move || {
            System::new().block_on(async {
                let offers = offers.offers.into_iter().map(Offering::from).collect();
                match open_sale(data, offers, links).await {
                    Ok(sale) => {
                        opened.send(Ok(Arc::clone(&sale.node))).ok();
                        // The other end never sends; it is dropped at the end.
                        ended.await.unwrap_or(());
                        sale.close().await;
                    }
                    Err(fail) => drop(opened.send(Err(fail))),
                }
            });
        });
        let node = node.blocking_recv().map_err(|_| CommandError::unavailable("the sale did not open"))??;
        Ok(Self { shop, node, open: Some(open), sale: Some(sale) })
    }
}

async fn open_sale(data: PathBuf, offers: Vec<Offering>, links: Links) -> Result<LiveSale, CommandError> {
    let plan = LivePlan {
        data: &data,
        front: Default::default(),
        offers,
        links: Arc::new(links),
        partitions: 1,
        ceilings: Ceilings::default(),
        words: Arc::new(Words::of_shop("Loadgen")),
        // As over HTTP.
        limits: Limits { outbox_pending: 100_000_000, memory_ahead: 4 << 30, ..Limits::default() },
        subscribers: Vec::new(),
        tap: None,
    };
    LiveSale::open(plan)
        .await
        .map_err(|error| CommandError::unavailable(format!("the sale did not open: {error}")))
}

impl Drop for InProcess {
    fn drop(&mut self) {
        drop(self.open.take());
        if let Some(sale) = self.sale.take() {
            sale.join().ok();
        }
    }
}

impl Contender for InProcess {
    type Connection = EngineConnection;
    const ASYNC: bool = true;

    fn write(&self, operation: &Operation) -> Post {
        match Format::Flashtag.decode(self.shop.post(operation).trim_ascii_end()) {
            Ok(Decoded::Post(post)) => post,
            other => panic!("the shop writes sound posts, and not {other:?}"),
        }
    }

    fn connect(&self) -> Result<EngineConnection, CommandError> {
        Ok(EngineConnection(Arc::clone(&self.node)))
    }

    fn unit_counts(&self) -> Result<UnitCounts, CommandError> {
        let catalog = self.node.catalog();
        let queries = join_all(catalog.listings().iter().map(|listing| self.node.offer_view(listing)));
        let views = crate::compare::executor::block_on(queries);
        let view = views.into_iter().next().and_then(Result::ok).flatten();
        let view = view.ok_or_else(|| CommandError::unavailable("the engine does not show the offer"))?;
        Ok(UnitCounts { left: view.available.into(), held: view.reserved.into(), sold: view.sold.into() })
    }
}

/// A handle to the engine.
pub(in crate::compare) struct EngineConnection(Arc<Node>);

impl ContenderConnection for EngineConnection {
    type Prepared = Post;
    type Reply = Vec<Option<Outcome>>;

    async fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Post>,
    ) -> Result<Self::Reply, CommandError> {
        let places = asked.len();
        let answers = self.0.submit_posts((0..).zip(asked).collect(), places).await;
        let answers =
            answers.map_err(|_| CommandError::unavailable("the engine has no room for the posts"))?;
        // Answers are large, so they are reduced to their outcomes at once.
        Ok(answers.into_iter().map(|placed| Some(placed?.answer.outcome)).collect())
    }

    fn read(reply: Self::Reply) -> Result<Vec<Answer>, CommandError> {
        let read = reply.into_iter().map(|outcome| {
            let outcome = outcome
                .ok_or_else(|| CommandError::unavailable("a post was not seen as one that matters"))?;
            answer(outcome.code())
        });
        read.collect()
    }
}
