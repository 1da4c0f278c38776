//! The engine: the only place where the parts are wired together.
//!
//! The order matters and is told here: lock the data, recover, put offers on sale, start the
//! journal's threads, then the outbox, then the partitions, then the router; stopping goes backwards.

mod error;
mod linking;
mod opening;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::{Actor, Addr, Arbiter};
use tokio::sync::{Semaphore, oneshot};

pub use error::Error;
pub use linking::LinkingBusy;

use self::linking::Linking;
use crate::actor::collector::{Answers, Collector};
use crate::actor::partition::{Bounds, Finish, LookAt, Page, Partition, PartitionActor, Read, Release};
use crate::actor::router::{Intake, Links, Router};
use crate::actor::view::OfferView;
use crate::clock::Clock;
use crate::domain::catalog::{Catalog, Listing};
use crate::domain::id::{Account, OfferId};
use crate::domain::link::Link;
use crate::domain::post::Post;
use crate::journal::Commit;

/// The engine has more work than it may queue; nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more posts are in flight than the engine may queue")]
pub struct Overloaded;

/// A running engine. Cloned handles share it.
pub struct Engine {
    catalog: Arc<Catalog>,
    links: Arc<Links>,
    linking: Linking,
    clock: Clock,
    router: Addr<Router>,
    partitions: Vec<Addr<PartitionActor>>,
    budget: Arc<Semaphore>,
    outbox_pending: Arc<AtomicUsize>,
    outbox_pending_max: usize,
}

impl Engine {
    /// The offers on sale.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The engine's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Takes posts in, each with its place in an answer of `places`, and waits until what becomes of
    /// them is durable.
    ///
    /// # Errors
    /// When the engine has more work than it may queue.
    pub async fn take(&self, posts: Vec<(u32, Post)>, places: usize) -> Result<Answers, Overloaded> {
        if self.outbox_pending.load(Ordering::Relaxed) > self.outbox_pending_max {
            return Err(Overloaded);
        }
        let wanted = u32::try_from(posts.len()).map_err(|_| Overloaded)?;
        let budget = Arc::clone(&self.budget).try_acquire_many_owned(wanted).map_err(|_| Overloaded)?;
        let (collector, answers) = Collector::new(places, budget);
        let intake = Intake { posts, collector: Arc::new(collector) };
        self.router.try_send(intake).map_err(|_| Overloaded)?;
        answers.await.map_err(|_| Overloaded)
    }

    /// How an offer stands, once all that the view rests on is durable.
    ///
    /// # Errors
    /// When the partition takes no more questions now.
    pub async fn look(&self, listing: &Listing) -> Result<Option<OfferView>, Overloaded> {
        let (tell, told) = oneshot::channel();
        let then = Box::new(move |view| drop(tell.send(view)));
        let partition = self.partitions.get(listing.partition as usize).ok_or(Overloaded)?;
        partition.try_send(LookAt { offer: listing.offer, then }).map_err(|_| Overloaded)?;
        told.await.map_err(|_| Overloaded)
    }

    /// Reads a partition's state; answers once all that was read is durable.
    ///
    /// # Errors
    /// When the partition takes no more questions now.
    pub async fn read<T, F>(&self, partition: u32, look: F) -> Result<T, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Partition) -> T + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let read = Read(Box::new(move |partition| {
            let seen = look(partition);
            Box::new(move || drop(tell.send(seen)))
        }));
        let partition = self.partitions.get(partition as usize).ok_or(Overloaded)?;
        partition.try_send(read).map_err(|_| Overloaded)?;
        told.await.map_err(|_| Overloaded)
    }

    /// The numbers of all partitions.
    pub fn partitions(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.partitions.len()).unwrap_or(0)
    }

    /// The card linked to an account.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<Arc<Link>> {
        self.links.get(account).map(|link| Arc::clone(&link))
    }

    /// Links an account to a card; when this returns, the link is durable.
    ///
    /// # Errors
    /// When too many links wait already.
    pub async fn link(&self, link: Link) -> Result<(), LinkingBusy> {
        self.linking.link(link).await
    }
}
