//! The port of a partition whose actor runs in this process.

use actix::Addr;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use tokio::sync::oneshot;

use super::partition::{Ask, Change, Finish, PartitionActor, Reports, Tick};
use super::port::{Batch, Changed, Feed, Overloaded, PartitionPort};
use crate::domain::command::{Command, Report};
use crate::partition::query::{Query, QueryResult};

impl PartitionPort for Addr<PartitionActor> {
    fn submit(&self, batch: Batch) -> Result<(), Batch> {
        self.try_send(batch).map_err(actix::prelude::SendError::into_inner)
    }

    fn transact(&self, feed: Feed) -> BoxFuture<'static, Result<(), Overloaded>> {
        let taken = self.send(feed);
        async move { if taken.await.unwrap_or(false) { Ok(()) } else { Err(Overloaded) } }.boxed()
    }

    fn report(&self, reports: Vec<Report>) -> BoxFuture<'static, Result<(), Overloaded>> {
        let taken = self.send(Reports(reports));
        async move { if taken.await.unwrap_or(true) { Ok(()) } else { Err(Overloaded) } }.boxed()
    }

    fn change(&self, command: Command) -> BoxFuture<'static, Result<Changed, Overloaded>> {
        let (reply, changed) = oneshot::channel();
        let then = Box::new(move |changed| drop(reply.send(changed)));
        answer(self.try_send(Change { command, then }).is_ok(), changed)
    }

    fn query(&self, query: Query) -> BoxFuture<'static, Result<QueryResult, Overloaded>> {
        let (reply, result) = oneshot::channel();
        let then = Box::new(move |result| drop(reply.send(result)));
        answer(self.try_send(Ask { query, then }).is_ok(), result)
    }

    fn tick(&self) {
        self.try_send(Tick).ok();
    }

    fn finish(&self) -> BoxFuture<'static, ()> {
        self.send(Finish).map(drop).boxed()
    }
}

/// The answer to a message. A partition without room drops the sender of the answer.
fn answer<T: Send + 'static>(
    sent: bool,
    answer: oneshot::Receiver<T>,
) -> BoxFuture<'static, Result<T, Overloaded>> {
    if !sent {
        return std::future::ready(Err(Overloaded)).boxed();
    }
    answer.map_err(|_| Overloaded).boxed()
}
