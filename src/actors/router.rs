//! The router: reads each post, and hands those that concern an offer to the partitions that own their
//! offers.

use std::sync::Arc;

use actix::{Actor, Addr, Context, Handler, Message};

use super::collector::{AnswerCollector, CONTROL};
use super::control::{ControlActor, Words};
use super::port::{Batch, PartitionPorts};
pub use super::routes::Links;
use super::routes::{Routed, RoutedWord, Routes};
use crate::clock::Clock;
use crate::control::catalog_handle::{CatalogHandle, CatalogReader};
use crate::domain::answer::Answer;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;

/// Posts that arrived together and are answered together.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Intake {
    /// The posts, each with its slot in the answer.
    pub posts: Vec<(u32, Post)>,
    /// Gathers the answers.
    pub collector: Arc<AnswerCollector>,
}

/// The router actor.
pub struct Router {
    catalog: CatalogReader,
    links: Arc<Links>,
    partitions: PartitionPorts,
    control: Addr<ControlActor>,
    clock: Clock,
    mailbox: usize,
}

impl Router {
    /// Creates a router in front of `partitions` and `control`. `mailbox` is the upper bound on waiting intakes.
    #[must_use]
    pub fn new(
        catalog: &CatalogHandle,
        links: Arc<Links>,
        partitions: PartitionPorts,
        control: Addr<ControlActor>,
        clock: Clock,
        mailbox: usize,
    ) -> Self {
        Self { catalog: catalog.reader(), links, partitions, control, clock, mailbox }
    }

    /// Hands the words to control before any partition gets them: what partitions record must not be unknown
    /// to control. Without room they are refused everywhere.
    fn tell_control(&self, routed: &mut Routed, collector: &Arc<AnswerCollector>) {
        if routed.words.is_empty() {
            return;
        }
        let words = Words { words: routed.words.clone(), collector: Arc::clone(collector) };
        if self.control.try_send(words).is_err() {
            let now = self.clock.now();
            let refused = routed.take_words().into_iter().map(|RoutedWord { slot, word, .. }| {
                (slot, Answer::new(now, word.post, word.account, Outcome::Overloaded))
            });
            collector.enter(CONTROL, refused);
        }
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
        // All posts of an intake are read with the same catalog.
        let catalog = self.catalog.current();
        let routes = Routes { catalog, links: &self.links, partitions: self.partitions.len() };
        let mut routed = routes.sort(self.clock.now(), posts);
        self.tell_control(&mut routed, &collector);
        for ((items, partition), no) in routed.items.into_iter().zip(&*self.partitions).zip(0..) {
            if items.is_empty() {
                continue;
            }
            let batch = Batch { items, collector: Arc::clone(&collector) };
            if let Err(batch) = partition.submit(batch) {
                let now = self.clock.now();
                let refused = batch.items.iter().map(|item| item.answer(now, Outcome::Overloaded));
                batch.collector.enter(no, refused);
            }
        }
    }
}
