//! Operating: what a shop asks of a running engine besides posts, and what a buyer confirms by a link.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{ConfirmLinks, Engine, Overloaded};
use crate::actors::collector::AnswerCollector;
use crate::actors::partition::{Batch, Change, Changed, Item};
use crate::api::draw_view::DrawView;
use crate::domain::answer::Answer;
use crate::domain::command::{Command, PostCommand};
use crate::domain::id::Account;
use crate::domain::listing::Listing;

impl Engine {
    /// The links by which buyers confirm.
    #[must_use]
    pub fn confirm_links(&self) -> Option<&ConfirmLinks> {
        self.confirm_links.as_ref()
    }

    /// Changes something in a partition; when this returns, the change is durable, or was refused.
    ///
    /// # Errors
    /// When the partition takes no more work now; then nothing was changed.
    pub async fn change(&self, partition: u32, command: Command) -> Result<Changed, Overloaded> {
        let (tell, told) = oneshot::channel();
        let then = Box::new(move |changed| drop(tell.send(changed)));
        let partition = self.partitions.get(partition as usize).ok_or(Overloaded)?;
        partition.try_send(Change { command, then }).map_err(|_| Overloaded)?;
        told.await.map_err(|_| Overloaded)
    }

    /// Lets an account buy again that had stopped itself; when this returns, that is durable.
    ///
    /// # Errors
    /// When a partition takes no more work now: ask again, what is done stays done.
    pub async fn unfreeze(&self, account: &Account) -> Result<(), Overloaded> {
        for partition in self.partitions() {
            self.change(partition, Command::Unfreeze(account.clone())).await?;
        }
        Ok(())
    }

    /// Lets a partition judge what somebody says by another way than a post. The answer is durable.
    ///
    /// # Errors
    /// When there is no room for it now; then nothing was decided.
    pub async fn say(&self, partition: u32, said: PostCommand) -> Result<Answer, Overloaded> {
        let budget = Arc::clone(&self.budget).try_acquire_owned().map_err(|_| Overloaded)?;
        let (collector, answers) = AnswerCollector::new(1, budget);
        let batch = Batch { items: vec![Item::Post { slot: 0, post: said }], collector: Arc::new(collector) };
        let partition = self.partitions.get(partition as usize).ok_or(Overloaded)?;
        partition.try_send(batch).map_err(|_| Overloaded)?;
        let answers = answers.await.map_err(|_| Overloaded)?;
        answers.into_iter().flatten().next().map(|placed| placed.answer).ok_or(Overloaded)
    }

    /// How the draw of an offer stands, if its opening is drawn.
    ///
    /// # Errors
    /// When the partition takes no more questions now.
    pub async fn draw(&self, listing: &Listing) -> Result<Option<DrawView>, Overloaded> {
        let offer = listing.offer;
        self.read(listing.partition, move |partition| partition.offer(offer).and_then(DrawView::new)).await
    }
}
