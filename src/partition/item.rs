//! One post of a batch, as the router hands it to a partition.

use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// One post of a batch, with its slot in the answer.
#[derive(Debug)]
pub enum Item {
    /// A post that asks for a decision.
    Post {
        /// Its slot in the answer to the intake.
        slot: u32,
        /// The post, as its author's command.
        command: PostCommand,
    },
    /// A post that the router answered from the post alone.
    Answered {
        /// Its slot in the answer to the intake.
        slot: u32,
        /// The router's answer.
        answer: Answer,
    },
}

impl Item {
    /// The slot, and the answer if the partition does not decide the post: `outcome`, or the router's answer.
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
