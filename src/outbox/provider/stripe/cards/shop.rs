//! What the requests of the card page are made with, and the ways in which they fail.

use std::sync::Arc;

use serde::Deserialize;

use crate::clock::Lag;
use crate::linking::{Ticket, VaultFault};
use crate::net::{Answer, Http, Request, Unanswered};
use crate::ops::{OpsDatabase, OpsError};
use crate::outbox::provider::stripe::api::Api;
use crate::outbox::provider::stripe::objects::ErrorAnswer;
use crate::text::hex::hex;

/// The shop's account at Stripe, and what is known of its customers.
pub(super) struct Shop {
    pub(super) api: Api,
    pub(super) http: Arc<dyn Http>,
    pub(super) database: OpsDatabase,
    /// The data directory that sells.
    pub(super) instance: String,
    /// How much more time may have passed than the times that are passed in show.
    pub(super) lag: Lag,
}

/// Why a request did nothing, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotDone {
    /// Stripe does not have what it names.
    Missing,
    /// Stripe refuses it. The text is its status and code.
    Refused(String),
    /// Stripe gave no answer, or one that cannot be read.
    Unanswered(String),
}

impl NotDone {
    /// For who waits for the page.
    pub(super) fn into_fault(self) -> VaultFault {
        match self {
            Self::Missing => VaultFault::Unknown,
            Self::Refused(why) | Self::Unanswered(why) => VaultFault::Unanswered(why),
        }
    }
}

impl Shop {
    /// Makes a request. If nobody knows whether it arrived, it is made once more with the same bytes: it reads, it removes, or
    /// it has a key.
    pub(super) fn ask(&self, request: Request) -> Result<Answer, NotDone> {
        let mut answer = self.http.exchange(&request);
        if matches!(answer, Err(Unanswered::Unknown(_))) {
            answer = self.http.exchange(&request);
        }
        let answer = answer.map_err(|fault| NotDone::Unanswered(fault.to_string()))?;
        if answer.is_success() {
            return Ok(answer);
        }
        let failure = answer.json::<ErrorAnswer>().ok().map(|body| body.error);
        let code = failure.as_ref().and_then(|failure| failure.code.as_deref());
        let status = answer.status;
        let told = format!("Stripe answers {status} {}", code.unwrap_or_default()).trim_end().to_owned();
        match (status, code) {
            (400 | 404, Some("resource_missing")) => Err(NotDone::Missing),
            (401 | 403, _) => {
                tracing::error!(
                    request = answer.header("request-id").unwrap_or_default(),
                    "Stripe refuses the shop's key, or it lacks a permission: no card can be linked; \
                     `flashtag check --providers` says what is missing"
                );
                Err(NotDone::Refused(told))
            }
            (409 | 429 | 500.., _) => Err(NotDone::Unanswered(told)),
            _ => {
                let text = failure.map(|failure| failure.text()).unwrap_or_default();
                tracing::error!("Stripe refuses a request of the card page: {status} {text}");
                Err(NotDone::Refused(told))
            }
        }
    }

    /// Makes a request whose answer is read.
    pub(super) fn ask_for<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, NotDone> {
        let answer = self.ask(request)?;
        answer.json().map_err(|fault| NotDone::Unanswered(fault.to_string()))
    }

    /// Detaches a payment method, which can then be charged no more, nor be attached again.
    pub(super) fn detach(&self, method: &str) -> Result<(), VaultFault> {
        let address = self.api.at(&format!("/v1/payment_methods/{method}"));
        let detached = self.remove(Request::post_form(format!("{address}/detach"), &[]));
        // One that is detached already is refused, without a code that says so.
        let is_loose = |found: Result<Attached, NotDone>| found.is_ok_and(|found| found.customer.is_none());
        detached.or_else(|fault| {
            if is_loose(self.ask_for(Request::get(address).signed())) { Ok(()) } else { Err(fault) }
        })
    }

    /// Removes an object. One that Stripe does not have is removed.
    pub(super) fn remove(&self, request: Request) -> Result<(), VaultFault> {
        match self.ask(request.signed()) {
            Ok(_) | Err(NotDone::Missing) => Ok(()),
            Err(NotDone::Refused(why) | NotDone::Unanswered(why)) => Err(VaultFault::Unanswered(why)),
        }
    }
}

/// A payment method, as far as it tells whether somebody may be charged.
#[derive(Deserialize)]
struct Attached {
    customer: Option<String>,
}

/// The key of a request that begins something. It is derived from the random id of the flow, so it is never used for
/// another one.
pub(super) fn key(id: &Ticket, purpose: &str) -> String {
    let derived = id.derived(&format!("flashtag/{purpose}"));
    format!("ft-link-{}-{purpose}", hex(derived.get(..16).unwrap_or_default()))
}

pub(super) fn unusable(fault: &OpsError) -> VaultFault {
    tracing::error!("the customers of the card processor: {fault}");
    VaultFault::Unanswered("the shop cannot read who its customers are".to_owned())
}
