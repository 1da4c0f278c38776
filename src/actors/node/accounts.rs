//! Accounts: their links, and what they have in all partitions.

use std::sync::Arc;

use compact_str::CompactString;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::handle::{Node, NodeParts};
use super::reads::ask;
use crate::actors::control::{
    AcceptClock, ChangeStatus, LinkAccount, NotErased, NoteAddress, Unfreeze, UnlinkAccount, Unlinking,
};
use crate::actors::port::Overloaded;
use crate::api::account_view::AccountActivity;
use crate::backups::NotedErasure;
use crate::clock::Difference;
use crate::control::processor::NotLinked;
use crate::domain::id::{Account, PostId};
use crate::domain::link::{Card, Link, LinkedAccount};
use crate::domain::status_word::{StatusKind, StatusWord};
use crate::partition::query::{Query, QueryResult};
use crate::people::{Held, PeopleError, Person, PersonEdit};

/// The person behind an account cannot be read now; the log says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is kept of the person cannot be read now; try again")]
pub struct NoPerson;

/// Stores a person off the threads that answer requests, because the disk is waited for.
async fn store<T: Send + 'static>(
    put: impl FnOnce() -> Result<T, PeopleError> + Send + 'static,
) -> Result<T, NotLinked> {
    match spawn_blocking(put).await {
        Ok(Ok(stored)) => Ok(stored),
        Ok(Err(error)) => {
            tracing::error!(%error, "a person cannot be stored");
            Err(NotLinked::PersonNotStored)
        }
        Err(_) => Err(NotLinked::PersonNotStored),
    }
}

/// Whether a person has an address that somebody proved to read, or the shop vouches for.
fn gets_letters(person: &Person) -> bool {
    person.proven_address().is_some()
}

impl Node {
    /// The card linked to an account.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<Link> {
        self.parts.links.get(account).map(|link| link.clone())
    }

    /// Links an account to a card, for a shop that vouches for the e-mail address in the link. A link without one leaves the
    /// address that is known, and what else is known of the person stays. When this returns, link and address are durable, posts see the link, and every partition knows what
    /// the account said before.
    ///
    /// # Errors
    /// When too many links wait for the journal, no more accounts may be linked, or the address cannot be stored.
    pub async fn link(&self, linked: LinkedAccount) -> Result<(), NotLinked> {
        // The accounts file may say the same; then it goes on to be the file's link.
        let is_files = self.link_of(&linked.account).is_some_and(|known| known == linked.link);
        let (Some(people), false) = (self.parts.people.clone(), is_files) else {
            return self.record_link(linked).await;
        };
        self.check_room_for(&linked.account)?;
        let account = linked.account.clone();
        let given = linked.link.email().map(str::to_owned).or_else(|| self.filed_address(&account));
        // Also without an address: an account that was erased is one again from now on.
        let vouch = move |person: &mut PersonEdit| {
            if let Some(address) = &given {
                person.vouch_for(address);
            }
        };
        let person = store(move || people.link(&account, vouch)).await?;
        let link = linked.link.with_address_kept(gets_letters(&person));
        self.record_link(LinkedAccount { link, ..linked }).await
    }

    /// Links an account to a card that its owner gave, and changes what is known of its owner. An address of the accounts file
    /// is one that the shop vouches for, until the edit gives another one.
    ///
    /// # Errors
    /// As [`Self::link`].
    pub async fn link_card(
        &self,
        account: &Account,
        card: &Card,
        region: &str,
        edit: impl FnOnce(&mut PersonEdit) + Send + 'static,
    ) -> Result<Link, NotLinked> {
        let filed = self.filed_address(account);
        let edit = move |person: &mut PersonEdit| {
            if let Some(address) = &filed {
                person.vouch_for(address);
            }
            edit(person);
        };
        let link = match self.parts.people.clone() {
            None => {
                let person = PersonEdit::of_nobody(edit);
                Link::new(card, person.proven_address().unwrap_or_default(), region)
            }
            Some(people) => {
                self.check_room_for(account)?;
                let owner = account.clone();
                let person = store(move || people.link(&owner, edit)).await?;
                Link::new(card, "", region).with_address_kept(gets_letters(&person))
            }
        };
        self.record_link(LinkedAccount { account: account.clone(), link: link.clone() }).await?;
        Ok(link)
    }

    /// Notes whether letters reach the owner of an account. When this returns, that is durable, and claims are decided by it;
    /// an account without a link stays without one.
    ///
    /// # Errors
    /// When too many links wait for the journal.
    pub async fn note_address(&self, account: &Account, has_address: bool) -> Result<(), NotLinked> {
        let (then, noted) = oneshot::channel();
        let message = NoteAddress { account: account.clone(), has_address, then };
        self.parts.control.try_send(message).map_err(|_| NotLinked::Busy)?;
        noted.await.map_err(|_| NotLinked::Busy)?
    }

    /// Fails before a person is stored whose account could not be linked.
    fn check_room_for(&self, account: &Account) -> Result<(), NotLinked> {
        let NodeParts { links, limits, .. } = &self.parts;
        let is_full = links.len() >= limits.accounts_most && !links.contains_key(account);
        if is_full { Err(NotLinked::Full) } else { Ok(()) }
    }

    async fn record_link(&self, linked: LinkedAccount) -> Result<(), NotLinked> {
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
        self.keep_filed_address(account).await?;
        self.end_link(account, Unlinking::Unlink).await.map_err(|_| Overloaded)
    }

    /// Erases the person behind an account: unlinks it, releases what it had not ordered, and destroys the key of all that
    /// is kept of the person. Returns whether anything was known of the account, now or before.
    ///
    /// # Errors
    /// When control accepts no more work now, or the key cannot be destroyed. Try again: what was done stays so, and the
    /// next start completes what was recorded.
    pub async fn erase(&self, account: &Account) -> Result<bool, NotErased> {
        let people = self.parts.people.clone();
        let known = match (people.clone(), account.clone()) {
            (None, _) => false,
            (Some(people), account) => {
                // What cannot be read can be erased.
                let held = move || people.held(&account).map_or(true, |held| held != Held::Nothing);
                spawn_blocking(held).await.map_err(|_| NotErased::Overloaded)?
            }
        };
        let noted = self.note_erasure(account).await?;
        self.end_link(account, Unlinking::Erase { people, known, noted }).await
    }

    /// Writes the erasure into the ledger beside the backups, if there are any. It is the first thing that happens, so that no
    /// backup has the person without the ledger telling of the erasure.
    async fn note_erasure(&self, account: &Account) -> Result<Option<Arc<NotedErasure>>, NotErased> {
        let Some(ledger) = self.parts.erasures.clone() else { return Ok(None) };
        let (account, at) = (account.clone(), self.parts.clock.now());
        let noted =
            spawn_blocking(move || ledger.note(&account, at)).await.map_err(|_| NotErased::Overloaded)?;
        noted.map(|noted| Some(Arc::new(noted))).map_err(|error| {
            tracing::error!(%error, "the ledger of erasures cannot be written");
            NotErased::NotNoted
        })
    }

    async fn end_link(&self, account: &Account, unlinking: Unlinking) -> Result<bool, NotErased> {
        let (then, unlinked) = oneshot::channel();
        let router = self.parts.router.clone().recipient();
        let message = UnlinkAccount { account: account.clone(), unlinking, router, then };
        self.parts.control.try_send(message).map_err(|_| NotErased::Overloaded)?;
        unlinked.await.map_err(|_| NotErased::Overloaded)?
    }

    /// Keeps the address of an account that is linked by the accounts file and about to be unlinked: what it has ordered
    /// still brings letters.
    async fn keep_filed_address(&self, account: &Account) -> Result<(), Overloaded> {
        let filed = self.filed_address(account);
        let (Some(people), Some(address)) = (self.parts.people.clone(), filed) else { return Ok(()) };
        let account = account.clone();
        let kept = store(move || people.change(&account, |person| person.vouch_for(&address)));
        kept.await.map(drop).map_err(|_| Overloaded)
    }

    /// The address that the accounts file has of an account.
    fn filed_address(&self, account: &Account) -> Option<String> {
        self.link_of(account).and_then(|link| link.email().map(str::to_owned))
    }

    /// What is kept of the person behind an account; `None` if nothing is. The address of an account of the accounts file
    /// is the file's, which the shop vouches for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn person_of(&self, account: &Account) -> Result<Option<Person>, NoPerson> {
        let vouched = |address: String| Person { email_verified: true, ..Person::with_email(&address) };
        let filed = self.filed_address(account).map(vouched);
        let Some(people) = self.parts.people.clone() else { return Ok(filed) };
        let named = account.clone();
        let read = spawn_blocking(move || people.get(&named)).await.map_err(|_| NoPerson)?;
        let known = read.map_err(|error| {
            tracing::error!(%error, "a person cannot be read");
            NoPerson
        })?;
        Ok(match filed {
            Some(Person { email, email_verified, .. }) => {
                Some(Person { email, email_verified, ..known.unwrap_or_default() })
            }
            None => known,
        })
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
