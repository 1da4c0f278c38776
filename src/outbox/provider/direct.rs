//! Prompts and reminders as direct messages where the network lets the shop send one, and letters otherwise.
//!
//! A buyer hears of a fact once: a message that arrived takes the place of the letter. What a network refuses leaves as the
//! letter at once, because a deadline runs.

use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::domain::id::Network;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Sends direct messages for letters.
pub struct DirectFirst {
    direct: BTreeMap<Network, Rc<dyn Provider>>,
    letters: Rc<dyn Provider>,
}

impl DirectFirst {
    /// Sends messages by `direct`, and all else by `letters`.
    #[must_use]
    pub fn new(
        direct: impl IntoIterator<Item = (Network, Rc<dyn Provider>)>,
        letters: Rc<dyn Provider>,
    ) -> Self {
        Self { direct: direct.into_iter().collect(), letters }
    }

    /// Who sends the message of a delivery; `None` if it has none, if it asks what became of a letter, or if its recipient is a
    /// sandbox account, which stands at no network.
    fn direct_of(&self, delivery: &Delivery) -> Option<&Rc<dyn Provider>> {
        let Effect::Email { request, .. } = &delivery.attempt.effect else { return None };
        let has_text = delivery.attempt.text.is_some() && !delivery.attempt.look_up;
        self.direct.get(&request.account.network).filter(|_| has_text && !request.account.is_sandbox())
    }

    async fn carry_out(&self, delivery: &Delivery) -> AttemptResult {
        let Some(direct) = self.direct_of(delivery) else { return self.letters.deliver(delivery).await };
        match direct.deliver(delivery).await {
            // The message is no post, so nothing answers it or reposts it.
            AttemptResult::Done { at, .. } => AttemptResult::Done { reference: None, at },
            // It may have arrived. The next attempt has the same key, which a network answers with the same message.
            unknown @ AttemptResult::Unknown { .. } if delivery.attempt.number == 1 => unknown,
            _ => self.letters.deliver(delivery).await,
        }
    }
}

impl Provider for DirectFirst {
    fn resend_safety(&self) -> ResendSafety {
        self.letters.resend_safety()
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.carry_out(delivery).boxed_local()
    }
}
