//! A batch: what a partition decided since the last one, on its way to the journal.

use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::effect::ReplyRequest;

/// Decisions and answers in the order in which they were made.
#[derive(Debug, Default)]
pub struct DecisionBatch {
    /// The records, each with its sequence.
    pub records: Vec<(u64, Record)>,
    /// Every answer: to posts, whether accepted or refused, and to turns of time and of providers.
    pub answers: Vec<Answer>,
    /// Replies to refused posts, for which there is no record.
    pub refusal_replies: Vec<ReplyRequest>,
}

/// Where the answer to a post is found. The waiting request reads it once the batch is durable, so the partition
/// need not copy it before.
#[derive(Debug)]
pub enum AnswerRef {
    /// Index among the answers of the batch.
    InBatch(usize),
    /// Nowhere else: it concerns no offer of the partition, or another partition tells it.
    Apart(Box<Answer>),
}

impl AnswerRef {
    /// The answer, with the batch that it was decided for.
    ///
    /// # Panics
    /// When it is another batch.
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
    /// An empty batch with room for about as much as this one holds: most batches are like the one before.
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

    /// Puts down one more answer.
    pub fn answer(&mut self, answer: Answer) -> AnswerRef {
        self.answers.push(answer);
        AnswerRef::InBatch(self.answers.len() - 1)
    }
}
