//! Routes: which partition hears a post, and as what. Plain code: the router's shell only carries the post there.

use std::sync::Arc;

use dashmap::DashMap;

use super::partition::Item;
use crate::domain::answer::Answer;
use crate::domain::catalog::{Catalog, Reading};
use crate::domain::command::Said;
use crate::domain::id::Account;
use crate::domain::link::Link;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;

/// Which card stands behind an account. Read by the router for each post; written by the linking page.
pub type Links = DashMap<Account, Arc<Link>, foldhash::quality::RandomState>;

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
        let mut heard: Vec<Vec<Item>> = (0..self.partitions).map(|_| Vec::new()).collect();
        for (slot, post) in posts {
            self.route(now, slot, post, &mut heard);
        }
        heard
    }

    fn route(&self, now: Timestamp, slot: u32, post: Post, heard: &mut [Vec<Item>]) {
        match self.catalog.read(&post) {
            Reading::Unrelated => {}
            Reading::Refused { listing, outcome } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let answer = Answer::new(now, Some(post.id), post.account, outcome);
                let answer = Answer { offer: Some(listing.offer), ..answer };
                push(heard, listing.partition, Item::Noted { slot, answer });
            }
            Reading::Asks { listing, wish, units } => {
                let Some(listing) = self.catalog.listings().get(listing) else { return };
                let link = self.links.get(&post.account).map(|link| Arc::clone(&link));
                let said = Said::new(post, wish, link, units);
                push(heard, listing.partition, Item::Said { slot, said });
            }
            Reading::Refers(wish) => {
                // Strangers hold nothing that such a post could concern.
                let Some(link) = self.links.get(&post.account).map(|link| Arc::clone(&link)) else { return };
                let said = Said::new(post, wish, Some(link), 1);
                for items in heard {
                    items.push(Item::Said { slot, said: said.clone() });
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
