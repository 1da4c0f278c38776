//! One post of a batch, as the router hands it to a partition.

use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// One post of a batch, with its place in the answer.
#[derive(Debug)]
pub enum Item {
    /// An account's own post that asks something.
    Post {
        /// Its place in the answer.
        slot: u32,
        /// What was said.
        post: PostCommand,
    },
    /// A post that was answered on its face.
    Answered {
        /// Its place in the answer.
        slot: u32,
        /// What was answered.
        answer: Answer,
    },
}

impl Item {
    /// An answer that was not decided by the partition.
    #[must_use]
    pub fn answer(&self, at: Timestamp, outcome: Outcome) -> (u32, Answer) {
        match self {
            Self::Post { slot, post: said } => {
                let answer = Answer::new(at, Some(said.post.clone()), said.account.clone(), outcome);
                (*slot, Answer { offer: said.intent.offer(), ..answer })
            }
            Self::Answered { slot, answer } => (*slot, answer.clone()),
        }
    }
}
