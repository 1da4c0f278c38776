//! Letters over SMTP, through a relay.
//!
//! [`dialogue`] is the conversation as bytes, [`mod@meaning`] says whose trouble its end is, [`relay`] holds connections and
//! waits; [`published`] judges what the sender's domain says of its mail. They are written here and not taken from a library, because what becomes of a letter depends on the step at which it
//! was refused or lost, and because connections are made by the room `net`, with its rules of egress and its trusted roots.

pub mod dialogue;
pub mod envelope;
pub mod login;
pub mod meaning;
pub mod published;
pub mod relay;
pub mod reply;
pub mod waits;

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use self::envelope::Envelope;
use self::meaning::meaning;
use self::relay::Relay;
use super::letter::Sender;
use super::{Delivery, Provider};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

/// Sends letters through a relay.
pub struct Smtp {
    sender: Sender,
    relay: Arc<Relay>,
    /// Why the relay does not let the shop in, as it was told last.
    told: Mutex<Option<String>>,
}

impl Smtp {
    /// Sends through `relay` what `sender` writes.
    #[must_use]
    pub fn new(relay: Relay, sender: Sender) -> Self {
        Self { sender, relay: Arc::new(relay), told: Mutex::default() }
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), AttemptResult> {
        let message = self.sender.message(delivery)?;
        let (envelope, text) = (message.envelope(), message.formatted());
        let from = envelope.from().map(ToString::to_string).unwrap_or_default();
        let to = envelope.to().first().map(ToString::to_string).unwrap_or_default();
        let letter = Envelope::new(&from, &to, &text).map_err(AttemptResult::impossible)?;
        let (relay, letter) = (Arc::clone(&self.relay), Arc::new(letter));
        let (done, carried) = tokio::sync::oneshot::channel();
        // Not a thread of the runtime, which would wait for a silent server when it stops.
        let thread = std::thread::Builder::new().name("letter".to_owned());
        let carrying = thread.spawn(move || drop(done.send(relay.carry(&letter))));
        carrying.map_err(AttemptResult::failed)?;
        let end = carried.await.map_err(|_| AttemptResult::unknown("the letter was given up"))?;
        let ended = meaning(&end);
        self.tell(ended.as_ref());
        ended.map_or(Ok(()), Err)
    }

    /// Logs once that the relay does not let the shop in, and once that it does again.
    fn tell(&self, ended: Option<&AttemptResult>) {
        let why = match ended {
            Some(AttemptResult::ShutOut { error }) => Some(error.to_string()),
            // It did not come to that.
            Some(AttemptResult::Failed { permanent: false, .. } | AttemptResult::Unknown { .. }) => return,
            _ => None,
        };
        let mut told = self.told.lock().expect("no panic is survived");
        if *told == why {
            return;
        }
        match &why {
            Some(why) => tracing::error!("the mail server does not take the shop's letters: {why}"),
            None => tracing::info!("the mail server takes the shop's letters again"),
        }
        *told = why;
    }
}

impl Provider for Smtp {
    /// Mail has no idempotency keys: a reader's mail program recognizes a copy by its message id.
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            let sent = self.send(delivery).await;
            sent.map_or_else(|failed| failed, |()| delivery.attempt.delivered(delivery.at))
        }
        .boxed_local()
    }
}
