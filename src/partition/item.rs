//! One post of a batch, as the router hands it to a partition.

use crate::domain::answer::Answer;
use crate::domain::command::PostCommand;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

/// One post of a batch, with its place in the answer.
#[derive(Debug)]
pub enum Item {
    /// An account's own post that asks something.
    Said {
        /// Its place in the answer.
        slot: u32,
        /// What was said.
        said: PostCommand,
    },
    /// A post that was answered on its face.
    Noted {
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
            Self::Said { slot, said } => {
                let answer = Answer::new(at, Some(said.post.clone()), said.account.clone(), outcome);
                (*slot, Answer { offer: said.wish.offer(), ..answer })
            }
            Self::Noted { slot, answer } => (*slot, answer.clone()),
        }
    }
}
