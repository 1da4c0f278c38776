//! The router: reads each post, and hands those that concern an offer to the partitions that own their
//! offers, and the words of accounts to control.
//!
//! [`Routes`] decides where a post goes, in plain code that simulations drive too; the actor only delivers.

use std::sync::Arc;

use actix::{Actor, Addr, Context, Handler, Message};

use super::TOGETHER;
use super::collector::{AnswerCollector, CONTROL};
use super::control::{ControlActor, RoutedWord, Words};
use super::port::{Batch, Flush, PartitionPorts};
use crate::clock::Clock;
use crate::collections::prefetch::prefetch;
use crate::control::catalog_handle::{CatalogHandle, CatalogReader};
pub use crate::control::link_registry::Links;
use crate::control::link_registry::links_of;
use crate::domain::answer::Answer;
use crate::domain::arrival::{AgeOnArrival, Arrival};
use crate::domain::command::PostCommand;
use crate::domain::link::Link;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;
use crate::intake::catalog::Catalog;
use crate::intake::reading::Reading;
use crate::partition::item::Item;

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
    fn submit_words(&self, routed: &mut Routed, collector: &Arc<AnswerCollector>) {
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
        let mut routed = routes.sort(self.clock.now(), &self.clock.arrival(), posts);
        self.submit_words(&mut routed, &collector);
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

impl Handler<Flush> for Router {
    type Result = ();

    fn handle(&mut self, _: Flush, _: &mut Self::Context) {
        // An intake is routed to its end before the next message is taken.
    }
}

/// Where the posts of an intake go.
#[derive(Debug)]
pub struct Routed {
    /// The items of each partition.
    pub items: Vec<Vec<Item>>,
    /// The words for control.
    pub words: Vec<RoutedWord>,
}

/// What the routing of posts depends on.
#[derive(Debug, Clone, Copy)]
pub struct Routes<'a> {
    /// The offers on sale.
    pub catalog: &'a Catalog,
    /// The linked accounts.
    pub links: &'a Links,
    /// The number of partitions.
    pub partitions: usize,
}

impl Routes<'_> {
    /// Sorts posts into the items of each partition and the words for control, each in the order in which the
    /// posts came, at `now` in journal time and at `arrival` by the wall clock.
    #[must_use]
    pub fn sort(&self, now: Timestamp, arrival: &Arrival, posts: Vec<(u32, Post)>) -> Routed {
        let readings: Vec<_> = posts.chunks(TOGETHER).flat_map(|posts| self.read(posts)).collect();
        let asking = posts.iter().zip(&readings).filter(|(_, reading)| reading.asks());
        let asking: Vec<_> = asking.map(|((_, post), _)| &post.account).collect();
        let share = asking.len() / self.partitions.max(1);
        let items = (0..self.partitions).map(|_| Vec::with_capacity(share)).collect();
        let mut routed = Routed { items, words: Vec::new() };
        // On a machine with many cores the map has many shards, and each is locked once per chunk. So a chunk
        // has at least as many accounts as the map has shards.
        let together = TOGETHER.max(self.links.shards().len());
        let mut links = asking.chunks(together).flat_map(|accounts| links_of(self.links, accounts));
        // Few fields of a post are kept: copying them moves less than moving the post.
        for ((slot, post), reading) in posts.iter().zip(readings) {
            let link = if reading.asks() { links.next().flatten() } else { None };
            self.route((now, arrival), *slot, post, reading, link, &mut routed);
        }
        routed
    }

    fn read(&self, posts: &[(u32, Post)]) -> impl Iterator<Item = Reading> {
        // Another core wrote the posts: the start of each text is prefetched before any is read.
        let first_of = |post: &Post| post.text.as_bytes().first().copied().unwrap_or_default();
        prefetch(posts.iter().map(|(_, post)| usize::from(first_of(post))));
        self.catalog.prefetch(posts.iter().map(|(_, post)| post.text.as_str()));
        posts.iter().map(|(_, post)| self.catalog.read(post))
    }

    fn route(
        &self,
        (now, arrival): (Timestamp, &Arrival),
        slot: u32,
        post: &Post,
        reading: Reading,
        link: Option<Link>,
        routed: &mut Routed,
    ) {
        let posted_at = post.believed_at(arrival.at);
        match reading {
            Reading::Unrelated => {}
            Reading::Refused { listing, outcome } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let answer = Answer::new(now, Some(post.id.clone()), post.account.clone(), outcome);
                let answer = Answer { offer: Some(listing.offer), ..answer };
                routed.push(listing.partition, Item::Answered { slot, answer });
            }
            Reading::Asks { listing, intent, units } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let command = PostCommand::new(post, intent, link, units).arrived(posted_at, arrival);
                routed.push(listing.partition, Item::Post { slot, command });
            }
            Reading::Refers(intent) => {
                let command = PostCommand::new(post, intent, link, 1).arrived(posted_at, arrival);
                match command.status_word() {
                    Some(word) => routed.push_word(now, slot, word, command),
                    // An account without a link holds nothing that such a post could concern.
                    None if command.link.is_none() => {}
                    None => routed.push_everywhere(slot, &command),
                }
            }
        }
    }
}

impl Routed {
    fn push(&mut self, partition: u32, item: Item) {
        if let Some(items) = self.items.get_mut(partition as usize) {
            items.push(item);
        }
    }

    fn push_everywhere(&mut self, slot: u32, command: &PostCommand) {
        for items in &mut self.items {
            items.push(Item::Post { slot, command: command.clone() });
        }
    }

    /// Routes a word. Every journal gets it with one and the same time, or its registers would differ.
    fn push_word(&mut self, now: Timestamp, slot: u32, word: StatusWord, command: PostCommand) {
        if command.age_at(now) == AgeOnArrival::Future {
            // The post's own time is not credible, and the order of an account's words rests on it.
            let answer = Answer::new(now, word.post, word.account, Outcome::Future);
            return self.push(0, Item::Answered { slot, answer });
        }
        let posted_at = word.posted_at.min(now);
        let linked = command.link.is_some();
        if linked {
            self.push_everywhere(slot, &PostCommand { posted_at, ..command });
        }
        self.words.push(RoutedWord { slot, word: StatusWord { posted_at, ..word }, linked });
    }

    /// Takes the words, and the items of their posts, out again.
    pub fn take_words(&mut self) -> Vec<RoutedWord> {
        for items in &mut self.items {
            items.retain(
                |item| !matches!(item, Item::Post { command, .. } if command.status_word().is_some()),
            );
        }
        std::mem::take(&mut self.words)
    }
}
