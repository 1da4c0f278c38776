//! Routes: which partition hears a post, and as what. Plain code: the router's shell only carries the post there.

use std::sync::Arc;

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

/// The offers on sale, who may buy, and how many partitions there are.
#[derive(Debug, Clone)]
pub struct Routes {
    /// The offers.
    pub catalog: Arc<Catalog>,
    /// The linked accounts.
    pub links: Arc<Links>,
    /// How many partitions there are.
    pub partitions: usize,
}

impl Routes {
    /// Sorts posts into what each partition hears of them, in the order in which they came.
    #[must_use]
    pub fn sort(&self, now: Timestamp, posts: Vec<(u32, Post)>) -> Vec<Vec<Item>> {
        let readings: Vec<_> = posts.chunks(TOGETHER).flat_map(|posts| self.read(posts)).collect();
        let asking = posts.iter().zip(&readings).filter(|(_, reading)| reading.asks());
        let asking: Vec<_> = asking.map(|((_, post), _)| &post.account).collect();
        let share = asking.len() / self.partitions.max(1);
        let mut heard: Vec<Vec<Item>> = (0..self.partitions).map(|_| Vec::with_capacity(share)).collect();
        // On a machine of many processors the map has many parts, and each is locked for all who are asked for.
        let together = TOGETHER.max(self.links.shards().len());
        let mut links = asking.chunks(together).flat_map(|accounts| links_of(&self.links, accounts));
        // Of a post little is kept: that is copied out, which is less to move than the post.
        for ((slot, post), reading) in posts.iter().zip(readings) {
            let link = if reading.asks() { links.next().flatten() } else { None };
            self.route(now, *slot, post, reading, link, &mut heard);
        }
        heard
    }

    fn read(&self, posts: &[(u32, Post)]) -> impl Iterator<Item = Reading> {
        // Another processor wrote them down: the first word of each is asked for before any is read.
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
        heard: &mut [Vec<Item>],
    ) {
        match reading {
            Reading::Unrelated => {}
            Reading::Refused { listing, outcome } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let answer = Answer::new(now, Some(post.id.clone()), post.account.clone(), outcome);
                let answer = Answer { offer: Some(listing.offer), ..answer };
                push(heard, listing.partition, Item::Answered { slot, answer });
            }
            Reading::Asks { listing, intent, units } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let said = PostCommand::new(post, intent, link, units);
                push(heard, listing.partition, Item::Post { slot, post: said });
            }
            Reading::Refers(intent) => {
                // Strangers hold nothing that such a post could concern.
                if link.is_none() {
                    return;
                }
                let said = PostCommand::new(post, intent, link, 1);
                for items in heard {
                    items.push(Item::Post { slot, post: said.clone() });
                }
            }
        }
    }
}

fn push(heard: &mut [Vec<Item>], partition: u32, item: Item) {
    if let Some(items) = heard.get_mut(partition as usize) {
        items.push(item);
    }
}
