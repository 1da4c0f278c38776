//! Replies by their recipient: those to sandbox accounts go where replies go without a network, because the posts that they
//! answer stand at no network.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Replies to the authors of a network there, and to sandbox accounts elsewhere.
pub struct ByRecipient {
    network: Rc<dyn Provider>,
    sandbox: Rc<dyn Provider>,
}

impl ByRecipient {
    /// Sends replies to sandbox accounts by `sandbox`, and all else by `network`.
    #[must_use]
    pub fn new(network: Rc<dyn Provider>, sandbox: Rc<dyn Provider>) -> Self {
        Self { network, sandbox }
    }

    fn provider_of(&self, effect: &Effect) -> &Rc<dyn Provider> {
        match effect {
            Effect::Reply(request) if request.account.is_sandbox() => &self.sandbox,
            _ => &self.network,
        }
    }
}

impl Provider for ByRecipient {
    /// What the network promises. A file keeps more than any network does: it has each key once, whether it is asked or told. The
    /// console may show a reply of a test twice after a restart.
    fn resend_safety(&self) -> ResendSafety {
        self.network.resend_safety()
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.provider_of(&delivery.attempt.effect).deliver(delivery)
    }
}
