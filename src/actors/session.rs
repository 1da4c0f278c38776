//! The session actor: one account's conversation with one campaign. It is the entry of the campaign's slab
//! itself.

use actix::{Actor, Handler, Message};

use super::sync_context::SyncContext;
use crate::domain::command::PostCommand;
use crate::domain::decision::Decision;
use crate::domain::offers::Offers;
use crate::domain::refusal::Refusal;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;

/// A post of the session's account that concerns the campaign's offers.
#[derive(Debug, Message)]
#[rtype(result = "Result<Decision, Refusal>")]
pub struct HandlePost<'a> {
    /// Journal time.
    pub now: Timestamp,
    /// The post.
    pub post: &'a PostCommand,
    /// The campaign's offers.
    pub offers: &'a Offers,
}

impl Actor for Session {
    type Context = SyncContext;
}

impl<'a> Handler<HandlePost<'a>> for Session {
    type Result = Result<Decision, Refusal>;

    fn handle(&mut self, message: HandlePost<'a>, _: &mut Self::Context) -> Self::Result {
        let HandlePost { now, post, offers } = message;
        self.decide_post(now, post, offers)
    }
}

/// Hands a post to its session.
pub(super) fn handle_post(
    session: &mut Session,
    now: Timestamp,
    post: &PostCommand,
    offers: &Offers,
) -> Result<Decision, Refusal> {
    SyncContext::call(session, HandlePost { now, post, offers })
}
