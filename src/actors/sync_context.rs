//! The context of an actor without a mailbox: its handlers are called directly, and return their result.

use actix::{Actor, ActorContext, ActorState, Handler, Message};

/// Holds only whether the actor is running. It lives for one message.
///
/// actix' own context, with a mailbox, a task and a waker, costs nearly a kilobyte and a microsecond for each
/// actor, and its messages may not borrow.
#[derive(Debug, Default)]
pub struct SyncContext {
    stopped: bool,
}

impl SyncContext {
    /// Hands a message to an actor and returns what its handler returns.
    pub fn call<A, M>(actor: &mut A, message: M) -> A::Result
    where
        A: Actor<Context = Self> + Handler<M>,
        M: Message,
    {
        actor.handle(message, &mut Self::default())
    }
}

impl ActorContext for SyncContext {
    fn stop(&mut self) {
        self.stopped = true;
    }

    fn terminate(&mut self) {
        self.stopped = true;
    }

    fn state(&self) -> ActorState {
        if self.stopped { ActorState::Stopped } else { ActorState::Running }
    }
}

#[cfg(test)]
mod tests {
    use actix::{Actor, ActorContext, Handler, Message};

    use super::SyncContext;

    /// Counts the bytes of the text that it is shown.
    struct Reader(usize);

    #[derive(Message)]
    #[rtype(result = "Result<usize, ()>")]
    struct Show<'a>(&'a str);

    impl Actor for Reader {
        type Context = SyncContext;
    }

    impl<'a> Handler<Show<'a>> for Reader {
        type Result = Result<usize, ()>;

        fn handle(&mut self, Show(text): Show<'a>, context: &mut Self::Context) -> Self::Result {
            assert!(context.state().alive(), "an actor runs while it handles a message");
            self.0 += text.len();
            Ok(self.0)
        }
    }

    #[test]
    fn a_message_may_borrow_because_it_is_handled_before_the_call_returns() {
        let (mut reader, text) = (Reader(0), String::from("seven chars"));
        assert_eq!(SyncContext::call(&mut reader, Show(&text[..5])), Ok(5));
        assert_eq!(SyncContext::call(&mut reader, Show(&text[5..])), Ok(11));
        let mut context = SyncContext::default();
        context.stop();
        assert!(!context.state().alive());
    }
}
