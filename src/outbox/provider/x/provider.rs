//! The provider: attempts and look-ups.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::options::XOptions;
use super::own_posts::{OwnPosts, Page};
use super::posting::{Posted, posted, request};
use crate::domain::effect::Effect;
use crate::domain::time::{Millis, Timestamp};
use crate::net::Http;
use crate::networks::x::price::{MicroUsd, OWNED_READ, posting as price_of};
use crate::networks::x::snowflake;
use crate::outbox::attempt::{Attempt, AttemptResult};
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::provider::network::exchange;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::resend_safety::{LookUp, ResendSafety};

/// Pages of own posts that a look-up reads: X keeps 3,200 posts of a timeline, in pages of 100.
const PAGES_MOST: u32 = 32;

/// How far X's clock may be ahead of this machine's.
const X_AHEAD: Millis = Millis::from_secs(10);

/// Posts on X.
pub struct X {
    options: XOptions,
    http: Arc<dyn Http>,
    spent: Cell<MicroUsd>,
    /// When the first delivery left.
    began: OnceCell<Timestamp>,
}

impl X {
    /// Posts over a client that signs requests.
    #[must_use]
    pub fn new(options: XOptions, http: Arc<dyn Http>) -> Self {
        Self { options, http, spent: Cell::new(MicroUsd::ZERO), began: OnceCell::new() }
    }

    /// What the posts since the last call cost, at most, and the own posts among which they were looked for.
    pub fn take_spent(&self) -> MicroUsd {
        self.spent.take()
    }

    async fn attempt(&self, delivery: &Delivery) -> AttemptResult {
        let Delivery { attempt, at, .. } = delivery;
        let began = *self.began.get_or_init(|| *at);
        if attempt.look_up {
            return self.look_up(attempt, *at).await;
        }
        let request = match request(&self.options.api, attempt, self.options.links_in_replies) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        if may_be_answered(attempt, began) {
            match self.look_up(attempt, *at).await {
                AttemptResult::NotFound => {}
                found => return found,
            }
        }
        let answer = exchange(&self.http, request).await;
        let posted = posted(&answer, attempt, *at);
        if let Posted::Ended(AttemptResult::Done { .. } | AttemptResult::Unknown { .. }) = posted {
            self.spend(price(attempt));
        }
        match posted {
            Posted::Ended(result) => result,
            Posted::Earlier(words) => match self.look_up(attempt, *at).await {
                AttemptResult::NotFound => AttemptResult::unknown(words),
                found => found,
            },
        }
    }

    /// Looks for what an earlier attempt may have posted.
    async fn look_up(&self, attempt: &Attempt, at: Timestamp) -> AttemptResult {
        let own_posts = match OwnPosts::of(&self.options, attempt) {
            Ok(own_posts) => own_posts,
            Err(refused) => return refused,
        };
        let mut next = None;
        for _ in 0..PAGES_MOST {
            let answer = exchange(&self.http, own_posts.request(next.as_deref())).await;
            let (page, posts) = own_posts.read(&answer, attempt, at);
            self.spend(OWNED_READ.times(u64::try_from(posts).unwrap_or(u64::MAX)));
            match page {
                Page::Ended(result) => return result,
                Page::More(token) => next = Some(token),
            }
        }
        AttemptResult::NotFound
    }

    fn spend(&self, price: MicroUsd) {
        self.spent.set(self.spent.get().plus(price));
    }
}

fn price(attempt: &Attempt) -> MicroUsd {
    let is_summoned = matches!(attempt.effect, Effect::Reply(_));
    price_of(attempt.text.as_deref().unwrap_or_default(), is_summoned)
}

impl Provider for X {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE.looked_up(LookUp::Inconclusive)
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.attempt(delivery).boxed_local()
    }
}

/// Whether an earlier process may have answered the post. The reply to a refused post has no record, so its post is heard and
/// refused again after a restart. A post that is younger than this process was heard by no other one.
fn may_be_answered(attempt: &Attempt, began: Timestamp) -> bool {
    let DeliveryKey::Refusal { post, .. } = &attempt.key else { return false };
    let made = snowflake::parse(&post.to_string()).map(snowflake::time_of);
    made.is_none_or(|made| made < began.plus(X_AHEAD))
}
