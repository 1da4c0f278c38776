//! Stands where a shop has no provider: what comes is given up, and waits for an operator as a dead letter.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Carries nothing out, for this reason.
#[derive(Debug, Clone, Copy)]
pub struct Unavailable(pub &'static str);

impl Provider for Unavailable {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::KEY_FOR_EVER
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async { AttemptResult::impossible(self.0) }.boxed_local()
    }
}
