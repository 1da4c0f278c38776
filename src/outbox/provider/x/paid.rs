//! Posts on X within the budget of the account.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::provider::X;
use crate::domain::time::{Millis, Timestamp};
use crate::networks::Purse;
use crate::networks::x::price::MicroUsd;
use crate::ops::{Expense, OpsError, Spent};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::resend_safety::ResendSafety;

/// How long posts wait after the database failed.
const DATABASE_WAIT: Millis = Millis::from_secs(30);

/// Posts on X as long as the budget lasts; then posts wait for the next day.
pub struct PaidX {
    x: Rc<X>,
    purse: Purse,
}

impl PaidX {
    /// Posts by `x`, paid from `purse`.
    #[must_use]
    pub fn new(x: X, purse: Purse) -> Self {
        Self { x: Rc::new(x), purse }
    }

    /// Asks the database on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Purse) -> Result<T, OpsError> + Send + 'static,
    ) -> Option<T> {
        let purse = self.purse.clone();
        let asked = tokio::task::spawn_blocking(move || ask(&purse)).await;
        match asked {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(fault)) => {
                tracing::error!("the budget cannot be looked up: {fault}");
                None
            }
            Err(_) => None,
        }
    }

    async fn pay(&self, at: Timestamp) {
        let MicroUsd(micros) = self.x.take_spent();
        let paid = Spent { count: 1, micros };
        if micros > 0 {
            self.ask(move |purse| purse.spend(Expense::Sent, paid, at)).await;
        }
    }
}

impl Provider for PaidX {
    fn resend_safety(&self) -> ResendSafety {
        self.x.resend_safety()
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            let at = delivery.at;
            match self.ask(move |purse| purse.empty_until(at)).await {
                Some(None) => {}
                Some(Some(until)) => return AttemptResult::Throttled { until },
                None => return AttemptResult::Throttled { until: at.plus(DATABASE_WAIT) },
            }
            let result = self.x.deliver(delivery).await;
            self.pay(at).await;
            result
        }
        .boxed_local()
    }
}
