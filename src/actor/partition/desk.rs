//! The desk of a partition: where the shells on one arbiter take their turns with its state, and
//! from where what was decided goes to the journal.

use std::cell::RefCell;

use super::page::Page;
use super::release::Release;
use super::state::Partition;
use crate::clock::Clock;
use crate::domain::answer::Answer;
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::domain::transaction::Transaction;
use crate::journal::{Appender, Entry};

/// Shared by the shells of one partition through `Rc`: they run on one thread, one at a time.
pub struct Desk {
    partition: RefCell<Partition>,
    page: RefCell<Page>,
    journal: Appender<Release>,
    clock: Clock,
}

impl Desk {
    /// A desk for a partition as the journal left it.
    #[must_use]
    pub fn new(partition: Partition, journal: Appender<Release>, clock: Clock) -> Self {
        Self { partition: RefCell::new(partition), page: RefCell::new(Page::default()), journal, clock }
    }

    /// Takes a turn: decide, evolve, note for the journal. No shell waits in between.
    pub fn turn(&self, command: &Command) -> Option<Answer> {
        self.partition.borrow_mut().turn(self.clock.now(), command, &mut self.page.borrow_mut())
    }

    /// Lets the statement-credit offers judge a card transaction.
    pub fn transact(&self, transaction: &Transaction) -> Option<Answer> {
        self.partition.borrow_mut().transact(self.clock.now(), transaction, &mut self.page.borrow_mut())
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
        partition.change_stock(self.clock.now(), command, &mut self.page.borrow_mut())
    }

    /// Lets time pass.
    pub fn advance(&self) {
        self.partition.borrow_mut().advance(self.clock.now(), &mut self.page.borrow_mut());
    }

    /// Takes an answer that was given on a post's face.
    pub fn note_face(&self, answer: &Answer) {
        self.partition.borrow_mut().note_face(answer, &mut self.page.borrow_mut());
    }

    /// Reads the state.
    pub fn read<T>(&self, look: impl FnOnce(&Partition) -> T) -> T {
        look(&self.partition.borrow())
    }

    /// Whether the journal takes another page now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.journal.has_room()
    }

    /// Entries that wait for the journal.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.journal.len()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Sends the page to the journal. `then` runs once everything decided so far is durable, also
    /// if the page is empty: what was read may rest on records that are still on their way.
    pub fn commit(&self, then: Option<Box<dyn FnOnce() + Send>>) {
        let page = self.page.take();
        if page.is_empty() && then.is_none() {
            return;
        }
        let partition = self.partition.borrow();
        let first = partition.last_sequence() + 1 - page.records.len() as u64;
        let mut batch = self.journal.batch(first);
        for (_, record) in &page.records {
            let payload = postcard::to_stdvec(record).expect("records have a stored form");
            batch.push(&payload);
        }
        let entry = Entry { batch, release: Release { partition: partition.no(), page, then } };
        // The shells ask for room before they decide, and nobody else sends.
        assert!(self.journal.try_send(entry).is_ok(), "the journal had room for what was decided");
    }
}
