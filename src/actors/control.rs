//! The control actor: a mailbox in front of the control journal. Status words come from the router; links and
//! unfreezings come from the node.

use std::collections::HashSet;
use std::sync::Arc;

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, WrapFuture,
};
use tokio::sync::oneshot;

use super::collector::{AnswerCollector, CONTROL};
use super::port::{Flush, Overloaded, PartitionPorts};
use crate::backups::NotedErasure;
use crate::clock::{Clock, Difference};
use crate::control::link_registry::Links;
use crate::control::processor::{ControlProcessor, NotLinked};
use crate::domain::answer::Answer;
use crate::domain::command::Command;
use crate::domain::id::Account;
use crate::domain::link::LinkedAccount;
use crate::domain::outcome::Outcome;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Millis;
use crate::people::People;
use crate::telemetry::{Telemetry, UnlinkedMeters};

/// A word of an account on its status, as the router read it.
#[derive(Debug, Clone)]
pub struct RoutedWord {
    /// The slot of its post in the answer to the intake.
    pub slot: u32,
    /// The word.
    pub word: StatusWord,
    /// Whether the account has a link, and the partitions get the post too.
    pub linked: bool,
}

/// The words of an intake's posts, in the order of their arrival.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Words {
    /// The words.
    pub words: Vec<RoutedWord>,
    /// Replies once everything that it waits for is durable.
    pub collector: Arc<AnswerCollector>,
}

/// Links an account. Answered once posts see the link.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LinkAccount {
    /// The link.
    pub linked: LinkedAccount,
    /// Gets the result; dropped if there is no room now.
    pub then: oneshot::Sender<Result<(), NotLinked>>,
}

/// Notes whether letters reach the owner of an account, if it is linked. Answered once posts see it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct NoteAddress {
    /// The account.
    pub account: Account,
    /// Whether there is an address that its owner proved, or the shop vouches for.
    pub has_address: bool,
    /// Gets the result; dropped if there is no room now.
    pub then: oneshot::Sender<Result<(), NotLinked>>,
}

/// Lets an account buy again. Answered once that is durable in every partition.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Unfreeze {
    /// The account.
    pub account: Account,
    /// Gets the result; dropped if there is no room now.
    pub then: oneshot::Sender<Result<(), Overloaded>>,
}

/// Changes the status of a linked account. Answered once that is durable in every partition.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeStatus {
    /// The change.
    pub word: StatusWord,
    /// Gets the result; dropped if there is no room now, or the account is not linked.
    pub then: oneshot::Sender<Result<(), Overloaded>>,
}

/// Why a person is not erased yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotErased {
    /// There is no room now.
    #[error("{Overloaded}")]
    Overloaded,
    /// The key is not destroyed yet; the log says why. The next start destroys it, or another order.
    #[error("the erasure is recorded, and the key could not be destroyed yet; try again")]
    KeyLeft,
    /// The ledger beside the backups cannot be written; the log says why. A backup would bring the person back.
    #[error(
        "nothing is erased, because the ledger of erasures beside the backups cannot be written; try again"
    )]
    NotNoted,
}

/// What happens to an account that loses its link.
#[derive(Debug, Clone)]
pub enum Unlinking {
    /// It has no card any more.
    Unlink,
    /// The person behind it is erased as well.
    Erase {
        /// Where people are kept; `None` in a node that keeps none.
        people: Option<People>,
        /// Whether something is, or was, kept of the person.
        known: bool,
        /// The line of the ledger beside the backups, kept until the key is destroyed; `None` in a node without backups.
        noted: Option<Arc<NotedErasure>>,
    },
}

/// Unlinks an account. Answered once no post sees its link, and what it had not ordered is released in every
/// partition; if it is erased, once its key is destroyed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct UnlinkAccount {
    /// The account.
    pub account: Account,
    /// What happens to it.
    pub unlinking: Unlinking,
    /// The router, whose earlier posts saw the link.
    pub router: Recipient<Flush>,
    /// Gets whether the account was known; dropped if there is no room now.
    pub then: oneshot::Sender<Result<bool, NotErased>>,
}

/// Accepts the machine's clock. Answered once that is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AcceptClock {
    /// Gets the difference from before.
    pub then: oneshot::Sender<Difference>,
}

/// Ends the actor. Earlier messages are decided and on their way to the journal.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Finish;

/// Receives the recorded words of accounts without a link, once they are durable.
pub type UnlinkedTail = Arc<dyn Fn(&[StatusWord]) + Send + Sync>;

/// How long to wait before a partition without room is asked again to release what an erased account holds.
const RELEASE_AGAIN: Millis = Millis::from_secs(1);

/// The control journal as an actor.
pub struct ControlActor {
    processor: ControlProcessor,
    links: Arc<Links>,
    partitions: PartitionPorts,
    clock: Clock,
    mailbox: usize,
    /// Accounts that are being linked or unlinked: partitions are still being told.
    linking: HashSet<Account>,
    tail: UnlinkedTail,
    telemetry: Arc<Telemetry>,
    meters: UnlinkedMeters,
}

impl ControlActor {
    /// Creates an actor in front of `processor`. `links` are the links that posts see; `mailbox` is the upper
    /// bound on waiting messages.
    #[must_use]
    pub fn new(
        processor: ControlProcessor,
        links: Arc<Links>,
        partitions: PartitionPorts,
        clock: Clock,
        mailbox: usize,
        tail: UnlinkedTail,
    ) -> Self {
        Self {
            processor,
            links,
            partitions,
            clock,
            mailbox,
            linking: HashSet::new(),
            tail,
            telemetry: Arc::new(Telemetry::new()),
            meters: UnlinkedMeters::new(),
        }
    }

    /// Sends the decided records to the journal. The future resolves once they are durable.
    fn commit(&mut self) -> oneshot::Receiver<()> {
        let (done, durable) = oneshot::channel();
        self.processor.commit(Box::new(move || {
            done.send(()).ok();
        }));
        durable
    }
}

impl Actor for ControlActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl Handler<Words> for ControlActor {
    type Result = ();

    fn handle(&mut self, Words { words, collector }: Words, ctx: &mut Self::Context) {
        let now = self.clock.now();
        let (mut answers, mut recorded) = (Vec::new(), Vec::new());
        for RoutedWord { slot, word, linked } in words {
            if linked {
                self.processor.record_word(now, &word);
            } else if self.processor.is_linked(&word.account) {
                // The link was made since the router looked: the partitions must know the word too.
                let answer = self.processor.record_word(now, &word);
                let (partitions, collector) = (Arc::clone(&self.partitions), Arc::clone(&collector));
                ctx.spawn(hand_on(partitions, word, slot, answer, collector).into_actor(self));
            } else {
                let (answer, is_recorded) = self.processor.record_unlinked_word(now, &word);
                self.meters.count(&answer);
                answers.push((slot, answer));
                if is_recorded {
                    recorded.push(word);
                }
            }
        }
        let (tail, telemetry) = (Arc::clone(&self.tail), Arc::clone(&self.telemetry));
        self.processor.commit(Box::new(move || {
            if !recorded.is_empty() {
                tail(&recorded);
            }
            telemetry.answered(answers.iter().map(|(_, answer)| answer));
            collector.enter(CONTROL, answers);
        }));
    }
}

impl Handler<LinkAccount> for ControlActor {
    type Result = ();

    fn handle(&mut self, LinkAccount { linked, then }: LinkAccount, ctx: &mut Self::Context) {
        // Without an answer, the caller's channel closes: there is no room for a second link meanwhile.
        if self.linking.contains(&linked.account) {
            return;
        }
        let words = match self.processor.link(self.clock.now(), &linked) {
            Ok(words) => words,
            Err(refused) => {
                then.send(Err(refused)).ok();
                return;
            }
        };
        let links = Arc::clone(&self.links);
        if words.is_empty() {
            // Links of one account become visible in the order of their records.
            self.processor.commit(Box::new(move || {
                links.insert(linked.account, linked.link);
                // The caller may have disconnected; the link stays.
                then.send(Ok(())).ok();
            }));
            return;
        }
        self.linking.insert(linked.account.clone());
        let (durable, partitions) = (self.commit(), Arc::clone(&self.partitions));
        let made = async move {
            let known = match durable.await {
                Ok(()) => set_everywhere(&partitions, &words).await,
                Err(_) => Err(Overloaded),
            };
            if known.is_ok() {
                links.insert(linked.account.clone(), linked.link);
            }
            then.send(known.map_err(|_| NotLinked::Busy)).ok();
            linked.account
        };
        ctx.spawn(made.into_actor(self).map(|account, actor, _| {
            actor.linking.remove(&account);
        }));
    }
}

impl Handler<NoteAddress> for ControlActor {
    type Result = ();

    /// Here and not at the caller, so that an unlinking cannot come between what is read and what is recorded.
    fn handle(&mut self, message: NoteAddress, ctx: &mut Self::Context) {
        let NoteAddress { account, has_address, then } = message;
        let Some(link) = self.processor.link_of(&account) else {
            then.send(Ok(())).ok();
            return;
        };
        let link = link.with_address_kept(has_address);
        self.handle(LinkAccount { linked: LinkedAccount { account, link }, then }, ctx);
    }
}

impl Handler<UnlinkAccount> for ControlActor {
    type Result = ();

    fn handle(&mut self, message: UnlinkAccount, ctx: &mut Self::Context) {
        let UnlinkAccount { account, unlinking, router, then } = message;
        // Without an answer, the caller's channel closes.
        if self.linking.contains(&account) {
            return;
        }
        let now = self.clock.now();
        let is_known = match &unlinking {
            Unlinking::Unlink => self.processor.unlink(now, &account),
            Unlinking::Erase { known, .. } => self.processor.erase(now, &account, *known),
        };
        if !is_known {
            then.send(Ok(false)).ok();
            return;
        }
        self.linking.insert(account.clone());
        let (durable, partitions) = (self.commit(), Arc::clone(&self.partitions));
        let links = Arc::clone(&self.links);
        let unlinked = async move {
            let released = match durable.await {
                Ok(()) => {
                    links.remove(&account);
                    // A post that saw the link must not reserve anything behind the release.
                    router.send(Flush).await.ok();
                    let release = Command::Unlink(account.clone());
                    match unlinking {
                        Unlinking::Unlink => {
                            let released = change_everywhere(&partitions, &release).await;
                            released.map_err(|_| NotErased::Overloaded)
                        }
                        Unlinking::Erase { people, noted, .. } => {
                            let erased = erase_after(&partitions, &release, people, account.clone()).await;
                            drop(noted);
                            erased
                        }
                    }
                }
                Err(_) => Err(NotErased::Overloaded),
            };
            then.send(released.map(|()| true)).ok();
            account
        };
        ctx.spawn(unlinked.into_actor(self).map(|account, actor, _| {
            actor.linking.remove(&account);
        }));
    }
}

impl Handler<Unfreeze> for ControlActor {
    type Result = ();

    fn handle(&mut self, Unfreeze { account, then }: Unfreeze, ctx: &mut Self::Context) {
        let word = self.processor.unfreeze(self.clock.now(), &account);
        let (durable, partitions) = (self.commit(), Arc::clone(&self.partitions));
        let lifted = async move {
            let lifted = match (durable.await, word) {
                (Ok(()), Some(word)) => set_everywhere(&partitions, &[word]).await,
                // A partition may know a freeze that control does not know.
                (Ok(()), None) => change_everywhere(&partitions, &Command::Unfreeze(account)).await,
                (Err(_), _) => Err(Overloaded),
            };
            then.send(lifted).ok();
        };
        ctx.spawn(lifted.into_actor(self));
    }
}

impl Handler<ChangeStatus> for ControlActor {
    type Result = ();

    fn handle(&mut self, ChangeStatus { word, then }: ChangeStatus, ctx: &mut Self::Context) {
        if !self.processor.is_linked(&word.account) {
            return;
        }
        self.processor.record_word(self.clock.now(), &word);
        let (durable, partitions) = (self.commit(), Arc::clone(&self.partitions));
        let changed = async move {
            let known = match durable.await {
                Ok(()) => set_everywhere(&partitions, &[word]).await,
                Err(_) => Err(Overloaded),
            };
            then.send(known).ok();
        };
        ctx.spawn(changed.into_actor(self));
    }
}

impl Handler<AcceptClock> for ControlActor {
    type Result = ();

    fn handle(&mut self, AcceptClock { then }: AcceptClock, ctx: &mut Self::Context) {
        let before = self.clock.difference();
        self.processor.accept_clock(self.clock.now(), before.ahead_ms);
        let (durable, clock) = (self.commit(), self.clock.clone());
        let accepted = async move {
            if durable.await.is_ok() {
                clock.accept();
                then.send(before).ok();
            }
        };
        ctx.spawn(accepted.into_actor(self));
    }
}

impl Handler<Finish> for ControlActor {
    type Result = ();

    fn handle(&mut self, _: Finish, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

/// Destroys the key of a person once everything that is not ordered is released, so that no prompt is dropped whose
/// reservation is still kept. The erasure is recorded already, so it is not given up for want of room.
async fn erase_after(
    partitions: &PartitionPorts,
    release: &Command,
    people: Option<People>,
    account: Account,
) -> Result<(), NotErased> {
    while change_everywhere(partitions, release).await.is_err() {
        tokio::time::sleep(RELEASE_AGAIN.std()).await;
    }
    let Some(people) = people else { return Ok(()) };
    match tokio::task::spawn_blocking(move || people.erase(&account)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::error!(%error, "the key of an erased person is not destroyed yet");
            Err(NotErased::KeyLeft)
        }
        Err(_) => Err(NotErased::KeyLeft),
    }
}

/// Passes a word to every partition, and then answers its post.
async fn hand_on(
    partitions: PartitionPorts,
    word: StatusWord,
    slot: u32,
    answer: Answer,
    collector: Arc<AnswerCollector>,
) {
    let known = set_everywhere(&partitions, &[word]).await;
    let outcome = if known.is_ok() { answer.outcome } else { Outcome::Overloaded };
    collector.enter(CONTROL, [(slot, Answer { outcome, ..answer })]);
}

/// Lets every partition know the words; they are durable when this returns.
async fn set_everywhere(partitions: &PartitionPorts, words: &[StatusWord]) -> Result<(), Overloaded> {
    for word in words {
        change_everywhere(partitions, &Command::SetStatus(Box::new(word.clone()))).await?;
    }
    Ok(())
}

async fn change_everywhere(partitions: &PartitionPorts, command: &Command) -> Result<(), Overloaded> {
    for partition in &**partitions {
        partition.change(command.clone()).await?;
    }
    Ok(())
}
