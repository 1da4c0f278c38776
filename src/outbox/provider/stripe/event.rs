//! Stripe's events: that something happened to an object. What happened is read from the object itself.

use serde::Deserialize;
use serde_json::Value;

use super::api::Api;
use super::books::{Unread, all, one};
use super::objects::{Listed, Metadata};
use super::token::is_id;
use crate::domain::time::Timestamp;
use crate::net::Http;

/// The events that tell of objections. Payments and refunds are followed by the effects themselves.
const WATCHED: [&str; 7] = [
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
];

/// Seconds between an event's time and its place in the list, at most. The list is read again from so long before.
pub const LISTED_LATE_SECS: i64 = 3600;

/// How long Stripe lists events, in seconds.
pub const LISTED_SECS: i64 = 30 * 86_400;

/// That something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEvent {
    /// The event's id.
    pub id: String,
    /// When it happened, in seconds since 1970.
    pub created: i64,
    /// The object to which it happened; `None` if it is none that is watched.
    pub(super) object: Option<WatchedObject>,
}

/// An object that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WatchedObject {
    Dispute(String),
    FraudWarning(String),
}

/// The event that tells that a card page is finished.
const CARD_PAGE_FINISHED: &str = "checkout.session.completed";

/// What a webhook says: what is to be read again. Nothing else in it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// An event about an objection, by its id.
    Event(String),
    /// A card page, by the id of its session.
    CardPage(String),
    /// Nothing: the event is of no kind that is watched.
    Unwatched,
}

#[derive(Debug, Deserialize)]
struct Heading {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Option<Data>,
}

/// An event as the API has it.
#[derive(Debug, Deserialize)]
pub(super) struct Wire {
    id: String,
    created: i64,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

impl Data {
    /// The id of the object; empty if it has none.
    fn object_id(&self) -> &str {
        self.object.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Listed for Wire {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self) -> Option<&Metadata> {
        None
    }
}

impl From<Wire> for CardEvent {
    fn from(wire: Wire) -> Self {
        let id = wire.data.object_id();
        let object = match wire.kind.as_str() {
            kind if !WATCHED.contains(&kind) => None,
            kind if kind.starts_with("radar.") => {
                is_id(id, "issfr_").then(|| WatchedObject::FraudWarning(id.to_owned()))
            }
            // Disputes of earlier years have another beginning.
            _ => (is_id(id, "dp_") || is_id(id, "du_")).then(|| WatchedObject::Dispute(id.to_owned())),
        };
        Self { id: wire.id, created: wire.created, object }
    }
}

impl Hint {
    /// Reads a webhook's body; `None` if it is no event.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let Heading { id, kind, data } = serde_json::from_slice(body).ok()?;
        if !is_id(&id, "evt_") {
            return None;
        }
        if kind == CARD_PAGE_FINISHED {
            let session = data.as_ref().map(Data::object_id).filter(|session| is_id(session, "cs_"))?;
            return Some(Self::CardPage(session.to_owned()));
        }
        Some(if WATCHED.contains(&kind.as_str()) { Self::Event(id) } else { Self::Unwatched })
    }
}

/// The watched events since about a time, the oldest first. It waits for the answers.
///
/// # Errors
/// When Stripe does not answer, refuses the key, or says what cannot be read.
pub fn events_since(api: &Api, http: &dyn Http, since: Timestamp) -> Result<Vec<CardEvent>, Unread> {
    let since = since.ms().div_euclid(1000);
    let kinds: String = WATCHED.iter().map(|kind| format!("&types%5B%5D={kind}")).collect();
    let listed: Vec<Wire> = all(api, http, &format!("/v1/events?created%5Bgte%5D={since}{kinds}"))?;
    Ok(listed.into_iter().rev().map(CardEvent::from).collect())
}

/// An event; `None` if Stripe has none under the id.
///
/// # Errors
/// As [`events_since`].
pub fn event(api: &Api, http: &dyn Http, id: &str) -> Result<Option<CardEvent>, Unread> {
    if !is_id(id, "evt_") {
        return Ok(None);
    }
    Ok(one::<Wire>(api, http, &format!("/v1/events/{id}"))?.map(CardEvent::from))
}
