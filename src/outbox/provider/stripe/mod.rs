//! Payments at Stripe: payment intents that are authorized off session, captured by a second request, and canceled or
//! refunded by a third.
//!
//! An attempt is a conversation without sockets ([`Paying`]): it says which request comes next, and reads the answer.
//! Requests are made of the recorded effect alone, so a repeated one has the same bytes: Stripe refuses a key with another
//! body. What became of a key is read from lists of payments and refunds; Stripe's search is behind by minutes. A look-up that finds
//! the money of a payment held still captures it: Stripe captures a payment once, under whatever key.
//!
//! Where the bank asks for the buyer, the payment may wait ([`ChallengeLetters`]): the authorization is then under way until the
//! buyer authenticates the payment ([`OnSession`]), or it is closed. Nothing of that is recorded besides: each attempt finds it at Stripe.

mod amount;
mod answers;
mod api;
mod books;
mod cards;
mod challenge_letters;
mod dispute;
mod endpoint;
mod event;
mod hold_look;
mod hold_news;
mod holds;
mod key;
mod keyed_http;
mod meaning;
mod objections;
mod objects;
mod on_session;
mod order;
mod pages;
mod paying;
mod probe;
mod signature;
mod token;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use challenge_letters::{AskedBuyer, WaitingPayment};

use super::network::carry_out;
use super::{Delivery, Provider};
use crate::clock::{ACCEPTED_PERMILLE, SLEWED};
use crate::domain::time::Millis;
use crate::net::Http;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::{LookUp, ResendSafety};

pub use amount::stripe_amount;
pub use api::{API, Api, VERSION};
pub use books::{BookedPayment, BookedRefund, Unread, books};
pub use cards::StripeCards;
pub use challenge_letters::{ChallengeLetters, ChallengeUrl};
pub use dispute::BookedDispute;
pub use endpoint::{HINTS_MOST, Received, WebhookEndpoint};
pub use event::{CardEvent, Hint, LISTED_LATE_SECS, LISTED_SECS, event, events_since};
pub use hold_news::HoldNews;
pub use holds::{ALARMED_BEFORE, EndingHolds, Holds};
pub use key::{KeyFault, StripeKey};
pub use keyed_http::KeyedHttp;
pub use objections::{FoundObjection, read_objection};
pub use on_session::{NotTold, OnSession, Standing};
pub use paying::Paying;
pub use probe::probe;
pub use signature::{Forged, NoSecrets, TOLERANCE, WebhookSecrets};
pub use token::CardToken;

/// What Stripe promises.
///
/// It remembers a key for 24 hours; here it counts as forgotten an hour earlier, because the clocks differ and a request may
/// be long under way. A payment that the lists do not show may still be in progress.
///
/// A request that nobody waits for any more may still lie at a machine on the way. None keeps one for a quarter of an hour.
pub const RESEND_SAFETY: ResendSafety = ResendSafety::key_for(Millis::from_secs(23 * 3600))
    .looked_up(LookUp::Inconclusive)
    .arriving_within(Millis::from_secs(900));

/// A request under a key of nearly that age, by a clock that was slewed all the time, arrives while the key is remembered.
const _: () = {
    let (day_ms, kept) = (24 * 3600 * 1000, RESEND_SAFETY);
    let aged_ms = kept.key_remembered.ms() * 1000 / ACCEPTED_PERMILLE + SLEWED.ms();
    assert!(aged_ms + kept.arrives_within.ms() < day_ms);
};

/// Takes payments at Stripe.
pub struct Stripe {
    api: Api,
    http: Arc<dyn Http>,
    /// Who writes to buyers whose banks ask for them; `None` if such payments are declined.
    letters: Option<Arc<ChallengeLetters>>,
    /// Who watches over the holds; `None` if nobody does.
    holds: Option<Arc<Holds>>,
}

impl Stripe {
    /// Takes payments through `http`, which signs requests with the shop's key.
    #[must_use]
    pub fn new(api: Api, http: Arc<dyn Http>) -> Self {
        Self { api, http, letters: None, holds: None }
    }

    /// Lets payments wait for their buyers where the banks ask for them; `None` declines them.
    #[must_use]
    pub fn with_challenges(self, letters: Option<Arc<ChallengeLetters>>) -> Self {
        Self { letters, ..self }
    }

    /// Tells `holds` whose money is held; without it, nobody.
    #[must_use]
    pub fn with_holds(self, holds: Arc<Holds>) -> Self {
        Self { holds: Some(holds), ..self }
    }

    async fn pay(&self, delivery: &Delivery) -> AttemptResult {
        let patience = self.letters.as_ref().map(|letters| letters.patience);
        let mut paying = Paying::patient(&self.api, delivery, patience);
        let result = self.attempt(&mut paying, delivery, patience).await;
        if let (Some(holds), Some(news)) = (&self.holds, paying.hold_news(&result)) {
            holds.follow(news, delivery.at);
        }
        result
    }

    async fn attempt(
        &self,
        paying: &mut Paying<'_>,
        delivery: &Delivery,
        patience: Option<Millis>,
    ) -> AttemptResult {
        let result = carry_out(&self.http, paying).await;
        let (Some(letters), Some(patience), Some(intent)) = (&self.letters, patience, paying.waiting())
        else {
            return result;
        };
        let asked = match WaitingPayment::of(delivery, intent, patience) {
            Some(waiting) => {
                let letters = Arc::clone(letters);
                let asking = tokio::task::spawn_blocking(move || letters.ask(&waiting));
                asking.await.unwrap_or(AskedBuyer::Later)
            }
            None => AskedBuyer::Unreachable,
        };
        if asked == AskedBuyer::Unreachable {
            paying.give_up_waiting();
            return carry_out(&self.http, paying).await;
        }
        result
    }
}

impl Provider for Stripe {
    fn resend_safety(&self) -> ResendSafety {
        RESEND_SAFETY
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        self.pay(delivery).boxed_local()
    }
}
