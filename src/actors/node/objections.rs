//! What banks object to payments: noted beside the orders, and listed.

use super::handle::Node;
use super::reads::ask;
use crate::actors::port::Overloaded;
use crate::api::objection_view::ObjectionView;
use crate::domain::command::Command;
use crate::domain::id::ReservationId;
use crate::domain::objection::{NoteObjection, Objection};
use crate::domain::outcome::Outcome;
use crate::domain::provider_ref::PaymentRef;
use crate::domain::refusal::Refusal;
use crate::partition::query::{Query, QueryResult};

/// What became of an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectionNoted {
    /// It is durable beside its order.
    Recorded,
    /// It was there before.
    Known,
    /// There is no such order, or another payment pays it.
    NoOrder,
}

impl Node {
    /// Notes what a bank objects to the payment of an order, by the order's public id. When this returns, it is durable.
    ///
    /// # Errors
    /// When the partition accepts no more changes now; then nothing was noted.
    pub async fn note_objection(
        &self,
        order: &str,
        payment: PaymentRef,
        objection: Objection,
    ) -> Result<ObjectionNoted, Overloaded> {
        let catalog = self.catalog();
        let named = ReservationId::split_public(order);
        let found = named.and_then(|(offer, ordinal)| Some((catalog.named(&offer)?, ordinal)));
        let Some((listing, ordinal)) = found else { return Ok(ObjectionNoted::NoOrder) };
        let id = ReservationId { offer: listing.offer, ordinal };
        let note = Command::NoteObjection(Box::new(NoteObjection { id, payment, objection }));
        Ok(match self.change(listing.partition, note).await?.made {
            Ok(()) => ObjectionNoted::Recorded,
            Err(Refusal::Because(Outcome::Duplicate)) => ObjectionNoted::Known,
            Err(_) => ObjectionNoted::NoOrder,
        })
    }

    /// What banks object to the payments of a partition's orders, if it is not over.
    ///
    /// # Errors
    /// When the partition accepts no more queries now.
    pub async fn open_objections(&self, partition: u32) -> Result<Vec<ObjectionView>, Overloaded> {
        ask!(self, partition, Objections)
    }
}
