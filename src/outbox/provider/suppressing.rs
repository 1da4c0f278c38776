//! Letters, but for addresses that get none, those that bounced or complained, and but for kinds that their readers stopped.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;
use crate::ops::{OpsDatabase, OpsError, SuppressionReason};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;
use crate::words::LetterKind;

/// Sends letters, but for addresses that get none, and learns which bounce.
pub struct Suppressing {
    letters: Rc<dyn Provider>,
    database: OpsDatabase,
}

impl Suppressing {
    /// Sends by `letters` to whom `database` does not suppress.
    #[must_use]
    pub fn new(letters: Rc<dyn Provider>, database: OpsDatabase) -> Self {
        Self { letters, database }
    }

    async fn carry_out(&self, delivery: &Delivery) -> AttemptResult {
        let Some(address) = address_of(delivery) else { return self.letters.deliver(delivery).await };
        let (database, asked, stopped) = (self.database.clone(), address.clone(), kind_of(delivery));
        let look = move || -> Result<bool, OpsError> {
            if let Some((account, kind)) = stopped
                && database.has_stopped_letters(&account, kind.name())?
            {
                return Ok(true);
            }
            Ok(database.suppressed(&database.address_hash(&asked)?)?.is_some())
        };
        match blocking(look).await {
            Ok(false) => {}
            Ok(true) => return AttemptResult::Suppressed,
            // Whoever complained must not get another letter, so none leaves unasked.
            Err(error) => return AttemptResult::failed(error),
        }
        let result = self.letters.deliver(delivery).await;
        if let AttemptResult::Bounced { .. } = result {
            self.suppress(address, delivery.at).await;
        }
        result
    }

    async fn suppress(&self, address: String, at: Timestamp) {
        let database = self.database.clone();
        let kept = blocking(move || {
            database.suppress(&database.address_hash(&address)?, SuppressionReason::Bounced, at)
        });
        if let Err(error) = kept.await {
            // The next letter there bounces as well, and is kept then.
            tracing::warn!("an address that bounced could not be kept: {error}");
        }
    }
}

/// Waits for the disk on another thread.
async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T, OpsError> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(action).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(ended) => Err(ended.to_string()),
    }
}

/// The account and the kind of a letter that its reader may have stopped.
fn kind_of(delivery: &Delivery) -> Option<(String, LetterKind)> {
    let Effect::Email { request, .. } = &delivery.attempt.effect else { return None };
    Some((request.account.to_string(), LetterKind::of(request.outcome)?))
}

fn address_of(delivery: &Delivery) -> Option<String> {
    delivery.address.as_ref().map(ToString::to_string)
}

impl Provider for Suppressing {
    fn resend_safety(&self) -> ResendSafety {
        self.letters.resend_safety()
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.carry_out(delivery).boxed_local()
    }
}
