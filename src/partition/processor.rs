//! The desk of a partition: where the shells on one arbiter take their turns with its state, and
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
    page: RefCell<DecisionBatch>,
    journal: Appender<Committed>,
    tail: Box<dyn Fn(Committed) + Send>,
    clock: Box<dyn Fn() -> Timestamp + Send>,
}

impl PartitionProcessor {
    /// A desk for a partition as the journal left it, what releases a page without records as the journal's tail
    /// would, and what tells it the time.
    #[must_use]
    pub fn new(
        partition: PartitionState,
        journal: Appender<Committed>,
        tail: impl Fn(Committed) + Send + 'static,
        clock: impl Fn() -> Timestamp + Send + 'static,
    ) -> Self {
        let (partition, page) = (RefCell::new(partition), RefCell::new(DecisionBatch::default()));
        Self { partition, page, journal, tail: Box::new(tail), clock: Box::new(clock) }
    }

    /// Takes a turn: decide, evolve, note for the journal. No shell waits in between.
    pub fn turn(&self, command: &Command) -> Option<Answer> {
        self.partition.borrow_mut().turn(self.now(), command, &mut self.page.borrow_mut())
    }

    /// Begins a turn for a post, at a time that was read for it. Returns who speaks.
    pub fn meet(&self, now: Timestamp, said: &PostCommand) -> SessionRef {
        self.partition.borrow_mut().meet(now, said, &mut self.page.borrow_mut())
    }

    /// Goes on with the turn that [`Self::meet`] began. Nothing else may have taken one since.
    pub fn hear(&self, speaker: SessionRef, said: &PostCommand) -> AnswerRef {
        self.partition.borrow_mut().hear(speaker, said, &mut self.page.borrow_mut())
    }

    /// Lets the statement-credit offers judge a card transaction.
    pub fn transact(&self, transaction: &Transaction) -> Option<Answer> {
        self.partition.borrow_mut().transact(self.now(), transaction, &mut self.page.borrow_mut())
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
        partition.change_stock(self.now(), command, &mut self.page.borrow_mut())
    }

    /// Lets time pass.
    pub fn advance(&self) {
        self.partition.borrow_mut().advance(self.now(), &mut self.page.borrow_mut());
    }

    /// Takes an answer that was given on a post's face.
    pub fn note_face(&self, answer: Answer) -> AnswerRef {
        self.partition.borrow_mut().note_face(answer, &mut self.page.borrow_mut())
    }

    /// Reads the state.
    pub fn read<T>(&self, look: impl FnOnce(&PartitionState) -> T) -> T {
        look(&self.partition.borrow())
    }

    /// Whether the journal takes another page now.
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

    /// Sends the page to the journal. `then` runs once everything decided so far is durable, also
    /// if the page is empty: what was read may rest on records that are still on their way. If none is, and there is
    /// little to tell, it runs here and now.
    pub fn commit(&self, then: Option<OnDurable>) {
        let page = {
            let mut page = self.page.borrow_mut();
            let next = page.like();
            std::mem::replace(&mut *page, next)
        };
        if page.is_empty() && then.is_none() {
            return;
        }
        let partition = self.partition.borrow();
        if page.records.is_empty() && page.answers.len() <= TOLD_AT_ONCE && self.journal.is_idle() {
            return (self.tail)(Committed { partition: partition.no(), page, then });
        }
        let first = partition.last_sequence() + 1 - page.records.len() as u64;
        let mut batch = self.journal.batch(first);
        for (_, record) in &page.records {
            batch.push_with(|payloads| {
                postcard::to_extend(record, payloads).expect("records have a stored form")
            });
        }
        let entry = Entry { batch, release: Committed { partition: partition.no(), page, then } };
        // The shells ask for room before they decide, and nobody else sends.
        assert!(self.journal.try_send(entry).is_ok(), "the journal had room for what was decided");
    }
}
