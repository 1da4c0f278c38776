//! A payment that its buyer authenticates: the intent that was made off session is confirmed again, with the buyer there.
//!
//! The state of the payment is read from Stripe, never from the browser's request. The attempts at the authorization look the
//! payment up until it is decided, and report its result.

use std::sync::Arc;

use super::api::Api;
use super::books::{Unread, one};
use super::objects::{Failure, Intent, Listed, NextAction};
use super::token::is_id;
use crate::net::{Http, Request};
use crate::words::Challenge;

/// Authenticates payments of one data directory.
pub struct OnSession {
    api: Api,
    http: Arc<dyn Http>,
    /// The data directory, as the metadata of its payments have it.
    instance: String,
}

/// How a payment stands for its buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits for its buyer, who has not begun.
    Waits,
    /// The bank asks the buyer at this address.
    AtBank(String),
    /// Its money is held, or taken.
    Held,
    /// Nothing is held, and nothing will be.
    Over,
    /// The bank has not decided.
    UnderWay,
}

/// Why nothing is told of a payment.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// It is not the order's.
    #[error("the payment is not that of the order")]
    NotTheirs,
    /// Stripe does not tell.
    #[error(transparent)]
    Unread(#[from] Unread),
}

impl OnSession {
    /// Authenticates payments through `http`, which signs requests with the shop's key. `instance` is the data directory that
    /// sells.
    #[must_use]
    pub const fn new(api: Api, http: Arc<dyn Http>, instance: String) -> Self {
        Self { api, http, instance }
    }

    /// How a payment stands. Waits for the answer.
    ///
    /// # Errors
    /// When it is another order's, or Stripe does not tell.
    pub fn look(&self, challenge: &Challenge) -> Result<Standing, NotTold> {
        Ok(self.standing(&self.read(challenge)?))
    }

    /// Begins to authenticate a payment that waits for its buyer, who comes back to `return_url`; asked again, it has no second
    /// effect. Waits for the answers.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn begin(&self, challenge: &Challenge, return_url: &str) -> Result<Standing, NotTold> {
        let intent = self.read(challenge)?;
        let (standing, card) = (self.standing(&intent), card_of(&intent));
        let (Standing::Waits, Some(card), Some(key)) = (&standing, card, key_of(&intent)) else {
            return Ok(standing);
        };
        let fields = [("payment_method", card), ("off_session", "false"), ("return_url", return_url)];
        let path = self.api.at(&format!("/v1/payment_intents/{}/confirm", intent.id));
        // The payment has one confirmation with its buyer, whichever browser asks for it, and however often.
        let request =
            Request::post_form(path, &fields).header("idempotency-key", format!("{key}-on-session")).signed();
        let why = match self.http.exchange(&request) {
            Ok(answer) if answer.is_success() => match answer.json::<Intent>() {
                Ok(intent) => return Ok(self.standing(&intent)),
                Err(fault) => Unread::new(fault),
            },
            Ok(answer) => Unread::new(format_args!("it answers {}", answer.status)),
            Err(fault) => Unread::new(fault),
        };
        // A lost answer, a bank that declines, another browser: the payment tells what came of it.
        match self.look(challenge)? {
            Standing::Waits => Err(why.into()),
            standing => Ok(standing),
        }
    }

    fn read(&self, challenge: &Challenge) -> Result<Intent, NotTold> {
        let id = challenge.payment.to_string();
        if !is_id(&id, "pi_") {
            return Err(NotTold::NotTheirs);
        }
        let intent = one::<Intent>(&self.api, &*self.http, &format!("/v1/payment_intents/{id}"))?;
        let is_theirs = |intent: &Intent| {
            intent.has("reservation", &challenge.order()) && intent.has("instance", &self.instance)
        };
        intent.filter(is_theirs).ok_or(NotTold::NotTheirs)
    }

    fn standing(&self, intent: &Intent) -> Standing {
        let waits = intent.last_payment_error.as_ref().is_some_and(Failure::asks_for_buyer);
        match intent.status.as_str() {
            "requires_capture" | "succeeded" => Standing::Held,
            "requires_action" => {
                let bank = intent.next_action.as_ref().and_then(|action| self.bank_of(action));
                bank.map_or(Standing::UnderWay, Standing::AtBank)
            }
            "requires_payment_method" if waits => Standing::Waits,
            "processing" | "requires_confirmation" => Standing::UnderWay,
            _ => Standing::Over,
        }
    }

    /// The address at which the bank asks; `None` for one that no browser is sent to.
    fn bank_of(&self, action: &NextAction) -> Option<String> {
        let url = action.redirect_to_url.as_ref()?.url.clone()?;
        let is_safe = url.starts_with("https://") || url.starts_with(&self.api.at("/"));
        (is_safe && url.bytes().all(|byte| byte.is_ascii_graphic())).then_some(url)
    }
}

/// The card with which the buyer ordered.
fn card_of(intent: &Intent) -> Option<&str> {
    let failed = intent.last_payment_error.as_ref().and_then(|failure| failure.payment_method.as_ref());
    let card = intent.payment_method.as_deref().or_else(|| failed.map(|failed| failed.id.as_str()));
    card.filter(|card| is_id(card, "pm_"))
}

/// The key of the effect that made the payment.
fn key_of(intent: &Intent) -> Option<&str> {
    intent.metadata()?.get("key").map(String::as_str)
}
