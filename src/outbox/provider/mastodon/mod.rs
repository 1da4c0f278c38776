//! Replies and announcements on Mastodon, as statuses of the shop's account.
//!
//! A delivery is a conversation without sockets ([`Posting`]): it says which request comes next, and reads the
//! answer. A reply begins with the name of its recipient, because Mastodon notifies only who is mentioned; the
//! name is read from the post that is answered, which also shows whether that post still exists.

mod account;
mod answers;
mod own_timeline;
mod posting;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::network::carry_out;
use super::{Delivery, Provider};
use crate::domain::time::Millis;
use crate::net::Http;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::{LookUp, ResendSafety};

pub use account::Account;
pub use posting::Posting;

/// What a server of Mastodon promises.
///
/// It remembers a key for an hour after the status was posted; here it counts as forgotten five minutes earlier,
/// because the clocks differ. The account's timeline shows what an older key came to. That it shows nothing proves
/// nothing: a request whose answer was not awaited may still be in progress there.
pub const RESEND_SAFETY: ResendSafety =
    ResendSafety::key_for(Millis::from_secs(55 * 60)).looked_up(LookUp::Inconclusive);

/// Posts as one account.
pub struct Mastodon {
    account: Account,
    is_direct: bool,
    http: Arc<dyn Http>,
}

impl Mastodon {
    /// Posts as `account` through `http`, which signs requests with the account's token.
    #[must_use]
    pub fn new(account: Account, http: Arc<dyn Http>) -> Self {
        Self { account, is_direct: false, http }
    }

    /// Lets only the recipients see what it posts.
    #[must_use]
    pub fn directly(self) -> Self {
        Self { is_direct: true, ..self }
    }
}

impl Provider for Mastodon {
    fn resend_safety(&self) -> ResendSafety {
        RESEND_SAFETY
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        let begin = if self.is_direct { Posting::direct } else { Posting::new };
        let mut posting = begin(&self.account, delivery);
        async move { carry_out(&self.http, &mut posting).await }.boxed_local()
    }
}
