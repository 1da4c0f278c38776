//! A batch: what a partition decided since the last commit, on its way to the journal.

use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::effect::ReplyRequest;

/// Decisions and answers in the order in which they were made.
#[derive(Debug, Default)]
pub struct DecisionBatch {
    /// The records, each with its sequence.
    pub records: Vec<(u64, Record)>,
    /// Every answer: to accepted and refused posts, and to what deadlines and providers' reports bring about.
    pub answers: Vec<Answer>,
    /// Replies to refused posts, which no record carries.
    pub refusal_replies: Vec<ReplyRequest>,
}

/// Where the answer to a post is found. The waiting request reads it once the batch is durable, so the
/// partition does not copy it on its own thread.
#[derive(Debug)]
pub enum AnswerRef {
    /// Index into the answers of the batch.
    InBatch(usize),
    /// Stored only here, and not in the batch: it concerns no offer of the partition, another partition
    /// reports it, or the post was not decided.
    Apart(Box<Answer>),
}

impl AnswerRef {
    /// Returns the answer. `batch` is the batch that it was decided for.
    ///
    /// # Panics
    /// When `batch` is a different batch.
    #[must_use]
    pub fn read(self, batch: &DecisionBatch) -> Answer {
        match self {
            Self::InBatch(index) => {
                batch.answers.get(index).cloned().expect("the batch that it was decided for")
            }
            Self::Apart(answer) => *answer,
        }
    }
}

impl DecisionBatch {
    /// An empty batch with the capacity of this one's lengths: most batches are as long as the one before.
    #[must_use]
    pub fn like(&self) -> Self {
        Self {
            records: Vec::with_capacity(self.records.len()),
            answers: Vec::with_capacity(self.answers.len()),
            refusal_replies: Vec::with_capacity(self.refusal_replies.len()),
        }
    }

    /// Whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.answers.is_empty() && self.refusal_replies.is_empty()
    }

    /// Adds an answer.
    pub fn answer(&mut self, answer: Answer) -> AnswerRef {
        self.answers.push(answer);
        AnswerRef::InBatch(self.answers.len() - 1)
    }
}
