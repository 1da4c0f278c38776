//! Replies and announcements on Mastodon, as statuses of the shop's account.
//!
//! A delivery is a conversation without sockets ([`Posting`]): it says which request comes next, and reads the
//! answer. A reply begins with the name of its recipient, because Mastodon notifies only who is mentioned; the
//! name is read from the post that is answered, which also shows whether that post still exists.

mod account;
mod answers;
mod own_timeline;
mod posting;
mod promise;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::network::carry_out;
use super::{Delivery, Provider};
use crate::net::Http;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

pub use account::Account;
pub use posting::Posting;
pub use promise::RESEND_SAFETY;

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
