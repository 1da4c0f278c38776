//! Posts no faster than a network's answers allow.
//!
//! What is learnt only delays: the shop's own ceilings hold besides, in the outbox.

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::domain::time::Timestamp;
use crate::net::{Answer, Http, Method, Request, Unanswered};
use crate::networks::RateLimits;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Requests that post.
const POSTS: &str = "posts";
/// Requests that read.
const READS: &str = "reads";

/// Tells the time.
pub type Now = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The client of one account, which learns its limits from every answer.
pub struct LearningHttp {
    http: Arc<dyn Http>,
    now: Now,
    limits: Mutex<RateLimits>,
}

impl LearningHttp {
    /// Learns from the answers that `http` gets.
    #[must_use]
    pub fn new(http: Arc<dyn Http>, now: Now) -> Self {
        Self { http, now, limits: Mutex::default() }
    }

    fn limits(&self) -> MutexGuard<'_, RateLimits> {
        self.limits.lock().expect("no panic is survived")
    }
}

impl Http for LearningHttp {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        // Other servers, as those of authors, have limits of their own.
        if !request.signed {
            return self.http.exchange(request);
        }
        let family = if request.method == Method::Get { READS } else { POSTS };
        self.limits().departed(family);
        let answer = self.http.exchange(request)?;
        self.limits().learn(family, &answer, (self.now)());
        Ok(answer)
    }
}

/// Which requests an attempt makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// It reads the post that it answers, and posts.
    ReadsAndPosts,
    /// It posts; a look-up reads.
    PostsOrReads,
}

/// A provider that makes no attempt before the network accepts its requests.
pub struct Paced {
    provider: Rc<dyn Provider>,
    learnt: Arc<LearningHttp>,
    requests: Requests,
}

impl Paced {
    /// Paces `provider`, whose requests go through `learnt`.
    #[must_use]
    pub fn new(provider: Rc<dyn Provider>, learnt: Arc<LearningHttp>, requests: Requests) -> Self {
        Self { provider, learnt, requests }
    }

    fn opens_at(&self, delivery: &Delivery) -> Timestamp {
        let limits = self.learnt.limits();
        match (self.requests, delivery.attempt.look_up) {
            (Requests::ReadsAndPosts, _) => limits.opens_at(READS).max(limits.opens_at(POSTS)),
            (Requests::PostsOrReads, false) => limits.opens_at(POSTS),
            (Requests::PostsOrReads, true) => limits.opens_at(READS),
        }
    }
}

impl Provider for Paced {
    fn resend_safety(&self) -> ResendSafety {
        self.provider.resend_safety()
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            let until = self.opens_at(delivery);
            if until > delivery.at {
                return AttemptResult::Throttled { until };
            }
            match self.provider.deliver(delivery).await {
                AttemptResult::Throttled { until } => {
                    AttemptResult::Throttled { until: until.max(self.opens_at(delivery)) }
                }
                result => result,
            }
        }
        .boxed_local()
    }
}
