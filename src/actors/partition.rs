//! A partition: one journal, and the sessions and offers whose truth is in it, all on one arbiter.
//!
//! The partition's shell hands the posts of a batch to their sessions one by one, in the order in
//! which they arrived: who came first is served first, whoever else talks.

use std::rc::Rc;

use actix::fut::WrapFuture;
use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message};

pub use crate::partition::decision_batch::{AnswerRef, DecisionBatch};
pub use crate::partition::on_durable::{Committed, OnDurable};
pub use crate::partition::processor::PartitionProcessor;
pub use crate::partition::state::{PartitionState, SessionRef};

pub use crate::partition::item::Item;

use super::TOGETHER;
use super::offer::{OfferActor, ProviderReports};
use super::port::{Batch, Changed, Feed};
use super::session::PostHandled;
use crate::actors::sessions::Sessions;
use crate::api::offer_view::OfferView;
use crate::domain::command::{Command, Report};
use crate::domain::outcome::Outcome;
use crate::domain::time::Millis;
use crate::partition::query::{Query, QueryResult};

/// What providers reported. Answered with `false` if there is no room for it now: try again.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub struct Reports(pub Vec<Report>);

/// Time has passed.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Tick;

/// A question; the answer is handed over when all it rests on is durable.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Ask {
    /// The question.
    pub query: Query,
    /// Takes the answer. It is dropped where the partition has no room.
    pub then: Box<dyn FnOnce(QueryResult) + Send>,
}

/// An operator's change; the result is handed over when it is durable.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Change {
    /// Of an offer's allotment, or of what holds for an account.
    pub command: Command,
    /// Takes the result. It is dropped where the partition has no room.
    pub then: Box<dyn FnOnce(Changed) + Send>,
}

/// Finish: nothing more will come.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Finish;

/// Bounds of a partition's shells.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Batches that may wait.
    pub mailbox: usize,
    /// Sessions that may be live.
    pub sessions_live: usize,
    /// How long an idle session stays live.
    pub session_idle: Millis,
}

/// The shell of a partition.
pub struct PartitionActor {
    processor: Rc<PartitionProcessor>,
    sessions: Sessions,
    offers: Rc<Vec<Addr<OfferActor>>>,
    bounds: Bounds,
}

impl PartitionActor {
    /// A shell around the processor. To be called on the partition's arbiter.
    #[must_use]
    pub fn new(processor: PartitionProcessor, bounds: Bounds) -> Self {
        let processor = Rc::new(processor);
        // One for each number, whatever kind of offer has it: they are looked up by number.
        let numbers = processor.read(|partition| partition.numbers().collect::<Vec<_>>());
        let offers = numbers.into_iter().map(|_| OfferActor::new(Rc::clone(&processor)).start()).collect();
        let sessions = Sessions::new(Rc::clone(&processor), bounds.sessions_live, bounds.session_idle);
        Self { processor, sessions, offers: Rc::new(offers), bounds }
    }
}

impl Actor for PartitionActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.bounds.mailbox);
    }
}

impl Handler<Batch> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Batch { items, collector }: Batch, _: &mut Self::Context) {
        let no = self.processor.read(PartitionState::no);
        if !self.processor.admits_posts() {
            let now = self.processor.now();
            collector.enter(no, items.iter().map(|item| item.answer(now, Outcome::Overloaded)));
            return;
        }
        // Posts that came together are decided at one instant.
        let now = self.processor.now();
        let (mut answered, mut links) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        let mut items = items.into_iter();
        while items.len() > 0 {
            let next = items.as_slice();
            self.processor.read(|partition| partition.prefetch(next.get(..TOGETHER).unwrap_or(next)));
            for item in items.by_ref().take(TOGETHER) {
                answered.push(match item {
                    Item::Post { slot, post: said } => {
                        let PostHandled { answered, link } = self.sessions.handle_post(now, said);
                        links.extend(link);
                        (slot, answered)
                    }
                    Item::Answered { slot, answer } => (slot, self.processor.note_face(answer)),
                });
            }
        }
        self.processor.commit(Some(Box::new(move |batch| {
            collector.enter(no, answered.into_iter().map(|(slot, answered)| (slot, answered.read(batch))));
            drop(collector);
            // Giving a link back means writing to its count, which another processor has: not while the
            // partition waits for it.
            drop(links);
        })));
    }
}

impl Handler<Feed> for PartitionActor {
    type Result = bool;

    fn handle(&mut self, Feed { transactions, collector }: Feed, _: &mut Self::Context) -> bool {
        if !self.processor.admits_posts() {
            return false;
        }
        let no = self.processor.read(PartitionState::no);
        let judged = (0_u32..).zip(transactions.iter());
        let answered: Vec<_> =
            judged.filter_map(|(slot, each)| Some((slot, self.processor.transact(each)?))).collect();
        self.processor.commit(Some(Box::new(move |_| collector.enter(no, answered))));
        true
    }
}

impl Handler<Reports> for PartitionActor {
    type Result = bool;

    fn handle(&mut self, Reports(reports): Reports, ctx: &mut Self::Context) -> bool {
        if !self.processor.has_room() {
            return false;
        }
        let (processor, offers) = (Rc::clone(&self.processor), Rc::clone(&self.offers));
        let turns = async move {
            for told in ProviderReports::by_offer(reports) {
                let offer = told.offer().and_then(|no| offers.get(no.0 as usize));
                match offer {
                    Some(offer) => offer.send(told).await.expect("offers live as long as their partition"),
                    None => {
                        told.0.into_iter().for_each(|report| drop(processor.turn(&Command::Report(report))))
                    }
                }
            }
            processor.commit(None);
        };
        ctx.wait(turns.into_actor(self));
        true
    }
}

impl Handler<Tick> for PartitionActor {
    type Result = ();

    fn handle(&mut self, _: Tick, _: &mut Self::Context) {
        if self.processor.has_room() {
            self.processor.advance();
            self.processor.commit(None);
        }
        self.sessions.passivate(self.processor.now());
    }
}

impl Handler<Ask> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Ask { query, then }: Ask, _: &mut Self::Context) {
        // Without room the closure is dropped, and whoever waits for its answer learns it by that.
        if self.processor.has_room() {
            let result = self.processor.read(|partition| query.answer(partition));
            self.processor.commit(Some(Box::new(move |_| then(result))));
        }
    }
}

impl Handler<Change> for PartitionActor {
    type Result = ();

    fn handle(&mut self, Change { command, then }: Change, _: &mut Self::Context) {
        // Without room nothing is changed.
        if !self.processor.has_room() {
            return;
        }
        let made = self.processor.change(&command);
        let view = match &command {
            Command::Restock(change) | Command::Withdraw(change) => {
                self.processor.read(|partition| OfferView::of(partition, change.offer))
            }
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
