//! A page: what a partition decided since the last one, on its way to the journal.

use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::effect::Notice;

/// Decisions and answers in the order in which they were made.
#[derive(Debug, Default)]
pub struct Page {
    /// The records, each with its sequence.
    pub records: Vec<(u64, Record)>,
    /// Every answer: to posts, whether accepted or refused, and to turns of time and of providers.
    pub answers: Vec<Answer>,
    /// Replies to refused posts, for which there is no record.
    pub courtesies: Vec<Notice>,
}

impl Page {
    /// Whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.answers.is_empty() && self.courtesies.is_empty()
    }
}
