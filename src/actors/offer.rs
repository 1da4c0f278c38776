//! The offer actors. An offer's actor is its inventory counts and deadlines: the entry of the campaign's
//! table itself. One kind is for offers that sell units, one for those that give statement credits.

use actix::{Actor, Handler, Message};

use super::sync_context::SyncContext;
use crate::domain::arrival::Arrival;
use crate::domain::command::Report;
use crate::domain::credit::{CreditAsk, CreditOffer};
use crate::domain::decision::Decision;
use crate::domain::offer::Offer;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;

/// A provider's report about an order of the offer.
#[derive(Debug, Message)]
#[rtype(result = "Result<Decision, Refusal>")]
pub struct HandleReport<'a> {
    /// Journal time.
    pub now: Timestamp,
    /// The report.
    pub report: &'a Report,
}

/// A card transaction at a merchant of the offer.
#[derive(Debug, Message)]
#[rtype(result = "Result<Decision, Refusal>")]
pub struct HandleTransaction<'a> {
    /// Journal time.
    pub now: Timestamp,
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Its arrival by the wall clock.
    pub arrival: Arrival,
}

impl Actor for Offer {
    type Context = SyncContext;
}

impl<'a> Handler<HandleReport<'a>> for Offer {
    type Result = Result<Decision, Refusal>;

    fn handle(
        &mut self,
        HandleReport { now, report }: HandleReport<'a>,
        _: &mut SyncContext,
    ) -> Self::Result {
        self.decide_report(now, report)
    }
}

impl Actor for CreditOffer {
    type Context = SyncContext;
}

impl<'a> Handler<HandleTransaction<'a>> for CreditOffer {
    type Result = Result<Decision, Refusal>;

    fn handle(&mut self, message: HandleTransaction<'a>, _: &mut SyncContext) -> Self::Result {
        self.decide(message.now, CreditAsk::Transact(message.transaction, message.arrival))
    }
}

/// Hands a report to the offer that it concerns.
pub(super) fn handle_report(offer: &mut Offer, now: Timestamp, report: &Report) -> Result<Decision, Refusal> {
    SyncContext::call(offer, HandleReport { now, report })
}

/// Hands a card transaction to a statement-credit offer.
pub(super) fn handle_transaction(
    offer: &mut CreditOffer,
    now: Timestamp,
    transaction: &Transaction,
    arrival: Arrival,
) -> Result<Decision, Refusal> {
    SyncContext::call(offer, HandleTransaction { now, transaction, arrival })
}
