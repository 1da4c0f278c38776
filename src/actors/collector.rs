//! A collector: gathers the answers to one intake of posts from the partitions and control, as they become
//! durable. It
//! replies when the last reference to it is dropped.

use std::sync::Mutex;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

pub use crate::control::journal::CONTROL;
use crate::domain::answer::Answer;

/// An answer, and the partition whose offer and reservation numbers it uses.
#[derive(Debug, Clone)]
pub struct PartitionAnswer {
    /// The partition's number, or [`CONTROL`].
    pub partition: u32,
    /// The answer.
    pub answer: Answer,
}

/// Answers by the slot of their post in the intake; none for a post that concerns no offer.
pub type Answers = Vec<Option<PartitionAnswer>>;

/// Gathers the answers to one intake. The partitions and control share it by `Arc`; dropping the last reference sends the
/// answers.
#[derive(Debug)]
pub struct AnswerCollector {
    answers: Mutex<Answers>,
    reply: Option<oneshot::Sender<Answers>>,
    /// The intake's share of the budget of posts in flight, returned with the answers.
    _budget: OwnedSemaphorePermit,
}

impl AnswerCollector {
    /// Creates a collector for `posts` posts, and the channel on which their answers arrive.
    #[must_use]
    pub fn new(posts: usize, budget: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Answers>) {
        let (reply, answers) = oneshot::channel();
        (Self { answers: Mutex::new(vec![None; posts]), reply: Some(reply), _budget: budget }, answers)
    }

    /// Enters durable answers. If several partitions answer the same slot, the weightiest answer counts; of
    /// equals, the first.
    pub fn enter(&self, partition: u32, answered: impl IntoIterator<Item = (u32, Answer)>) {
        let mut answers = self.answers.lock().expect("no panic is survived");
        for (slot, answer) in answered {
            let Some(place) = answers.get_mut(slot as usize) else { continue };
            if place.as_ref().is_none_or(|earlier| earlier.answer.weight() < answer.weight()) {
                *place = Some(PartitionAnswer { partition, answer });
            }
        }
    }
}

impl Drop for AnswerCollector {
    fn drop(&mut self) {
        let answers = std::mem::take(&mut *self.answers.lock().expect("no panic is survived"));
        if let Some(reply) = self.reply.take() {
            // The receiver is gone if the client disconnected; the decisions stand all the same.
            reply.send(answers).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::{Answer, AnswerCollector};
    use crate::domain::answer::Transacted;
    use crate::domain::id::{Account, Network};
    use crate::domain::outcome::Outcome;
    use crate::domain::time::Timestamp;
    use crate::domain::transaction::TransactionId;

    #[test]
    fn the_answer_of_the_offer_that_counts_a_transaction_wins_in_any_order() {
        let account = Account::parse(Network::X, "1").unwrap();
        let answer = |outcome| Answer::new(Timestamp::MIN, None, account.clone(), outcome);
        let unconcerned = answer(Outcome::NotRelevant);
        let parked = answer(Outcome::NothingToConfirm);
        let transaction = TransactionId::parse("r-1").unwrap();
        let transacted = Transacted { transaction, credit: "5.00 USD".parse().ok(), uses_left: None };
        let reversed = Answer { transacted: Some(Box::new(transacted)), ..answer(Outcome::CreditReversed) };
        let orders = [[&unconcerned, &parked, &reversed], [&reversed, &parked, &unconcerned]];
        for order in orders {
            let budget = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
            let (collector, mut answers) = AnswerCollector::new(1, budget);
            for (partition, answer) in (0..).zip(order) {
                collector.enter(partition, vec![(0, answer.clone())]);
            }
            drop(collector);
            let received = answers.try_recv().unwrap().pop().flatten();
            assert_eq!(received.map(|placed| placed.answer), Some(reversed.clone()));
        }
    }
}
