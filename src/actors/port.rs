//! The port of a partition: how posts, questions, changes, reports and ticks come in, wherever the partition runs.

use std::sync::Arc;

use actix::Message;
use futures_util::future::BoxFuture;

use super::collector::AnswerCollector;
use crate::api::offer_view::OfferView;
use crate::domain::command::{Command, Report};
use crate::domain::refusal::Refusal;
use crate::domain::transaction::Transaction;
use crate::partition::item::Item;
use crate::partition::query::{Query, QueryResult};

/// More is asked than may be queued; nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more posts are in flight than the engine may queue")]
pub struct Overloaded;

/// Posts for one partition, in the order of their arrival.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Batch {
    /// The posts.
    pub items: Vec<Item>,
    /// Gathers their answers.
    pub collector: Arc<AnswerCollector>,
}

/// Card transactions, in the order of their arrival. Answered with `false` if there is no room for them
/// now, and then none of them was judged.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub struct Feed {
    /// The transactions; the index of one is its slot in the answer.
    pub transactions: Arc<Vec<Transaction>>,
    /// Gathers their answers.
    pub collector: Arc<AnswerCollector>,
}

/// The result of a change.
#[derive(Debug)]
pub struct Changed {
    /// Whether it was made.
    pub made: Result<(), Refusal>,
    /// The offer after it; none, if the change was of an account.
    pub view: Option<OfferView>,
}

/// What stands before one partition. Every answer leaves when all that it rests on is durable.
pub trait PartitionPort: Send + Sync {
    /// Hands posts in and does not wait; their answers go to their collector.
    ///
    /// # Errors
    /// Gives the batch back where there is no room for it.
    fn submit(&self, batch: Batch) -> Result<(), Batch>;

    /// Hands card transactions in; their answers go to their collector.
    ///
    /// # Errors
    /// When there is no room for them now; then none of them was judged.
    fn transact(&self, feed: Feed) -> BoxFuture<'static, Result<(), Overloaded>>;

    /// Hands the providers' reports in. A partition that has finished takes no more: the effects that they
    /// report are then done again, under the same keys, after the next start.
    ///
    /// # Errors
    /// When there is no room for them now: try again.
    fn report(&self, reports: Vec<Report>) -> BoxFuture<'static, Result<(), Overloaded>>;

    /// Changes an offer's allotment, or what holds for an account.
    ///
    /// # Errors
    /// When there is no room for it now; then nothing was changed.
    fn change(&self, command: Command) -> BoxFuture<'static, Result<Changed, Overloaded>>;

    /// Reads the state.
    ///
    /// # Errors
    /// When there is no room for the question now.
    fn query(&self, query: Query) -> BoxFuture<'static, Result<QueryResult, Overloaded>>;

    /// Says that time has passed. May be lost where there is no room: the partition looks at the clock before each
    /// post anyway.
    fn tick(&self);

    /// Ends the partition: what was handed in before is decided and on its way to the journal when this returns.
    fn finish(&self) -> BoxFuture<'static, ()>;
}

/// The ports of a node's partitions, by their numbers.
pub type PartitionPorts = Arc<[Arc<dyn PartitionPort>]>;
