//! Confirmation by a signed link: opening the link, and the confirmation itself.

use super::handle::Node;
use super::reads::ask;
use crate::actors::port::Overloaded;
use crate::control::confirm_links::ConfirmLinks;
use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::confirmable::{Confirmable, NotConfirmable};
use crate::domain::id::{Account, ReservationId};
use crate::domain::time::Timestamp;
use crate::partition::query::{Query, QueryResult};
use crate::words::signed_link::LinkFault;

/// The reservation that a link confirms.
#[derive(Debug, Clone)]
pub struct LinkedReservation {
    /// Its public id.
    pub name: String,
    /// The title of its offer.
    pub title: String,
    /// What is reserved, and until when.
    pub terms: Confirmable,
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
        // A pause may have moved the deadline that the link was signed with, so the reservation's own decides.
        let (opened, is_over) = match links.open(token, now) {
            Err(LinkFault::Expired) => (links.open(token, Timestamp::MIN), true),
            opened => (opened, false),
        };
        let opened = opened.map_err(LinkRefusal::Link)?;
        let catalog = self.catalog();
        // Our key signed it, but the catalog has no offer of that name: no reservation waits here.
        let listing = catalog.named(&opened.offer).ok_or(LinkRefusal::Reservation(NotConfirmable::Used))?;
        let id = ReservationId { offer: listing.offer, ordinal: opened.ordinal };
        let (account, partition) = (opened.account, listing.partition);
        let terms = self.confirmable(partition, id, account.clone(), now).await?;
        if is_over && terms.is_err() {
            return Err(LinkRefusal::Link(LinkFault::Expired));
        }
        Ok(LinkedReservation {
            name: id.public(&opened.offer),
            title: listing.offering.title().to_owned(),
            terms: terms.map_err(LinkRefusal::Reservation)?,
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
        let LinkedReservation { partition, id, account, terms, .. } = reservation;
        let (now, link) = (self.clock().now(), self.link_of(account));
        let command = PostCommand::by_link(*partition, *id, account.clone(), now, link, terms.units);
        self.submit_command(*partition, command).await
    }
}
