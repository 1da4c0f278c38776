//! Accounts: their links, and what they have in all partitions.

use compact_str::CompactString;
use tokio::sync::oneshot;

use super::handle::Node;
use super::reads::ask;
use crate::actors::control::{AcceptClock, ChangeStatus, LinkAccount, Unfreeze, UnlinkAccount};
use crate::actors::port::Overloaded;
use crate::api::account_view::AccountActivity;
use crate::clock::Difference;
use crate::control::processor::NotLinked;
use crate::domain::id::{Account, PostId};
use crate::domain::link::{Link, LinkedAccount};
use crate::domain::status_word::{StatusKind, StatusWord};
use crate::partition::query::{Query, QueryResult};

impl Node {
    /// The card linked to an account.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<Link> {
        self.parts.links.get(account).map(|link| link.clone())
    }

    /// Links an account to a card. When this returns, the link is durable, posts see it, and every partition
    /// knows what the account said before.
    ///
    /// # Errors
    /// When too many links wait for the journal, or no more accounts may be linked.
    pub async fn link(&self, linked: LinkedAccount) -> Result<(), NotLinked> {
        let (then, made) = oneshot::channel();
        self.parts.control.try_send(LinkAccount { linked, then }).map_err(|_| NotLinked::Busy)?;
        made.await.map_err(|_| NotLinked::Busy)?
    }

    /// Unlinks an account. When this returns, no post sees the link, and what the account had not ordered is released.
    /// Returns whether it was linked, now or before.
    ///
    /// # Errors
    /// When control or a partition accepts no more work now. Try again: what was unlinked stays so.
    pub async fn unlink(&self, account: &Account) -> Result<bool, Overloaded> {
        let (then, unlinked) = oneshot::channel();
        let router = self.parts.router.clone().recipient();
        let message = UnlinkAccount { account: account.clone(), router, then };
        self.parts.control.try_send(message).map_err(|_| Overloaded)?;
        unlinked.await.map_err(|_| Overloaded)?
    }

    /// What an account and the card of its link have in all partitions.
    ///
    /// # Errors
    /// When a partition accepts no more queries now.
    pub async fn account_activity(
        &self,
        account: &Account,
        link: &Link,
    ) -> Result<AccountActivity, Overloaded> {
        let mut all = AccountActivity::default();
        for partition in self.partitions() {
            let (account, card) = (account.clone(), CompactString::new(link.token()));
            all.extend(self.activity_in(partition, account, card).await?);
        }
        Ok(all)
    }

    async fn activity_in(
        &self,
        partition: u32,
        account: Account,
        card: CompactString,
    ) -> Result<AccountActivity, Overloaded> {
        ask!(self, partition, Account { account, card })
    }

    /// Accepts the machine's clock: journal time is levelled with it, however far it is. Returns the difference from
    /// before; that it was accepted is durable.
    ///
    /// # Errors
    /// When control accepts no more work now.
    pub async fn accept_clock(&self) -> Result<Difference, Overloaded> {
        let (then, accepted) = oneshot::channel();
        self.parts.control.try_send(AcceptClock { then }).map_err(|_| Overloaded)?;
        accepted.await.map_err(|_| Overloaded)
    }

    /// Lifts an account's freeze. When this returns, that is durable.
    ///
    /// # Errors
    /// When control or a partition accepts no more work now. Try again: the partitions that have lifted the freeze keep
    /// that.
    pub async fn unfreeze(&self, account: &Account) -> Result<(), Overloaded> {
        let (then, lifted) = oneshot::channel();
        let message = Unfreeze { account: account.clone(), then };
        self.parts.control.try_send(message).map_err(|_| Overloaded)?;
        lifted.await.map_err(|_| Overloaded)?
    }

    /// Stops or starts a linked account's buying or replies, as a post of its owner would. `word` stands where that post's
    /// id would, and no two changes may have the same. When this returns, the change is durable in every partition.
    ///
    /// # Errors
    /// When control or a partition accepts no more work now, or the account is not linked.
    pub async fn change_status(
        &self,
        account: &Account,
        kind: StatusKind,
        stops: bool,
        word: PostId,
    ) -> Result<(), Overloaded> {
        let (then, changed) = oneshot::channel();
        let posted_at = self.parts.clock.now();
        let word =
            StatusWord { account: account.clone(), kind, stops, posted_at, post: Some(word), undid: None };
        self.parts.control.try_send(ChangeStatus { word, then }).map_err(|_| Overloaded)?;
        changed.await.map_err(|_| Overloaded)?
    }
}
