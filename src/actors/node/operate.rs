//! Operators' orders to pause, resume and close sales.

use std::time::Duration;

use futures_util::future::join_all;

use super::handle::Node;
use crate::actors::port::{Changed, Overloaded};
use crate::domain::command::Command;
use crate::domain::listing::Listing;
use crate::domain::sale_order::{SaleChange, SaleOrder};

/// How long an order waits before it asks again for room.
const RETRY_AFTER: Duration = Duration::from_millis(10);

impl Node {
    /// Changes the sales of these offers, all at the same time. When this returns, each change is durable or was refused.
    ///
    /// An order takes none of the posts' budget, and waits for room in a full journal: pausing is what an
    /// operator does when the node is overloaded. The caller bounds the wait.
    pub async fn operate(&self, listings: &[Listing], change: SaleChange, reason: &str) -> Vec<Changed> {
        let orders = listings.iter().map(|listing| {
            let order = SaleOrder { offer: listing.offer, change, reason: reason.into() };
            self.place(listing.partition, Command::Operate(order))
        });
        let changed = join_all(orders).await;
        if let SaleChange::Close(_) = change {
            listings.iter().for_each(|listing| self.parts.notices.closed(listing.offering.id()));
        }
        changed
    }

    async fn place(&self, partition: u32, command: Command) -> Changed {
        loop {
            match self.change(partition, command.clone()).await {
                Ok(changed) => return changed,
                Err(Overloaded) => tokio::time::sleep(RETRY_AFTER).await,
            }
        }
    }
}
