//! What the live engine asks to carry effects out, one provider for each lane.

pub mod email;
pub mod group_sync;
pub mod keyed_file;
pub mod ledger;
pub mod line_file;
pub mod orders;
pub mod replies;
pub mod sandbox;
pub mod sandbox_script;
pub mod smtp;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::attempt::{Attempt, Attempted};
use super::provider::group_sync::GroupSync;
use super::provider::sandbox::Sandbox;
use super::queue::lane::Lane;
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;

/// An attempt with what its provider needs to know.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What is asked.
    pub attempt: Attempt,
    /// The offer that it is about, for the words.
    pub offering: Offering,
    /// When it left the outbox.
    pub at: Timestamp,
}

/// Carries effects out. The same key may come again, and must then have no second effect, as far as
/// the provider can see to that.
pub trait Provider {
    /// Tries once. Takes what time it needs; the runner calls the outcome unknown if it takes too much.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, Attempted>;
}

/// The providers of a node.
#[derive(Clone)]
pub struct Providers {
    /// For payments.
    pub cards: Rc<dyn Provider>,
    /// For replies and announcements.
    pub replies: Rc<dyn Provider>,
    /// For letters.
    pub emails: Rc<dyn Provider>,
    /// For the merchant's orders.
    pub orders: Rc<dyn Provider>,
}

impl Providers {
    /// The provider of a lane.
    #[must_use]
    pub fn of(&self, lane: Lane) -> Rc<dyn Provider> {
        Rc::clone(match lane {
            Lane::Cards => &self.cards,
            Lane::Replies(_) => &self.replies,
            Lane::Emails => &self.emails,
            Lane::Orders => &self.orders,
        })
    }
}

/// The card sandbox as a provider: it takes its time in real time, and answers when its ledger is on
/// the disk.
#[derive(Debug)]
pub struct SandboxCards {
    sandbox: RefCell<Sandbox>,
    ledger: Option<Rc<GroupSync>>,
}

impl SandboxCards {
    /// Serves payments from that sandbox.
    ///
    /// # Errors
    /// When its ledger cannot be synced.
    pub fn new(sandbox: Sandbox) -> io::Result<Self> {
        let ledger = sandbox.ledger_handle()?.map(GroupSync::new);
        Ok(Self { sandbox: RefCell::new(sandbox), ledger })
    }
}

impl Provider for SandboxCards {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, Attempted> {
        let Delivery { attempt, offering, at } = delivery;
        let order = attempt.effect.order_name(offering.id()).unwrap_or_default();
        // The borrow ends before the wait begins: others are served meanwhile.
        let (latency, attempted) = self.sandbox.borrow_mut().serve(*at, attempt, &order);
        let ledger = self.ledger.clone();
        async move {
            if let Some(ledger) = ledger
                && let Err(error) = ledger.sync().await
            {
                return Attempted::Unknown { error: error.to_string().into() };
            }
            tokio::time::sleep(latency.std()).await;
            attempted
        }
        .boxed_local()
    }
}
