//! The port of a partition: how posts, queries, changes, reports and ticks enter, wherever the partition
//! runs.

use std::sync::Arc;

use actix::Message;
use futures_util::future::BoxFuture;

use super::collector::AnswerCollector;
use crate::api::offer_view::OfferView;
use crate::domain::arrival::Arrival;
use crate::domain::command::{Command, Report};
use crate::domain::id::Account;
use crate::domain::refusal::Refusal;
use crate::domain::transaction::Transaction;
use crate::outbox::status::ReportsUnderWay;
use crate::partition::item::Item;
use crate::partition::query::{Query, QueryResult};

/// More work is requested than may be queued; nothing was decided.
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

/// A card transaction, and the account to which its card is linked, if one is known.
#[derive(Debug, Clone)]
pub struct FeedTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// The account; of several that share the card, one.
    pub holder: Option<Account>,
}

/// Card transactions, in the order of their arrival. Answered with `false` if there is no room for them now;
/// then none of them was decided.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub struct Feed {
    /// The transactions; the index of one is its slot in the answer.
    pub transactions: Arc<Vec<FeedTransaction>>,
    /// Their arrival by the wall clock.
    pub arrival: Arrival,
    /// Gathers their answers.
    pub collector: Arc<AnswerCollector>,
}

/// Providers' reports. Answered with `false` if there is no room for them now: the sender tries again.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub struct Reports {
    /// The reports.
    pub reports: Vec<Report>,
    /// Dropped once what they bring is durable and handed over.
    pub under_way: Arc<ReportsUnderWay>,
}

/// Time has passed: what is due is decided.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Tick;

/// A query. Its result is handed over once every record that it rests on is durable.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Ask {
    /// The query.
    pub query: Query,
    /// Receives the result. Dropped uncalled if the partition has no room.
    pub then: Box<dyn FnOnce(QueryResult) + Send>,
}

/// A change. Its result is handed over once it is durable.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Change {
    /// A change of an offer's allotment, or of an account's freeze.
    pub command: Command,
    /// Receives the result. Dropped uncalled if the partition has no room.
    pub then: Box<dyn FnOnce(Changed) + Send>,
}

/// Answered once everything that the router was given before is with the partitions.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Flush;

/// Ends the partition: no more messages will come.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Finish;

/// The result of a change.
#[derive(Debug)]
pub struct Changed {
    /// Whether the change was made, or why it was refused.
    pub made: Result<(), Refusal>,
    /// The offer after the change; none if an account was changed.
    pub view: Option<OfferView>,
}

/// The way into one partition. An answer leaves once every record that it rests on is durable.
pub trait PartitionPort: Send + Sync {
    /// Submits posts without waiting; their answers go to the batch's collector.
    ///
    /// # Errors
    /// Returns the batch if there is no room for it.
    fn submit(&self, batch: Batch) -> Result<(), Batch>;

    /// Submits card transactions; their answers go to the feed's collector.
    ///
    /// # Errors
    /// When there is no room for them now; then none of them was decided.
    fn transact(&self, feed: Feed) -> BoxFuture<'static, Result<(), Overloaded>>;

    /// Submits providers' reports. A finished partition discards them: the effects that they report are then
    /// executed again, under the same keys, after the next start.
    ///
    /// # Errors
    /// When there is no room for them now: try again.
    fn report(
        &self,
        reports: Vec<Report>,
        under_way: Arc<ReportsUnderWay>,
    ) -> BoxFuture<'static, Result<(), Overloaded>>;

    /// Changes an offer's allotment, or the status of an account.
    ///
    /// # Errors
    /// When there is no room for it now; then nothing was changed.
    fn change(&self, command: Command) -> BoxFuture<'static, Result<Changed, Overloaded>>;

    /// Reads the state.
    ///
    /// # Errors
    /// When there is no room for the query now.
    fn query(&self, query: Query) -> BoxFuture<'static, Result<QueryResult, Overloaded>>;

    /// Notifies the partition that time has passed. Without room the tick is lost, which is harmless: the
    /// partition reads the clock before each post anyway.
    fn tick(&self);

    /// Ends the partition. When this returns, everything submitted before is decided and on its way to the
    /// journal.
    fn finish(&self) -> BoxFuture<'static, ()>;
}

/// The ports of a node's partitions, by partition number.
pub type PartitionPorts = Arc<[Arc<dyn PartitionPort>]>;
