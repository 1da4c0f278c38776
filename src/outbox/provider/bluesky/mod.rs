//! Replies and announcements on Bluesky.

mod account;
mod answers;
mod attestor;
mod posting;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::network::carry_out;
use super::{Delivery, Provider};
use crate::net::Http;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

pub use account::BlueskyAccount;
pub use attestor::BlueskyAttestor;
pub use posting::Posting;

/// Posts as one account. `http` adds the account's access token.
pub struct Bluesky {
    http: Arc<dyn Http>,
    account: BlueskyAccount,
}

impl Bluesky {
    /// Posts as that account.
    #[must_use]
    pub fn new(http: Arc<dyn Http>, account: BlueskyAccount) -> Self {
        Self { http, account }
    }
}

impl Provider for Bluesky {
    /// A post's address follows from the effect's key, so the same effect is the same post for ever.
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::KEY_FOR_EVER
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            match Posting::new(&self.account, &delivery.attempt, delivery.at) {
                Ok(mut posting) => carry_out(&self.http, &mut posting).await,
                Err(result) => result,
            }
        }
        .boxed_local()
    }
}
