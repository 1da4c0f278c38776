//! A running node, and the parts that its handle reaches.

use std::sync::Arc;

use actix::Addr;
use tokio::sync::Semaphore;

use crate::actors::control::ControlActor;
use crate::actors::port::PartitionPorts;
use crate::actors::router::Router;
use crate::backups::ErasureLedger;
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::control::card_holders::CardHolders;
use crate::control::catalog_handle::CatalogHandle;
use crate::control::confirm_links::ConfirmLinks;
use crate::control::link_registry::Links;
use crate::control::offer_notices::OfferNotices;
use crate::intake::catalog::Catalog;
use crate::outbox::status::OutboxStatus;
use crate::people::People;
use crate::telemetry::NodeGauges;

/// The parts of a node.
pub struct NodeParts {
    /// The router in front of the partitions.
    pub router: Addr<Router>,
    /// The ports of the partitions.
    pub partitions: PartitionPorts,
    /// The offers on sale.
    pub catalog: CatalogHandle,
    /// The linked accounts.
    pub links: Arc<Links>,
    /// Where the people behind accounts are kept; `None` in a node that keeps none: then addresses are in memory only.
    pub people: Option<People>,
    /// The ledger of erasures beside the backups; `None` in a node without backups.
    pub erasures: Option<ErasureLedger>,
    /// The control journal, which makes links and unfreezings durable.
    pub control: Addr<ControlActor>,
    /// Signs and opens the links by which buyers confirm; none if the node has no such links.
    pub confirm_links: Option<ConfirmLinks>,
    /// The node's clock.
    pub clock: Clock,
    /// What an operator should know of the offers.
    pub notices: OfferNotices,
    /// The state of the outbox: its lanes, pending effects and dropped replies.
    pub outbox: Arc<OutboxStatus>,
    /// The configured upper bounds.
    pub limits: Limits,
}

/// A running node.
pub struct Node {
    pub(super) parts: NodeParts,
    /// Posts that may still be admitted; a permit is held for each post in flight.
    pub(super) budget: Arc<Semaphore>,
    pub(super) gauges: NodeGauges,
    /// Which account holds which card.
    pub(super) holders: CardHolders,
}

impl Node {
    /// Creates the handle of a node with these parts.
    #[must_use]
    pub fn new(parts: NodeParts) -> Self {
        let budget = Arc::new(Semaphore::new(parts.limits.posts_in_flight));
        Self { parts, budget, gauges: NodeGauges::new(), holders: CardHolders::default() }
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
        self.parts.clock.clone()
    }

    /// The numbers of all partitions.
    pub fn partitions(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.parts.partitions.len()).unwrap_or(0)
    }
}
