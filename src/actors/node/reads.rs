//! Queries to the partitions. A result is returned once every record that it rests on is durable.

use super::handle::Node;
use crate::actors::port::Overloaded;
use crate::api::draw_view::DrawView;
use crate::api::offer_view::OfferView;
use crate::api::order_view::OrderView;
use crate::api::reservation_view::ReservationPage;
use crate::domain::id::ReservationId;
use crate::domain::listing::Listing;
use crate::partition::query::{Query, QueryResult};

/// Queries a partition, and takes the value out of the result that has the query's name.
macro_rules! ask {
    ($node:expr, $partition:expr, $name:ident $query:tt) => {
        match $node.query($partition, Query::$name $query).await? {
            QueryResult::$name(value) => Ok(value),
            other => unreachable!("a partition answers what it is asked, and not {other:?}"),
        }
    };
    ($node:expr, $partition:expr, $name:ident) => {
        match $node.query($partition, Query::$name).await? {
            QueryResult::$name(value) => Ok(value),
            other => unreachable!("a partition answers what it is asked, and not {other:?}"),
        }
    };
}
pub(super) use ask;

impl Node {
    /// Queries a partition.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn query(&self, partition: u32, query: Query) -> Result<QueryResult, Overloaded> {
        self.port(partition)?.query(query).await
    }

    /// All offers of a partition.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn offer_views(&self, partition: u32) -> Result<Vec<OfferView>, Overloaded> {
        ask!(self, partition, Offers)
    }

    /// One offer.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn offer_view(&self, listing: &Listing) -> Result<Option<OfferView>, Overloaded> {
        ask!(self, listing.partition, Offer(listing.offer))
    }

    /// The draw of an offer; none if its opening is not drawn.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn draw_view(&self, listing: &Listing) -> Result<Option<DrawView>, Overloaded> {
        ask!(self, listing.partition, Draw(listing.offer))
    }

    /// Up to `limit` live reservations of an offer, with ordinals greater than `after`.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn reservations(
        &self,
        listing: &Listing,
        after: u32,
        limit: usize,
    ) -> Result<Option<ReservationPage>, Overloaded> {
        ask!(self, listing.partition, Reservations { offer: listing.offer, after, limit })
    }

    /// The order that a reservation of an offer became.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn order_view(&self, listing: &Listing, ordinal: u32) -> Result<Option<OrderView>, Overloaded> {
        let id = ReservationId { offer: listing.offer, ordinal };
        let order: Result<_, Overloaded> = ask!(self, listing.partition, Order(id));
        Ok(order?.map(|view| *view))
    }

    /// Whether anything is in progress in a partition that a deadline or a provider will end.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn is_pending(&self, partition: u32) -> Result<bool, Overloaded> {
        ask!(self, partition, Pending)
    }
}
