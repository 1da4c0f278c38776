//! How a partition lets its sessions and offers decide: by direct calls, or through their actors.

use crate::domain::arrival::Arrival;
use crate::domain::command::{PostCommand, Report};
use crate::domain::credit::{CreditAsk, CreditOffer};
use crate::domain::decision::Decision;
use crate::domain::offer::Offer;
use crate::domain::offers::Offers;
use crate::domain::refusal::Refusal;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;

/// A decision, or the reason of a refusal.
type Decided = Result<Decision, Refusal>;

/// The functions that let a session or an offer decide. They change no journaled state; the partition applies
/// the decision to every session and offer that it names.
///
/// Function pointers rather than a trait: the partition is compiled once, and an indirect call costs
/// nanoseconds, where a decision costs hundreds.
#[derive(Debug, Clone, Copy)]
pub struct Handlers {
    /// Lets a session decide its account's post, with the offers of its campaign.
    pub post: fn(&mut Session, Timestamp, &PostCommand, &Offers) -> Decided,
    /// Lets an offer decide on a provider's report about one of its orders.
    pub report: fn(&mut Offer, Timestamp, &Report) -> Decided,
    /// Lets a statement-credit offer decide a card transaction.
    pub transaction: fn(&mut CreditOffer, Timestamp, &Transaction, Arrival) -> Decided,
}

impl Handlers {
    /// Calls the `decide` functions directly, as replays, recordings and simulations do.
    pub const PLAIN: Self = Self {
        post: |session, now, post, offers| session.decide_post(now, post, offers),
        report: |offer, now, report| offer.decide_report(now, report),
        transaction: |offer, now, transaction, arrival| {
            offer.decide(now, CreditAsk::Transact(transaction, arrival))
        },
    };
}

impl Default for Handlers {
    fn default() -> Self {
        Self::PLAIN
    }
}
