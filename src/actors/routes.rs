//! Routes: which partition gets a post, and as which command. Plain code: the router actor only delivers the
//! items.

use super::TOGETHER;
use super::partition::Item;
use crate::collections::prefetch::prefetch;
pub use crate::control::link_registry::Links;
use crate::control::link_registry::links_of;
use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::link::Link;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::intake::catalog::Catalog;
use crate::intake::reading::Reading;

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
    /// Sorts posts into the items of each partition, in the order in which they came.
    #[must_use]
    pub fn sort(&self, now: Timestamp, posts: Vec<(u32, Post)>) -> Vec<Vec<Item>> {
        let readings: Vec<_> = posts.chunks(TOGETHER).flat_map(|posts| self.read(posts)).collect();
        let asking = posts.iter().zip(&readings).filter(|(_, reading)| reading.asks());
        let asking: Vec<_> = asking.map(|((_, post), _)| &post.account).collect();
        let share = asking.len() / self.partitions.max(1);
        let mut routed: Vec<Vec<Item>> = (0..self.partitions).map(|_| Vec::with_capacity(share)).collect();
        // On a machine with many cores the map has many shards, and each is locked once per chunk. So a chunk
        // has at least as many accounts as the map has shards.
        let together = TOGETHER.max(self.links.shards().len());
        let mut links = asking.chunks(together).flat_map(|accounts| links_of(self.links, accounts));
        // Few fields of a post are kept: copying them moves less than moving the post.
        for ((slot, post), reading) in posts.iter().zip(readings) {
            let link = if reading.asks() { links.next().flatten() } else { None };
            self.route(now, *slot, post, reading, link, &mut routed);
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
        now: Timestamp,
        slot: u32,
        post: &Post,
        reading: Reading,
        link: Option<Link>,
        routed: &mut [Vec<Item>],
    ) {
        match reading {
            Reading::Unrelated => {}
            Reading::Refused { listing, outcome } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let answer = Answer::new(now, Some(post.id.clone()), post.account.clone(), outcome);
                let answer = Answer { offer: Some(listing.offer), ..answer };
                push(routed, listing.partition, Item::Answered { slot, answer });
            }
            Reading::Asks { listing, intent, units } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let command = PostCommand::new(post, intent, link, units);
                push(routed, listing.partition, Item::Post { slot, command });
            }
            Reading::Refers(intent) => {
                // An account without a link holds nothing that such a post could concern.
                if link.is_none() {
                    return;
                }
                let command = PostCommand::new(post, intent, link, 1);
                for items in routed {
                    items.push(Item::Post { slot, command: command.clone() });
                }
            }
        }
    }
}

fn push(routed: &mut [Vec<Item>], partition: u32, item: Item) {
    if let Some(items) = routed.get_mut(partition as usize) {
        items.push(item);
    }
}
