//! A session's shell: the mailbox of one account's conversation with one campaign. Started by the
//! first post that matters, stopped when the account holds nothing and was silent for long.

use std::rc::Rc;

use actix::{Actor, Context, Handler, Message, MessageResult};

use super::partition::Desk;
use crate::domain::answer::Answer;
use crate::domain::command::{Command, Said};

/// The account said something.
#[derive(Debug, Message)]
#[rtype(result = "Answer")]
pub struct Hear(pub Said);

/// The shell of one session. Its state is the partition's, which brings it back after a restart.
pub struct SessionActor {
    desk: Rc<Desk>,
}

impl SessionActor {
    /// A session at the desk of its partition.
    #[must_use]
    pub fn new(desk: Rc<Desk>) -> Self {
        Self { desk }
    }
}

impl Actor for SessionActor {
    type Context = Context<Self>;
}

impl Handler<Hear> for SessionActor {
    type Result = MessageResult<Hear>;

    fn handle(&mut self, Hear(said): Hear, _: &mut Self::Context) -> Self::Result {
        let answer = self.desk.turn(&Command::Say(said));
        MessageResult(answer.expect("a post is always answered"))
    }
}
