//! The router: stands before the firehose, reads each post on its face, and hands those that matter
//! to the partitions that own their offers.

use std::sync::Arc;

use super::collector::AnswerCollector;
use super::partition::{Batch, PartitionActor};
pub use super::routes::Links;
use super::routes::Routes;
use crate::clock::Clock;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::intake::catalog::Catalog;
use actix::{Actor, Addr, Context, Handler, Message};

/// Posts that arrived together, to be answered together.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Intake {
    /// The posts, each with its place in the answer.
    pub posts: Vec<(u32, Post)>,
    /// Where the answers are gathered.
    pub collector: Arc<AnswerCollector>,
}

/// The router's shell.
pub struct Router {
    routes: Routes,
    partitions: Vec<Addr<PartitionActor>>,
    clock: Clock,
    mailbox: usize,
}

impl Router {
    /// A router before these partitions, in the order of their numbers. `mailbox` bounds the intakes
    /// that may wait.
    #[must_use]
    pub fn new(
        catalog: Arc<Catalog>,
        links: Arc<Links>,
        partitions: Vec<Addr<PartitionActor>>,
        clock: Clock,
        mailbox: usize,
    ) -> Self {
        let routes = Routes { catalog, links, partitions: partitions.len() };
        Self { routes, partitions, clock, mailbox }
    }
}

impl Actor for Router {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl Handler<Intake> for Router {
    type Result = ();

    fn handle(&mut self, Intake { posts, collector }: Intake, _: &mut Self::Context) {
        let heard = self.routes.sort(self.clock.now(), posts);
        for ((items, partition), no) in heard.into_iter().zip(&self.partitions).zip(0..) {
            if items.is_empty() {
                continue;
            }
            let batch = Batch { items, collector: Arc::clone(&collector) };
            if let Err(refused) = partition.try_send(batch) {
                let batch = refused.into_inner();
                let now = self.clock.now();
                let refused = batch.items.iter().map(|item| item.answer(now, Outcome::Overloaded));
                batch.collector.enter(no, refused);
            }
        }
    }
}
