//! The endpoint of Stripe's webhooks: who may speak there, and where a hint goes.

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::mpsc;

use super::event::Hint;
use super::signature::{Forged, WebhookSecrets};
use crate::domain::time::Timestamp;

/// Hints of a kind that wait to be followed at most. One that finds no room is lost: the list of events is read, and card pages
/// are looked at, all the same.
pub const HINTS_MOST: usize = 1024;

/// Judges what is sent to the endpoint, and hands the events on that it names.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint {
    secrets: WebhookSecrets,
    hints: Sender<String>,
    /// Where finished card pages are told; `None` if nobody looks at them.
    card_pages: Option<mpsc::Sender<String>>,
}

/// What became of a webhook. Whichever it is, it changes nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// What it is about is read soon.
    Taken,
    /// Its event is none that is watched.
    Unwatched,
    /// There was no room for it; what it is about is read later all the same.
    Missed,
    /// It is signed, and no event.
    Unreadable,
    /// It is not believed.
    Forged(Forged),
}

impl Received {
    /// The name in metrics and in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Unwatched => "unwatched",
            Self::Missed => "missed",
            Self::Unreadable => "unreadable",
            Self::Forged(why) => why.name(),
        }
    }
}

impl WebhookEndpoint {
    /// An endpoint with these secrets, and the end at which its hints come out: ids of events.
    #[must_use]
    pub fn new(secrets: WebhookSecrets) -> (Self, Receiver<String>) {
        let (hints, followed) = bounded(HINTS_MOST);
        (Self { secrets, hints, card_pages: None }, followed)
    }

    /// Hands on which card pages are finished as well: the ids of their sessions come out at the end that is returned.
    #[must_use]
    pub fn with_card_pages(self) -> (Self, mpsc::Receiver<String>) {
        let (told, finished) = mpsc::channel(HINTS_MOST);
        (Self { card_pages: Some(told), ..self }, finished)
    }

    /// Takes a webhook: the header `Stripe-Signature`, and the body as it came. `now` is the wall clock's.
    #[must_use]
    pub fn receive(&self, signature: &str, body: &[u8], now: Timestamp) -> Received {
        if let Err(why) = self.secrets.check(signature, body, now) {
            return Received::Forged(why);
        }
        match Hint::read(body) {
            None => Received::Unreadable,
            Some(Hint::Unwatched) => Received::Unwatched,
            Some(Hint::Event(event)) => taken(self.hints.try_send(event).is_ok()),
            Some(Hint::CardPage(session)) => match &self.card_pages {
                Some(finished) => taken(finished.try_send(session).is_ok()),
                None => Received::Unwatched,
            },
        }
    }
}

const fn taken(has_room: bool) -> Received {
    if has_room { Received::Taken } else { Received::Missed }
}
