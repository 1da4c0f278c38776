//! The node, as the reading of one account asks it.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::deciding::{Submit, Submitted};
use super::winnable::can_win;
use crate::actors::collector::PartitionAnswer;
use crate::actors::node::Node;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::domain::time::{Millis, Timestamp};
use crate::networks::ShopAccount;

/// The node, asked from the thread that reads an account.
pub(super) struct ShopNode<'r> {
    pub(super) node: Arc<Node>,
    pub(super) runtime: &'r Runtime,
    pub(super) account: Arc<ShopAccount>,
}

impl ShopNode<'_> {
    /// Whether a post could win something at `now`; also true if a partition has no time to say.
    pub(super) fn can_anything_win(&self, now: Timestamp) -> bool {
        self.node.partitions().any(|partition| {
            let views = self.runtime.block_on(self.node.offer_views(partition));
            views.map_or(true, |views| views.iter().any(|view| can_win(view, now)))
        })
    }

    fn became(&self, post: &Post, slot: Option<PartitionAnswer>) -> Submitted {
        let Some(PartitionAnswer { answer, .. }) = slot else { return Submitted::Unrelated };
        match answer.outcome {
            Outcome::NotRelevant => Submitted::Unrelated,
            Outcome::Overloaded if self.node.is_unlinked_word(post) => Submitted::TooManyWords,
            Outcome::Overloaded if answer.others_have_room => Submitted::NoPlace,
            Outcome::Overloaded => Submitted::NoRoom,
            _ => Submitted::Decided,
        }
    }
}

impl Submit for ShopNode<'_> {
    fn submit(&self, posts: &[Post]) -> Vec<Submitted> {
        let slots = (0..).zip(posts.iter().cloned()).collect();
        match self.runtime.block_on(self.node.submit_posts(slots, posts.len())) {
            Ok(answers) => posts.iter().zip(answers).map(|(post, slot)| self.became(post, slot)).collect(),
            Err(_) => vec![Submitted::NoRoom; posts.len()],
        }
    }

    fn pause(&self, wait: Millis) -> bool {
        if self.account.is_serving() {
            self.account.wait(wait);
        }
        self.account.is_serving()
    }
}
