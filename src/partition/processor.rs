//! The processor of a partition. It decides one command after another, applies each decision to the state,
//! and appends the decision to the batch that goes to the journal next.

use super::codec;
use super::decision_batch::{AnswerRef, DecisionBatch};
use super::handlers::Handlers;
use super::live_sessions::{LiveSessions, SessionBounds};
use super::on_durable::{Committed, OnDurable};
use super::session_ref::SessionRef;
use super::state::PartitionState;
use crate::domain::answer::Answer;
use crate::domain::arrival::Arrival;
use crate::domain::command::{Command, PostCommand};
use crate::domain::id::Account;
use crate::domain::key_form::KeyForm;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::journal::{Appender, Entry};

/// Entries of the journal's queue that posts may not use, so that they never crowd out deadlines and
/// providers' reports.
const KEPT_FREE: usize = 64;

/// Up to this many answers are released inline: the journal's thread would take longer to wake.
const RELEASED_INLINE: usize = 32;

/// A running partition. It is one value with one owner: each method decides, applies and appends before it
/// returns.
pub struct PartitionProcessor {
    state: PartitionState,
    live: LiveSessions,
    batch: DecisionBatch,
    /// The form of the keys of effects that are recorded in this run.
    form: KeyForm,
    journal: Appender<Committed>,
    tail: Box<dyn Fn(Committed) + Send>,
    clock: Box<dyn Fn() -> Timestamp + Send>,
}

impl PartitionProcessor {
    /// Creates a processor for a recovered partition. Its records ask for effects under keys of `form`. `tail` releases a batch without records as the
    /// journal's tail would; `clock` returns the time.
    #[must_use]
    pub fn new(
        state: PartitionState,
        bounds: SessionBounds,
        form: KeyForm,
        journal: Appender<Committed>,
        tail: impl Fn(Committed) + Send + 'static,
        clock: impl Fn() -> Timestamp + Send + 'static,
    ) -> Self {
        Self {
            state,
            live: LiveSessions::new(bounds),
            batch: DecisionBatch::default(),
            form,
            journal,
            tail: Box::new(tail),
            clock: Box::new(clock),
        }
    }

    /// Lets sessions and offers decide by these functions from now on.
    #[must_use]
    pub fn with_handlers(self, handlers: Handlers) -> Self {
        Self { state: self.state.with_handlers(handlers), ..self }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &PartitionState {
        &self.state
    }

    /// The current time by the processor's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the journal takes another batch now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.journal.has_room()
    }

    /// Whether posts may be decided now: the journal's queue has more room than is reserved for other work.
    #[must_use]
    pub fn admits_posts(&self) -> bool {
        self.journal.room() > KEPT_FREE
    }

    /// Handles a post at `now`: its session decides, and the decision is applied to every session and offer
    /// that it names, and appended. When `sessions_live` is reached, a new conversation is refused as
    /// overloaded, unless its account holds something. An account without a link gets its answer all the same: it can
    /// begin no conversation.
    pub fn handle_post(&mut self, now: Timestamp, post: &PostCommand) -> AnswerRef {
        let session = self.state.begin_post(now, post, &mut self.batch);
        let Some(campaign) = session.campaign() else {
            // It names no offer, so it concerns everything that its author holds, in any campaign.
            return self.state.handle_post(session, post, &mut self.batch);
        };
        let is_live = self.state.note_activity(session);
        if !is_live && post.link.is_some() && self.live.is_full() && !self.holds(session) {
            let answer = Answer::new(now, Some(post.post.clone()), post.account.clone(), Outcome::Overloaded);
            let offer = post.intent.offer();
            return AnswerRef::Apart(Box::new(Answer { offer, others_have_room: true, ..answer }));
        }
        let last = self.state.last_sequence();
        let answer = self.state.handle_post(session, post, &mut self.batch);
        // A refusal appends no record and begins no conversation: the account got nothing.
        if !is_live && self.state.last_sequence() != last {
            self.live.begin(&mut self.state, session.now(), campaign, &post.account);
        }
        answer
    }

    fn holds(&self, session: SessionRef) -> bool {
        self.state.session(session).is_some_and(|session| !session.is_idle())
    }

    /// Handles a command that is not a post.
    pub fn handle(&mut self, command: &Command) -> Option<Answer> {
        let now = self.now();
        self.state.turn(now, command, &mut self.batch)
    }

    /// Lets the statement-credit offers decide a card transaction.
    pub fn transact(
        &mut self,
        transaction: &Transaction,
        holder: Option<&Account>,
        arrival: Arrival,
    ) -> Option<Answer> {
        let now = self.now();
        self.state.transact(now, transaction, holder, arrival, &mut self.batch)
    }

    /// Changes an offer, or the status of an account.
    ///
    /// # Errors
    /// The reason of the refusal; nothing was changed.
    pub fn change(&mut self, command: &Command) -> Result<(), Refusal> {
        if let Command::Unfreeze(_) | Command::SetStatus(_) | Command::Unlink(_) = command {
            self.handle(command);
            return Ok(());
        }
        let now = self.now();
        self.state.change_offer(now, command, &mut self.batch)
    }

    /// Decides what is due and commits it, then passivates idle sessions.
    pub fn tick(&mut self) {
        let now = self.now();
        if self.has_room() {
            self.state.advance(now, &mut self.batch);
            self.commit(None);
        }
        self.live.passivate(&mut self.state, now);
    }

    /// Takes in an answer that the router gave from the post alone.
    pub fn note_catalog_answer(&mut self, answer: Answer) -> AnswerRef {
        self.state.note_catalog_answer(answer, &mut self.batch)
    }

    /// Sends the batch to the journal. `then` runs once everything decided so far is durable. That holds for
    /// an empty batch too: what was read may rest on records that are not durable yet. If there are none, and
    /// there is little to release, `then` runs inline.
    pub fn commit(&mut self, then: Option<OnDurable>) {
        let next = self.batch.like();
        let batch = std::mem::replace(&mut self.batch, next);
        if batch.is_empty() && then.is_none() {
            return;
        }
        let partition = self.state.no();
        let releases_inline = batch.records.is_empty() && batch.answers.len() <= RELEASED_INLINE;
        if releases_inline && self.journal.is_idle() {
            return (self.tail)(Committed { partition, batch, then });
        }
        let first = self.state.last_sequence() + 1 - batch.records.len() as u64;
        let mut group = self.journal.batch(first);
        for (_, record) in &batch.records {
            group.push_with(|payloads| codec::encode(self.form, record, payloads));
        }
        let entry = Entry { batch: group, release: Committed { partition, batch, then } };
        // Callers check for room before they decide, and nothing else sends.
        assert!(self.journal.try_send(entry).is_ok(), "the journal had room for what was decided");
    }
}
