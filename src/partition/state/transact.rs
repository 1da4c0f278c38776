//! Card transactions: which offers decide them, and what is answered.

use super::PartitionState;
use crate::domain::answer::{Answer, Transacted};
use crate::domain::campaign::Campaign;
use crate::domain::id::OfferNo;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::partition::decision_batch::DecisionBatch;

impl PartitionState {
    /// Lets every statement-credit offer that the transaction may concern decide it. Returns the weightiest
    /// of their answers: one that counts the transaction comes before those that do not.
    pub fn transact(
        &mut self,
        clock: Timestamp,
        transaction: &Transaction,
        batch: &mut DecisionBatch,
    ) -> Option<Answer> {
        let now = self.advance(clock, batch);
        let listing = self.credits().filter(|(_, offer)| offer.may_concern(transaction));
        let concerned: Vec<_> = listing.map(|(no, _)| no).collect();
        let mut answers = Vec::new();
        for offer in concerned {
            answers.extend(self.decide_transaction(offer, transaction, now, batch));
        }
        answers.into_iter().max_by_key(Answer::weight)
    }

    pub(super) fn decide_transaction(
        &mut self,
        offer: OfferNo,
        transaction: &Transaction,
        now: Timestamp,
        batch: &mut DecisionBatch,
    ) -> Option<Answer> {
        let campaign = self.campaign_of(offer)?;
        let first_new = batch.answers.len();
        let decide = self.handlers.transaction;
        let by_offer = |deciding: &mut Campaign| {
            let credit = deciding.credit_mut(offer).ok_or(Outcome::NotRelevant)?;
            decide(credit, now, transaction)
        };
        let answer = match self.decide_by(campaign, now, by_offer, batch) {
            Ok(_) => return batch.answers.get(first_new).cloned(),
            Err(Refusal::Duplicate(first)) => Answer { duplicate: true, ..*first },
            // Nothing was decided: the feed is notified that it must send the transaction again later.
            Err(refusal) if matches!(refusal.outcome(), Outcome::Future | Outcome::Overloaded) => {
                let account = &self.credit(offer)?.enrollment(&transaction.card)?.account;
                let transacted =
                    Transacted { transaction: transaction.id.clone(), credit: None, uses_left: None };
                Answer::to_transaction(now, offer, account, refusal.outcome(), transacted)
            }
            // The transaction does not concern the offer.
            Err(_) => return None,
        };
        self.note(&answer);
        batch.answers.push(answer.clone());
        Some(answer)
    }
}
