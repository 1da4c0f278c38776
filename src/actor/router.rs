//! The router: stands before the firehose, reads each post on its face, and hands those that matter
//! to the partitions that own their offers.

use std::sync::Arc;

use actix::{Actor, Addr, Context, Handler, Message};
use dashmap::DashMap;

use super::collector::Collector;
use super::partition::{Batch, Item, PartitionActor};
use crate::clock::Clock;
use crate::domain::answer::Answer;
use crate::domain::catalog::{Catalog, Reading};
use crate::domain::command::Said;
use crate::domain::id::Account;
use crate::domain::link::Link;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;

/// Which card stands behind an account. Read by the router for each post; written by the linking page.
pub type Links = DashMap<Account, Arc<Link>, foldhash::quality::RandomState>;

/// Posts that arrived together, to be answered together.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Intake {
    /// The posts, each with its place in the answer.
    pub posts: Vec<(u32, Post)>,
    /// Where the answers are gathered.
    pub collector: Arc<Collector>,
}

/// The router's shell.
pub struct Router {
    catalog: Arc<Catalog>,
    links: Arc<Links>,
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
        Self { catalog, links, partitions, clock, mailbox }
    }

    /// Sorts one post into the batches of the partitions it concerns.
    fn route(&self, slot: u32, post: Post, batches: &mut [Vec<Item>]) {
        match self.catalog.read(&post) {
            Reading::Unrelated => {}
            Reading::Refused { listing, outcome } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let answer = Answer::new(self.clock.now(), Some(post.id), post.account, outcome);
                let answer = Answer { offer: Some(listing.offer), ..answer };
                push(batches, listing.partition, Item::Noted { slot, answer });
            }
            Reading::Asks { listing, wish, units } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let link = self.links.get(&post.account).map(|link| Arc::clone(&link));
                let said = Said::new(post, wish, link, units);
                push(batches, listing.partition, Item::Said { slot, said });
            }
            Reading::Refers(wish) => {
                // Strangers hold nothing that such a post could concern.
                let Some(link) = self.links.get(&post.account).map(|link| Arc::clone(&link)) else { return };
                let said = Said::new(post, wish, Some(link), 1);
                for batch in batches {
                    batch.push(Item::Said { slot, said: said.clone() });
                }
            }
        }
    }
}

fn push(batches: &mut [Vec<Item>], partition: u32, item: Item) {
    if let Some(batch) = batches.get_mut(partition as usize) {
        batch.push(item);
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
        let mut batches: Vec<Vec<Item>> = self.partitions.iter().map(|_| Vec::new()).collect();
        for (slot, post) in posts {
            self.route(slot, post, &mut batches);
        }
        for ((items, partition), no) in batches.into_iter().zip(&self.partitions).zip(0..) {
            if items.is_empty() {
                continue;
            }
            let batch = Batch { items, collector: Arc::clone(&collector) };
            if let Err(refused) = partition.try_send(batch) {
                let batch = refused.into_inner();
                let now = self.clock.now();
                let refused = batch.items.iter().map(|item| item.answer(now, Outcome::Overloaded)).collect();
                batch.collector.enter(no, refused);
            }
        }
    }
}
