//! How a partition asks its sessions and offers to decide: by plain calls, or through their actors.

use crate::domain::command::{PostCommand, Report};
use crate::domain::credit::{CreditAsk, CreditOffer};
use crate::domain::decision::Decision;
use crate::domain::offer::{Ask, Offer};
use crate::domain::offers::Offers;
use crate::domain::refusal::Refusal;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;

/// What a decision is, or the reason why there is none.
type Decided = Result<Decision, Refusal>;

/// The functions that let a session or an offer decide. They change nothing that the journal knows; what is decided is
/// applied by the partition, to every session and offer that the decision names.
///
/// Functions and not a trait: the partition is compiled once, and an indirect call costs nanoseconds where a decision
/// costs hundreds.
#[derive(Debug, Clone, Copy)]
pub struct Handlers {
    /// Lets a session decide its account's post, with the offers of its campaign.
    pub post: fn(&mut Session, Timestamp, &PostCommand, &Offers) -> Decided,
    /// Lets an offer decide what a provider's report about one of its orders brings about.
    pub report: fn(&mut Offer, Timestamp, &Report) -> Decided,
    /// Lets a statement-credit offer decide a card transaction.
    pub transaction: fn(&mut CreditOffer, Timestamp, &Transaction) -> Decided,
}

impl Handlers {
    /// Calls the deciders themselves: what a replay, a recording and a simulation do.
    pub const PLAIN: Self = Self {
        post: |session, now, post, offers| session.decide_post(now, post, offers),
        report: |offer, now, report| offer.decide(now, Ask::Report(report)),
        transaction: |offer, now, transaction| offer.decide(now, CreditAsk::Transact(transaction)),
    };
}

impl Default for Handlers {
    fn default() -> Self {
        Self::PLAIN
    }
}
