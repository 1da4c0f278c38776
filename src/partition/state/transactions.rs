//! Card transactions: which statement-credit offers decide one, and what answers it.

use super::PartitionState;
use crate::domain::answer::{Answer, Transacted};
use crate::domain::arrival::Arrival;
use crate::domain::campaign::Campaign;
use crate::domain::credit::CreditAsk;
use crate::domain::id::{Account, OfferNo};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionKind};
use crate::partition::decision_batch::DecisionBatch;

impl PartitionState {
    /// Lets every statement-credit offer that the transaction may concern decide it. `holder` is the account to
    /// which the card is linked, if it is known: the transaction of a card that is not enrolled yet waits for the
    /// enrollment. Returns the weightiest of the answers: one that counts the transaction comes before those
    /// that do not.
    pub fn transact(
        &mut self,
        clock: Timestamp,
        transaction: &Transaction,
        holder: Option<&Account>,
        arrival: Arrival,
        batch: &mut DecisionBatch,
    ) -> Option<Answer> {
        let now = self.advance(clock, batch);
        // A refund whose purchase no offer knows may belong to one that has not arrived yet.
        let is_refund = transaction.kind != TransactionKind::Purchase;
        let stray = is_refund && !self.credits().any(|(_, offer)| offer.knows_purchase_of(transaction));
        let listing = self.credits().filter(|(_, offer)| stray || offer.may_concern(transaction));
        let concerned: Vec<_> = listing.map(|(no, _)| no).collect();
        let mut answers = Vec::new();
        for offer in concerned {
            // A refund waits for an enrollment only where its purchase may be.
            let here = || self.credit(offer).is_some_and(|credit| credit.knows_purchase_of(transaction));
            let holder = holder.filter(|_| !is_refund || stray || here());
            answers.extend(self.decide_transaction(offer, transaction, holder, (now, arrival), batch));
        }
        answers.into_iter().max_by_key(Answer::weight)
    }

    pub(super) fn decide_transaction(
        &mut self,
        offer: OfferNo,
        transaction: &Transaction,
        holder: Option<&Account>,
        (now, arrival): (Timestamp, Arrival),
        batch: &mut DecisionBatch,
    ) -> Option<Answer> {
        let campaign = self.campaign_of(offer)?;
        let first_new = batch.answers.len();
        let decide = self.handlers.transaction;
        let by_offer = |deciding: &mut Campaign| {
            let credit = deciding.credit_mut(offer).ok_or(Outcome::NotRelevant)?;
            match (decide(credit, now, transaction, arrival), holder) {
                (Err(Refusal::Because(Outcome::NotRelevant)), Some(holder)) => {
                    credit.decide(now, CreditAsk::Park(transaction, arrival, holder))
                }
                (decided, _) => decided,
            }
        };
        let answer = match self.decide_by(campaign, now, by_offer, batch) {
            Ok(_) => return batch.answers.get(first_new).cloned(),
            Err(Refusal::Duplicate(first)) => Answer { duplicate: true, ..*first },
            // Nothing was decided: the feed is notified that it must send the transaction again later.
            Err(refusal) if matches!(refusal.outcome(), Outcome::Future | Outcome::Overloaded) => {
                let enrollment = self.credit(offer)?.enrollment(&transaction.card);
                let account = enrollment.map(|enrollment| &enrollment.account).or(holder)?;
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
