//! Submits posts, card transactions and commands, and returns their answers once the decisions are durable.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::handle::Node;
use crate::actors::collector::{AnswerCollector, Answers};
use crate::actors::port::{Batch, Changed, Feed, FeedTransaction, Overloaded, PartitionPort};
use crate::actors::router::Intake;
use crate::domain::answer::Answer;
use crate::domain::command::{Command, PostCommand};
use crate::domain::post::Post;
use crate::domain::transaction::Transaction;
use crate::intake::reading::Reading;
use crate::partition::item::Item;

impl Node {
    /// Submits posts, each with its slot in an answer of `slots` entries, and waits until their decisions are
    /// durable.
    ///
    /// # Errors
    /// When the node has more work than it may queue.
    pub async fn submit_posts(&self, posts: Vec<(u32, Post)>, slots: usize) -> Result<Answers, Overloaded> {
        let count = posts.len() as u64;
        self.gauges.posts.increment(count);
        let answers = self.route(posts, slots).inspect_err(|_| self.gauges.overloaded.increment(count))?;
        answers.await.map_err(|_| Overloaded)
    }

    fn route(&self, posts: Vec<(u32, Post)>, slots: usize) -> Result<oneshot::Receiver<Answers>, Overloaded> {
        let (collector, answers) = AnswerCollector::new(slots, self.admit(posts.len())?);
        let intake = Intake { posts, collector: Arc::new(collector) };
        self.parts.router.try_send(intake).map_err(|_| Overloaded)?;
        Ok(answers)
    }

    /// Whether a post is a status word of an account without a link: all words of such accounts together have a pace,
    /// which says nothing about the room for other posts.
    #[must_use]
    pub fn is_unlinked_word(&self, post: &Post) -> bool {
        let is_word = match self.catalog().read(post) {
            Reading::Refers(intent) => intent.status_change().is_some(),
            _ => false,
        };
        is_word && !self.parts.links.contains_key(&post.account)
    }

    /// Submits card transactions and waits until their decisions are durable. If several offers decide one,
    /// the answer is that of the offer that counts it.
    ///
    /// # Errors
    /// When the node has more work than it may queue.
    pub async fn submit_transactions(&self, transactions: Vec<Transaction>) -> Result<Answers, Overloaded> {
        let (collector, answers) = AnswerCollector::new(transactions.len(), self.admit(transactions.len())?);
        let known = |transaction: Transaction| {
            let holder = self.holders.find(&self.parts.links, &transaction.card, self.parts.clock.now());
            FeedTransaction { transaction, holder }
        };
        let (collector, transactions) =
            (Arc::new(collector), Arc::new(transactions.into_iter().map(known).collect::<Vec<_>>()));
        let arrival = self.parts.clock.arrival();
        for partition in &*self.parts.partitions {
            let feed =
                Feed { transactions: Arc::clone(&transactions), arrival, collector: Arc::clone(&collector) };
            // Partitions that took the feed have decided it; if it is sent again, they repeat their first
            // answers.
            partition.transact(feed).await?;
        }
        drop(collector);
        answers.await.map_err(|_| Overloaded)
    }

    /// Lets a partition decide an account's command that came by another way than a post. The answer is
    /// durable.
    ///
    /// # Errors
    /// When there is no room for it now; then nothing was decided.
    pub async fn submit_command(&self, partition: u32, command: PostCommand) -> Result<Answer, Overloaded> {
        let budget = Arc::clone(&self.budget).try_acquire_owned().map_err(|_| Overloaded)?;
        let (collector, answers) = AnswerCollector::new(1, budget);
        let items = vec![Item::Post { slot: 0, command }];
        let batch = Batch { items, collector: Arc::new(collector) };
        self.port(partition)?.submit(batch).map_err(|_| Overloaded)?;
        let answers = answers.await.map_err(|_| Overloaded)?;
        answers.into_iter().flatten().next().map(|slot| slot.answer).ok_or(Overloaded)
    }

    /// Changes something in a partition. When this returns, the change is durable, or was refused.
    ///
    /// # Errors
    /// When the partition accepts no more work now; then nothing was changed.
    pub async fn change(&self, partition: u32, command: Command) -> Result<Changed, Overloaded> {
        self.port(partition)?.change(command).await
    }

    /// The port of a partition; an unknown partition is reported as overloaded.
    pub(super) fn port(&self, partition: u32) -> Result<&dyn PartitionPort, Overloaded> {
        self.parts.partitions.get(partition as usize).map(AsRef::as_ref).ok_or(Overloaded)
    }

    /// Takes the budget of `posts` posts. While too many effects are pending, no posts are admitted: they
    /// would add more.
    fn admit(&self, posts: usize) -> Result<OwnedSemaphorePermit, Overloaded> {
        if self.outbox_pending() > self.parts.limits.outbox_pending {
            return Err(Overloaded);
        }
        let wanted = u32::try_from(posts).map_err(|_| Overloaded)?;
        Arc::clone(&self.budget).try_acquire_many_owned(wanted).map_err(|_| Overloaded)
    }
}
