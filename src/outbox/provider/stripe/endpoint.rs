//! The endpoint of Stripe's webhooks: who may speak there, and where a hint goes.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::event::Hint;
use super::signature::{Forged, WebhookSecrets};
use crate::domain::time::Timestamp;

/// Hints that wait to be followed at most. One that finds no room is lost, and the list of events has what it was about.
pub const HINTS_MOST: usize = 1024;

/// Judges what is sent to the endpoint, and hands the events on that it names.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint {
    secrets: WebhookSecrets,
    hints: Sender<String>,
}

/// What became of a webhook. Whichever it is, it changes nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Its event is followed soon.
    Taken,
    /// Its event is none that is watched.
    Unwatched,
    /// There was no room for it; the list of events is read all the same.
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
        (Self { secrets, hints }, followed)
    }

    /// Takes a webhook: the header `Stripe-Signature`, and the body as it came. `now` is the wall clock's.
    #[must_use]
    pub fn receive(&self, signature: &str, body: &[u8], now: Timestamp) -> Received {
        if let Err(why) = self.secrets.check(signature, body, now) {
            return Received::Forged(why);
        }
        match Hint::read(body) {
            None => Received::Unreadable,
            Some(Hint { is_watched: false, .. }) => Received::Unwatched,
            Some(Hint { event, .. }) => match self.hints.try_send(event) {
                Ok(()) => Received::Taken,
                Err(_) => Received::Missed,
            },
        }
    }
}
