//! An offer's shell: the mailbox for what providers report about its orders, and for those who look.

use std::rc::Rc;

use actix::{Actor, Context, Handler, Message, MessageResult};

use super::partition::Desk;
use super::view::OfferView;
use crate::domain::command::{Command, Report};
use crate::domain::id::OfferNo;

/// What providers said about orders of one offer, or about nothing that is an offer's.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Told(pub Vec<Report>);

impl Told {
    /// Groups reports that follow on each other by the offer that they are about.
    pub fn by_offer(reports: Vec<Report>) -> impl Iterator<Item = Self> {
        let mut reports = reports.into_iter().peekable();
        std::iter::from_fn(move || {
            let mut told = Self(vec![reports.next()?]);
            let offer = told.offer();
            while let Some(next) = reports.next_if(|report| offer_of(report) == offer) {
                told.0.push(next);
            }
            Some(told)
        })
    }

    /// The offer.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        self.0.first().and_then(offer_of)
    }
}

fn offer_of(report: &Report) -> Option<OfferNo> {
    report.reservation().map(|id| id.offer)
}

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

    fn handle(&mut self, Told(reports): Told, _: &mut Self::Context) {
        for report in reports {
            self.desk.turn(&Command::Report(report));
        }
    }
}

impl Handler<Look> for OfferActor {
    type Result = MessageResult<Look>;

    fn handle(&mut self, Look: Look, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.desk.read(|partition| OfferView::of(partition, self.no)))
    }
}
