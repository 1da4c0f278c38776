//! The shop's accounts at one network: each post is answered by the account that heard it.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::domain::id::PostId;
use crate::domain::time::Millis;
use crate::networks::ShopAccount;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// How long a reply, or a lane, waits before it asks again whether its account can be used.
const ASK_AGAIN: Millis = Millis::from_secs(10);

/// Which account heard a post, by the name that the shop gave it.
pub type Heard = Rc<dyn Fn(&PostId) -> Option<String>>;

/// Notes how the accounts stand with their network now.
pub type NoteStandings = Rc<dyn Fn()>;

/// One account, and what posts in its name.
pub struct Replier {
    /// The account.
    pub account: Arc<ShopAccount>,
    /// Posts in its name.
    pub provider: Rc<dyn Provider>,
}

/// The accounts of the shop at one network. The first makes the announcements, and answers posts of which it is not known
/// who heard them.
pub struct ShopAccounts {
    first: Replier,
    others: Vec<Replier>,
    heard: Heard,
    note_standings: NoteStandings,
}

impl ShopAccounts {
    /// Replies from these accounts.
    #[must_use]
    pub fn new(first: Replier, others: Vec<Replier>, heard: Heard, note_standings: NoteStandings) -> Self {
        Self { first, others, heard, note_standings }
    }

    fn replier(&self, effect: &Effect) -> &Replier {
        let (Effect::Reply(request) | Effect::Email { request, .. }) = effect else { return &self.first };
        if self.others.is_empty() {
            return &self.first;
        }
        let name = (self.heard)(&request.post);
        let named = name.and_then(|name| self.others.iter().find(|other| other.account.name == name));
        named.unwrap_or(&self.first)
    }

    fn waits(&self, delivery: &Delivery) -> AttemptResult {
        let until = delivery.at.plus(ASK_AGAIN);
        let mut all = std::iter::once(&self.first).chain(&self.others);
        if all.any(|replier| replier.account.can_post()) {
            AttemptResult::Deferred { left_at: delivery.at, until }
        } else {
            AttemptResult::Throttled { until }
        }
    }
}

impl Provider for ShopAccounts {
    fn resend_safety(&self) -> ResendSafety {
        // All are of one network.
        self.first.provider.resend_safety()
    }

    /// An account that an operator stopped, or whose token the network no longer accepts, costs no effect an attempt: its
    /// replies wait. Those of the other accounts leave meanwhile; once none can be used, the whole lane waits.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            let replier = self.replier(&delivery.attempt.effect);
            if !replier.account.can_post() {
                return self.waits(delivery);
            }
            let result = replier.provider.deliver(delivery).await;
            if !matches!(result, AttemptResult::Failed { permanent: false, .. }) {
                return result;
            }
            // It may be the attempt at which the network told that it accepts the account no more.
            (self.note_standings)();
            if replier.account.can_post() { result } else { self.waits(delivery) }
        }
        .boxed_local()
    }
}
