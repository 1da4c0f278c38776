//! Confirmation by a signed link: opening the link, and the confirmation itself.

use super::handle::Node;
use super::reads::ask;
use crate::actors::port::Overloaded;
use crate::control::confirm_links::ConfirmLinks;
use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::confirmable::{Confirmable, NotConfirmable};
use crate::domain::id::{Account, ReservationId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::partition::query::{Query, QueryResult};
use crate::words::signed_link::LinkFault;

/// The reservation that a link confirms.
#[derive(Debug, Clone)]
pub struct LinkedReservation {
    /// Its public id; for what is ordered already, that of the order.
    pub name: String,
    /// The title of its offer.
    pub title: String,
    /// The units that the link confirms, or has confirmed.
    pub units: u32,
    /// Their total with tax.
    pub total: Money,
    /// When the confirmation window ends; `None` if the link has confirmed them already.
    pub deadline: Option<Timestamp>,
    partition: u32,
    id: ReservationId,
    account: Account,
}

/// Why a link cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// Our key did not sign the link, or it has expired.
    Link(LinkFault),
    /// The link cannot confirm its reservation.
    Reservation(NotConfirmable),
    /// The partition accepts no more queries now.
    Overloaded,
}

impl From<Overloaded> for LinkRefusal {
    fn from(_: Overloaded) -> Self {
        Self::Overloaded
    }
}

impl Node {
    /// Signs and opens the links by which buyers confirm; none if the node has no such links.
    #[must_use]
    pub fn confirm_links(&self) -> Option<&ConfirmLinks> {
        self.parts.confirm_links.as_ref()
    }

    /// Returns the reservation that a link's token confirms. Changes nothing: mail programs open links before
    /// people do.
    ///
    /// # Errors
    /// When our key did not sign it, it has expired, or it can confirm nothing.
    pub async fn open_link(&self, token: &str) -> Result<LinkedReservation, LinkRefusal> {
        let links = self.confirm_links().ok_or(LinkRefusal::Link(LinkFault::Malformed))?;
        let now = self.clock().now();
        let opened = links.open(token, now).map_err(LinkRefusal::Link)?;
        let catalog = self.catalog();
        // Our key signed it, but the catalog has no offer of that name: no reservation waits here.
        let listing = catalog.named(&opened.offer).ok_or(LinkRefusal::Reservation(NotConfirmable::Used))?;
        let id = ReservationId { offer: listing.offer, ordinal: opened.ordinal };
        let (account, partition) = (opened.account, listing.partition);
        let confirmable = self.confirmable(partition, id, account.clone(), now).await?;
        let (ordinal, units, total, deadline) = match confirmable {
            Ok(Confirmable { units, total, deadline }) => (id.ordinal, units, total, Some(deadline)),
            Err(NotConfirmable::Ordered { ordinal, units, total }) => (ordinal, units, total, None),
            Err(refusal) => return Err(LinkRefusal::Reservation(refusal)),
        };
        Ok(LinkedReservation {
            name: ReservationId { ordinal, ..id }.public(&opened.offer),
            title: listing.offering.title().to_owned(),
            units,
            total,
            deadline,
            partition,
            id,
            account,
        })
    }

    async fn confirmable(
        &self,
        partition: u32,
        id: ReservationId,
        account: Account,
        now: Timestamp,
    ) -> Result<Result<Confirmable, NotConfirmable>, Overloaded> {
        ask!(self, partition, Confirmable { id, account, now })
    }

    /// Confirms a reservation by its link. The partition decides, as for a post.
    ///
    /// # Errors
    /// When there is no room for it now; then nothing was decided.
    pub async fn confirm_by_link(&self, reservation: &LinkedReservation) -> Result<Answer, Overloaded> {
        let LinkedReservation { partition, id, account, units, .. } = reservation;
        let (now, link) = (self.clock().now(), self.link_of(account));
        let command = PostCommand::by_link(*partition, *id, account.clone(), now, link, *units);
        self.submit_command(*partition, command).await
    }
}
