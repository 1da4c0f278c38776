//! One post of a batch, as the router hands it to a partition.

use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// One post of a batch, with its slot in the answer.
#[derive(Debug)]
pub enum Item {
    /// An account's own post that asks something.
    Post {
        /// Its slot in the answer to the intake.
        slot: u32,
        /// The post, as its author's command.
        command: PostCommand,
    },
    /// A post that was answered on its face.
    Answered {
        /// Its slot in the answer to the intake.
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
            Self::Post { slot, command } => {
                let answer = Answer::new(at, Some(command.post.clone()), command.account.clone(), outcome);
                (*slot, Answer { offer: command.intent.offer(), ..answer })
            }
            Self::Answered { slot, answer } => (*slot, answer.clone()),
        }
    }
}
