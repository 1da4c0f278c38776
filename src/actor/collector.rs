//! A collector: the answers to one intake of posts, gathered from the partitions as they become
//! durable. It answers when the last part that was handed out is dropped.

use std::sync::Mutex;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::domain::answer::Answer;
use crate::domain::outcome::Outcome;

/// An answer, and the partition whose numbers it uses.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The partition.
    pub partition: u32,
    /// The answer.
    pub answer: Answer,
}

/// Answers by the place of their post in the intake; none for a post that concerns no offer.
pub type Answers = Vec<Option<Placed>>;

/// Gathers the answers to one intake. Shared by `Arc` among the parts; the last drop sends.
#[derive(Debug)]
pub struct Collector {
    answers: Mutex<Answers>,
    reply: Option<oneshot::Sender<Answers>>,
    /// The intake's share of the budget of posts in flight, given back with the answer.
    _budget: OwnedSemaphorePermit,
}

impl Collector {
    /// A collector for so many posts, and where their answers will arrive.
    #[must_use]
    pub fn new(posts: usize, budget: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Answers>) {
        let (reply, answers) = oneshot::channel();
        (Self { answers: Mutex::new(vec![None; posts]), reply: Some(reply), _budget: budget }, answers)
    }

    /// Enters durable answers. Where several partitions were asked, the one that is concerned counts.
    pub fn enter(&self, partition: u32, answered: Vec<(u32, Answer)>) {
        let mut answers = self.answers.lock().expect("no panic is survived");
        for (slot, answer) in answered {
            let Some(place) = answers.get_mut(slot as usize) else { continue };
            if place.as_ref().is_none_or(|earlier| earlier.answer.outcome == Outcome::NotRelevant) {
                *place = Some(Placed { partition, answer });
            }
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let answers = std::mem::take(&mut *self.answers.lock().expect("no panic is survived"));
        if let Some(reply) = self.reply.take() {
            // Nobody listens any more if the client went away; what was decided stands all the same.
            reply.send(answers).ok();
        }
    }
}
