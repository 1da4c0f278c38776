//! The parts of Stripe's objects that decide.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};
use serde::Deserialize;

/// What the shop wrote to an object.
pub(super) type Metadata = BTreeMap<String, String>;

/// A payment intent.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) amount: i64,
    #[serde(default)]
    pub(super) amount_received: i64,
    pub(super) currency: String,
    pub(super) status: CompactString,
    pub(super) metadata: Option<Metadata>,
    pub(super) last_payment_error: Option<Failure>,
    pub(super) payment_method: Option<String>,
    pub(super) next_action: Option<NextAction>,
}

/// What the buyer has to do.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NextAction {
    pub(super) redirect_to_url: Option<RedirectToUrl>,
}

/// Where the buyer's bank asks.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RedirectToUrl {
    pub(super) url: Option<String>,
}

/// An object of which the id alone counts.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: Option<CompactString>,
    pub(super) failure_reason: Option<CompactString>,
    pub(super) payment_intent: Option<String>,
    pub(super) metadata: Option<Metadata>,
}

/// A page of a list, the newest first.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// What stands in a list.
pub(super) trait Listed {
    fn id(&self) -> &str;
    fn metadata(&self) -> Option<&Metadata>;

    /// Whether the shop wrote this to it.
    fn has(&self, name: &str, value: &str) -> bool {
        self.metadata().and_then(|metadata| metadata.get(name)).is_some_and(|found| found == value)
    }
}

impl Listed for Intent {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

impl Listed for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }
}

/// An answer that is no success.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorAnswer {
    pub(super) error: Failure,
}

/// Why a request failed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Failure {
    #[serde(rename = "type")]
    pub(super) kind: CompactString,
    pub(super) code: Option<CompactString>,
    pub(super) decline_code: Option<CompactString>,
    pub(super) advice_code: Option<CompactString>,
    pub(super) message: Option<String>,
    pub(super) payment_intent: Option<Left>,
    /// The card that failed. The payment itself has none any more.
    pub(super) payment_method: Option<Named>,
}

/// The payment that a failed request left behind.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Left {
    pub(super) id: String,
    pub(super) status: CompactString,
}

/// Why a bank does not pay before the owner of the card has authenticated the payment.
pub(super) const AUTHENTICATION_REQUIRED: &str = "authentication_required";

impl Failure {
    /// Whether the bank asks for the owner of the card, who was not there.
    pub(super) fn asks_for_buyer(&self) -> bool {
        [&self.code, &self.decline_code].into_iter().flatten().any(|code| code == AUTHENTICATION_REQUIRED)
    }

    /// Why a card does not pay: the issuer's code, and what it advises.
    pub(super) fn decline(&self) -> CompactString {
        let code = self.decline_code.as_ref().or(self.code.as_ref()).unwrap_or(&self.kind);
        match &self.advice_code {
            Some(advice) => format_compact!("{code}, advice {advice}"),
            None => code.clone(),
        }
    }

    /// For people: the code, and Stripe's words.
    pub(super) fn text(&self) -> CompactString {
        let code = self.code.as_ref().unwrap_or(&self.kind);
        match &self.message {
            Some(message) => format_compact!("{code}: {message}"),
            None => code.clone(),
        }
    }
}
