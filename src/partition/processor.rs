//! The processor of a partition: where the shells on one arbiter take their turns with its state, and
//! from where what was decided goes to the journal.

use std::cell::RefCell;

use super::decision_batch::{AnswerRef, DecisionBatch};
use super::on_durable::{Committed, OnDurable};
use super::state::{PartitionState, SessionRef};
use crate::domain::answer::Answer;
use crate::domain::command::{Command, PostCommand};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::journal::{Appender, Entry};

/// Entries of the journal's queue that are kept free of posts, so that time and the providers'
/// reports are never crowded out by them.
const KEPT_FREE: usize = 64;

/// To so many who wait for nothing, answers are given before the journal's thread would be awake.
const TOLD_AT_ONCE: usize = 32;

/// Shared by the shells of one partition through `Rc`: they run on one thread, one at a time.
pub struct PartitionProcessor {
    partition: RefCell<PartitionState>,
    batch: RefCell<DecisionBatch>,
    journal: Appender<Committed>,
    tail: Box<dyn Fn(Committed) + Send>,
    clock: Box<dyn Fn() -> Timestamp + Send>,
}

impl PartitionProcessor {
    /// A processor for a partition as the journal left it, what releases a batch without records as the journal's tail
    /// would, and what tells it the time.
    #[must_use]
    pub fn new(
        partition: PartitionState,
        journal: Appender<Committed>,
        tail: impl Fn(Committed) + Send + 'static,
        clock: impl Fn() -> Timestamp + Send + 'static,
    ) -> Self {
        let (partition, batch) = (RefCell::new(partition), RefCell::new(DecisionBatch::default()));
        Self { partition, batch, journal, tail: Box::new(tail), clock: Box::new(clock) }
    }

    /// Takes a turn: decide, apply, note for the journal. No shell waits in between.
    pub fn turn(&self, command: &Command) -> Option<Answer> {
        self.partition.borrow_mut().turn(self.now(), command, &mut self.batch.borrow_mut())
    }

    /// Begins a turn for a post, at a time that was read for it. Returns who speaks.
    pub fn begin_post(&self, now: Timestamp, said: &PostCommand) -> SessionRef {
        self.partition.borrow_mut().begin_post(now, said, &mut self.batch.borrow_mut())
    }

    /// Goes on with the turn that [`Self::begin_post`] began. Nothing else may have taken one since.
    pub fn handle_post(&self, speaker: SessionRef, said: &PostCommand) -> AnswerRef {
        self.partition.borrow_mut().handle_post(speaker, said, &mut self.batch.borrow_mut())
    }

    /// Lets the statement-credit offers judge a card transaction.
    pub fn transact(&self, transaction: &Transaction) -> Option<Answer> {
        self.partition.borrow_mut().transact(self.now(), transaction, &mut self.batch.borrow_mut())
    }

    /// Changes an offer's allotment, or what holds for an account.
    ///
    /// # Errors
    /// The reason, where nothing is changed.
    pub fn change(&self, command: &Command) -> Result<(), Refusal> {
        if let Command::Unfreeze(_) = command {
            self.turn(command);
            return Ok(());
        }
        let mut partition = self.partition.borrow_mut();
        partition.change_stock(self.now(), command, &mut self.batch.borrow_mut())
    }

    /// Lets time pass.
    pub fn advance(&self) {
        self.partition.borrow_mut().advance(self.now(), &mut self.batch.borrow_mut());
    }

    /// Takes an answer that was given on a post's face.
    pub fn note_face(&self, answer: Answer) -> AnswerRef {
        self.partition.borrow_mut().note_face(answer, &mut self.batch.borrow_mut())
    }

    /// Reads the state.
    pub fn read<T>(&self, look: impl FnOnce(&PartitionState) -> T) -> T {
        look(&self.partition.borrow())
    }

    /// Whether the journal takes another batch now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.journal.has_room()
    }

    /// Whether posts may be decided now.
    #[must_use]
    pub fn admits_posts(&self) -> bool {
        self.journal.room() > KEPT_FREE
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Sends the batch to the journal. `then` runs once everything decided so far is durable, also
    /// if the batch is empty: what was read may rest on records that are still on their way. If none is, and there is
    /// little to tell, it runs here and now.
    pub fn commit(&self, then: Option<OnDurable>) {
        let batch = {
            let mut batch = self.batch.borrow_mut();
            let next = batch.like();
            std::mem::replace(&mut *batch, next)
        };
        if batch.is_empty() && then.is_none() {
            return;
        }
        let partition = self.partition.borrow();
        if batch.records.is_empty() && batch.answers.len() <= TOLD_AT_ONCE && self.journal.is_idle() {
            return (self.tail)(Committed { partition: partition.no(), batch, then });
        }
        let first = partition.last_sequence() + 1 - batch.records.len() as u64;
        let mut group = self.journal.batch(first);
        for (_, record) in &batch.records {
            group.push_with(|payloads| {
                postcard::to_extend(record, payloads).expect("records have a stored form")
            });
        }
        let entry = Entry { batch: group, release: Committed { partition: partition.no(), batch, then } };
        // The shells ask for room before they decide, and nobody else sends.
        assert!(self.journal.try_send(entry).is_ok(), "the journal had room for what was decided");
    }
}
