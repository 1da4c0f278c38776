//! The partition's actor: one journal, and the sessions and offers whose state it records, all on one
//! arbiter.
//!
//! It handles the posts of a batch one by one, in the order of their arrival: first come, first served.

use std::sync::Arc;

use actix::{Actor, ActorContext, Addr, Context, Handler};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use tokio::sync::oneshot;

pub use crate::partition::decision_batch::{AnswerRef, DecisionBatch};
pub use crate::partition::item::Item;
pub use crate::partition::on_durable::{Committed, OnDurable};
pub use crate::partition::processor::PartitionProcessor;
pub use crate::partition::state::PartitionState;

use super::port::{Ask, Batch, Change, Changed, Feed, Finish, Overloaded, PartitionPort, Reports, Tick};
use super::{TOGETHER, offer, session};
use crate::api::offer_view::OfferView;
use crate::domain::command::{Command, Report, StockChange};
use crate::domain::outcome::Outcome;
use crate::domain::sale_order::SaleOrder;
use crate::outbox::status::ReportsUnderWay;
use crate::partition::handlers::Handlers;
use crate::partition::query::{Query, QueryResult};

/// A live partition's sessions and offers decide through their actors.
const HANDLERS: Handlers = Handlers {
    post: session::handle_post,
    report: offer::handle_report,
    transaction: offer::handle_transaction,
};

/// A partition as an actor: a mailbox in front of its processor.
pub struct PartitionActor {
    processor: PartitionProcessor,
    mailbox: usize,
}

impl PartitionActor {
    /// Creates an actor that drives `processor`. `mailbox` is the upper bound on waiting messages.
    #[must_use]
    pub fn new(processor: PartitionProcessor, mailbox: usize) -> Self {
        Self { processor: processor.with_handlers(HANDLERS), mailbox }
    }
}

impl Actor for PartitionActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl Handler<Batch> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Batch { items, collector }: Batch, _: &mut Self::Context) {
        let no = self.processor.state().no();
        if !self.processor.admits_posts() {
            let now = self.processor.now();
            collector.enter(no, items.iter().map(|item| item.answer(now, Outcome::Overloaded)));
            return;
        }
        // Posts of one batch are decided at the same instant.
        let now = self.processor.now();
        let (mut answered, mut links) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        let mut items = items.into_iter();
        while items.len() > 0 {
            let next = items.as_slice();
            self.processor.state().prefetch(next.get(..TOGETHER).unwrap_or(next));
            for item in items.by_ref().take(TOGETHER) {
                answered.push(match item {
                    Item::Post { slot, command } => {
                        let answer = self.processor.handle_post(now, &command);
                        links.extend(command.link);
                        (slot, answer)
                    }
                    Item::Answered { slot, answer } => (slot, self.processor.note_catalog_answer(answer)),
                });
            }
        }
        self.processor.commit(Some(Box::new(move |batch| {
            collector.enter(no, answered.into_iter().map(|(slot, answered)| (slot, answered.read(batch))));
            drop(collector);
            // Dropping a link writes to its reference count, whose cache line another core may own. It
            // happens here, so that the partition does not wait for it before the commit.
            drop(links);
        })));
    }
}

impl Handler<Feed> for PartitionActor {
    type Result = bool;

    fn handle(&mut self, Feed { transactions, arrival, collector }: Feed, _: &mut Self::Context) -> bool {
        if !self.processor.admits_posts() {
            return false;
        }
        let no = self.processor.state().no();
        let judged = (0_u32..).zip(transactions.iter());
        let answered: Vec<_> = judged
            .filter_map(|(slot, each)| {
                Some((slot, self.processor.transact(&each.transaction, each.holder.as_ref(), arrival)?))
            })
            .collect();
        self.processor.commit(Some(Box::new(move |_| collector.enter(no, answered))));
        true
    }
}

impl Handler<Reports> for PartitionActor {
    type Result = bool;

    fn handle(&mut self, Reports { reports, under_way }: Reports, _: &mut Self::Context) -> bool {
        if !self.processor.has_room() {
            return false;
        }
        for report in reports {
            self.processor.handle(&Command::Report(report));
        }
        self.processor.commit(Some(Box::new(move |_| drop(under_way))));
        true
    }
}

impl Handler<Tick> for PartitionActor {
    type Result = ();

    fn handle(&mut self, _: Tick, _: &mut Self::Context) {
        self.processor.tick();
    }
}

impl Handler<Ask> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Ask { query, then }: Ask, _: &mut Self::Context) {
        // Without room, `then` is dropped, and the caller's channel closes.
        if self.processor.has_room() {
            let result = query.answer(self.processor.state());
            self.processor.commit(Some(Box::new(move |_| then(result))));
        }
    }
}

impl Handler<Change> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Change { command, then }: Change, _: &mut Self::Context) {
        // Without room, nothing is changed, and the caller's channel closes.
        if !self.processor.has_room() {
            return;
        }
        let made = self.processor.change(&command);
        let view = match &command {
            Command::Restock(StockChange { offer, .. })
            | Command::Withdraw(StockChange { offer, .. })
            | Command::Operate(SaleOrder { offer, .. }) => OfferView::of(self.processor.state(), *offer),
            _ => None,
        };
        self.processor.commit(Some(Box::new(move |_| then(Changed { made, view }))));
    }
}

impl Handler<Finish> for PartitionActor {
    type Result = ();

    fn handle(&mut self, _: Finish, ctx: &mut Self::Context) {
        self.processor.commit(None);
        ctx.stop();
    }
}

impl PartitionPort for Addr<PartitionActor> {
    fn submit(&self, batch: Batch) -> Result<(), Batch> {
        self.try_send(batch).map_err(actix::prelude::SendError::into_inner)
    }

    fn transact(&self, feed: Feed) -> BoxFuture<'static, Result<(), Overloaded>> {
        let taken = self.send(feed);
        async move { if taken.await.unwrap_or(false) { Ok(()) } else { Err(Overloaded) } }.boxed()
    }

    fn report(
        &self,
        reports: Vec<Report>,
        under_way: Arc<ReportsUnderWay>,
    ) -> BoxFuture<'static, Result<(), Overloaded>> {
        let taken = self.send(Reports { reports, under_way });
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
