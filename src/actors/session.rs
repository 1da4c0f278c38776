//! A session's actor: one account's conversation with one campaign. It begins when the account gets, or
//! waits for, something, and is put to rest when the account holds nothing and was silent for long.

use std::rc::Rc;

use actix::{Actor, ActorContext, ActorState, Handler, Message, MessageResult};

use super::partition::{AnswerRef, PartitionProcessor, SessionRef};
use crate::domain::command::PostCommand;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// The account said something.
#[derive(Debug, Message)]
#[rtype(result = "PostHandled")]
pub struct HandlePost {
    /// What.
    pub said: PostCommand,
    /// Who it is, and when that is decided.
    pub speaker: SessionRef,
}

/// What became of it.
#[derive(Debug)]
pub struct PostHandled {
    /// The answer.
    pub answered: AnswerRef,
    /// The author's link, given back.
    pub link: Option<Link>,
}

/// The context of a session: whether it runs, and nothing else.
///
/// Only the partition speaks to its sessions, on the arbiter that they share and with one post at a time,
/// in the order of arrival. A mailbox would never hold a second message; actix' own context, with a mailbox,
/// a task and a waker, costs near a kilobyte and a microsecond for each session.
#[derive(Debug, Default)]
pub struct SyncContext {
    ended: bool,
}

impl ActorContext for SyncContext {
    fn stop(&mut self) {
        self.ended = true;
    }

    fn terminate(&mut self) {
        self.ended = true;
    }

    fn state(&self) -> ActorState {
        if self.ended { ActorState::Stopped } else { ActorState::Running }
    }
}

/// The actor of one session. Its state is the partition's, which brings it back after a restart.
pub struct SessionActor {
    processor: Rc<PartitionProcessor>,
    heard_at: Timestamp,
}

impl SessionActor {
    /// A session at the processor of its partition, last heard then.
    #[must_use]
    pub fn new(processor: Rc<PartitionProcessor>, heard_at: Timestamp) -> Self {
        Self { processor, heard_at }
    }

    /// When the account last said something.
    #[must_use]
    pub fn heard_at(&self) -> Timestamp {
        self.heard_at
    }
}

impl Actor for SessionActor {
    type Context = SyncContext;
}

impl Handler<HandlePost> for SessionActor {
    type Result = MessageResult<HandlePost>;

    fn handle(&mut self, HandlePost { said, speaker }: HandlePost, _: &mut Self::Context) -> Self::Result {
        self.heard_at = speaker.now();
        MessageResult(PostHandled { answered: self.processor.handle_post(speaker, &said), link: said.link })
    }
}
