//! The handle of a running node: posts, transactions, questions, changes and links come in through it.

mod accounts;
mod confirmation;
mod posts;
mod reads;
mod status;

use std::sync::Arc;

use actix::Addr;
use tokio::sync::Semaphore;

use super::port::PartitionPorts;
use super::router::Router;
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::control::catalog_handle::CatalogHandle;
use crate::control::confirm_links::ConfirmLinks;
use crate::control::link_registry::Links;
use crate::control::link_store::LinkStore;
use crate::intake::catalog::Catalog;
use crate::outbox::status::OutboxStatus;
use crate::telemetry::NodeGauges;

pub use confirmation::{LinkRefusal, LinkedReservation};

/// What a node is made of.
pub struct NodeParts {
    /// The router, before the partitions.
    pub router: Addr<Router>,
    /// The partitions.
    pub partitions: PartitionPorts,
    /// The offers on sale.
    pub catalog: CatalogHandle,
    /// The linked accounts.
    pub links: Arc<Links>,
    /// Makes new links durable.
    pub link_store: Arc<LinkStore>,
    /// The links by which buyers confirm; without them there are none.
    pub confirm_links: Option<ConfirmLinks>,
    /// The node's clock.
    pub clock: Clock,
    /// How the outbox stands.
    pub outbox: Arc<OutboxStatus>,
    /// The bounds.
    pub limits: Limits,
}

/// A running node.
pub struct Node {
    parts: NodeParts,
    /// Posts that may be in flight.
    budget: Arc<Semaphore>,
    gauges: NodeGauges,
}

impl Node {
    /// A handle to these parts.
    #[must_use]
    pub fn new(parts: NodeParts) -> Self {
        let budget = Arc::new(Semaphore::new(parts.limits.posts_in_flight));
        Self { parts, budget, gauges: NodeGauges::new() }
    }

    /// The offers on sale now.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.parts.catalog.current()
    }

    /// The handle by which the catalog is replaced.
    #[must_use]
    pub fn catalog_handle(&self) -> &CatalogHandle {
        &self.parts.catalog
    }

    /// The node's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.parts.clock
    }

    /// The numbers of all partitions.
    pub fn partitions(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.parts.partitions.len()).unwrap_or(0)
    }
}
