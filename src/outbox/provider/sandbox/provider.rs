//! The card sandbox as two providers, payments and statement credits, with one ledger.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{RESEND_SAFETY, Sandbox};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::file::group_sync::GroupSync;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::queue::lane::Lane;
use crate::outbox::resend_safety::ResendSafety;

/// The sandbox in real time: it waits for its latencies, and answers once its ledger is durable.
#[derive(Debug, Clone)]
pub struct LiveSandbox {
    sandbox: Rc<RefCell<Sandbox>>,
    ledger: Option<Rc<GroupSync>>,
}

impl LiveSandbox {
    /// Runs the sandbox in real time.
    ///
    /// # Errors
    /// When the ledger's file handle cannot be duplicated.
    pub fn new(sandbox: Sandbox) -> io::Result<Self> {
        let ledger = sandbox.ledger_handle()?.map(GroupSync::new);
        Ok(Self { sandbox: Rc::new(RefCell::new(sandbox)), ledger })
    }

    /// The provider of payments.
    #[must_use]
    pub fn cards(&self) -> SandboxCards {
        SandboxCards(self.clone())
    }

    /// The provider of statement credits.
    #[must_use]
    pub fn credits(&self) -> SandboxCredits {
        SandboxCredits(self.clone())
    }

    /// Makes an attempt at an effect of the lane.
    async fn attempt(&self, lane: Lane, delivery: &Delivery) -> AttemptResult {
        let Delivery { attempt, offering, at, .. } = delivery;
        if Lane::of(&attempt.effect) != lane {
            return AttemptResult::impossible("another provider's effect");
        }
        let order = attempt.effect.order_name(offering.id()).unwrap_or_default();
        // Ends the borrow before the wait begins, so that other requests are served meanwhile.
        let (latency, result) = self.sandbox.borrow_mut().serve(*at, attempt, &order);
        if let Some(ledger) = &self.ledger
            && let Err(error) = ledger.sync().await
        {
            return AttemptResult::unknown(error);
        }
        tokio::time::sleep(latency.std()).await;
        result
    }
}

/// Payments in the sandbox.
#[derive(Debug)]
pub struct SandboxCards(LiveSandbox);

impl Provider for SandboxCards {
    fn resend_safety(&self) -> ResendSafety {
        RESEND_SAFETY
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.0.attempt(Lane::Cards, delivery).boxed_local()
    }
}

/// Statement credits in the sandbox.
#[derive(Debug)]
pub struct SandboxCredits(LiveSandbox);

impl Provider for SandboxCredits {
    fn resend_safety(&self) -> ResendSafety {
        RESEND_SAFETY
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.0.attempt(Lane::Credits, delivery).boxed_local()
    }
}
