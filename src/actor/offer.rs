//! An offer's shell: the mailbox for what providers report about its orders, and for those who look.

use std::rc::Rc;

use actix::{Actor, Context, Handler, Message, MessageResult};

use super::partition::Desk;
use super::view::OfferView;
use crate::domain::command::{Command, Report};
use crate::domain::id::OfferNo;

/// A provider's word on an order of this offer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Told(pub Report);

/// How does the offer stand?
#[derive(Debug, Message)]
#[rtype(result = "Option<OfferView>")]
pub struct Look;

/// The shell of one offer.
pub struct OfferActor {
    no: OfferNo,
    desk: Rc<Desk>,
}

impl OfferActor {
    /// The offer of that number, at the desk of its partition.
    #[must_use]
    pub fn new(no: OfferNo, desk: Rc<Desk>) -> Self {
        Self { no, desk }
    }
}

impl Actor for OfferActor {
    type Context = Context<Self>;
}

impl Handler<Told> for OfferActor {
    type Result = ();

    fn handle(&mut self, Told(report): Told, _: &mut Self::Context) {
        self.desk.turn(&Command::Report(report));
    }
}

impl Handler<Look> for OfferActor {
    type Result = MessageResult<Look>;

    fn handle(&mut self, Look: Look, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.desk.read(|partition| OfferView::of(partition, self.no)))
    }
}
