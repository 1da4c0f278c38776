//! Stands where a data directory is in quarantine: the outbox asks it for nothing. If it did, its lane would pause, and no
//! effect would be lost or used up.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Carries nothing out, and reaches nobody.
#[derive(Debug, Clone, Copy)]
pub struct Quarantined;

impl Provider for Quarantined {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::KEY_FOR_EVER
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async { AttemptResult::shut_out("nothing leaves this data directory until it is opened") }
            .boxed_local()
    }
}
