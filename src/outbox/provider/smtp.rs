//! Letters over SMTP, through a relay.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::letter::Sender;
use super::{Delivery, Provider};
use crate::domain::time::Millis;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::resend_safety::ResendSafety;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// How long an idle connection is kept. Relays close one after a minute or more.
const IDLE: Duration = Duration::from_secs(20);

/// The address of the relay cannot be used. The message does not repeat it, because it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relay is not smtps://[user:password@]host[:port], or smtp:// with ?tls=required")]
pub struct NotARelay;

/// Sends letters through a relay.
#[derive(Debug)]
pub struct Smtp {
    sender: Sender,
    timeout: Millis,
    pooled: Transport,
    /// Opens a connection for each letter, so it never uses one that died while idle.
    fresh: Transport,
}

/// Why a letter was not accepted.
enum Fault {
    /// The relay answered with a refusal or an error.
    Refused(AttemptResult),
    /// The connection broke, or could not be made.
    Broken(AttemptResult),
    /// No answer came in time.
    Silent,
}

impl Smtp {
    /// Sends to the relay at `url`; each letter may take `timeout`. The library's own timeouts cover
    /// connecting only: a relay that speaks TLS where none is expected would block for ever. Must be created,
    /// used and dropped inside a tokio runtime, because the connection pool lives in it.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(url: &str, sender: Sender, timeout: Millis) -> Result<Self, NotARelay> {
        let transport = |connections| {
            let pool = PoolConfig::new().max_size(connections).idle_timeout(IDLE);
            let builder = Transport::from_url(url).map_err(|_| NotARelay)?;
            Ok(builder.timeout(Some(timeout.std())).pool_config(pool).build())
        };
        let (pooled, fresh) = (transport(8)?, transport(0)?);
        Ok(Self { sender, timeout, pooled, fresh })
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), AttemptResult> {
        let message = self.sender.message(delivery)?;
        let (envelope, text) = (message.envelope(), message.formatted());
        let outcome = match self.send_over(&self.pooled, envelope, &text).await {
            // A pooled connection may have died while idle. If it died after the letter's text, the letter
            // arrives twice, under one message id.
            Err(Fault::Broken(_)) => self.send_over(&self.fresh, envelope, &text).await,
            outcome => outcome,
        };
        outcome.map_err(|fault| match fault {
            Fault::Refused(attempted) | Fault::Broken(attempted) => attempted,
            Fault::Silent => AttemptResult::unknown("no answer in time"),
        })
    }

    async fn send_over(&self, transport: &Transport, envelope: &Envelope, text: &[u8]) -> Result<(), Fault> {
        let sending = transport.send_raw(envelope, text);
        match tokio::time::timeout(self.timeout.std(), sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Fault::Refused(AttemptResult::impossible(&error))),
            Ok(Err(error)) if error.is_transient() => Err(Fault::Refused(AttemptResult::failed(&error))),
            Ok(Err(error)) if error.is_timeout() => Err(Fault::Silent),
            // The relay may have accepted the letter before the connection broke.
            Ok(Err(error)) => Err(Fault::Broken(AttemptResult::unknown(&error))),
            Err(_) => Err(Fault::Silent),
        }
    }
}

/// Connects to the relay at `url`, signs in, and leaves again; no letter is sent.
///
/// # Errors
/// Returns why the relay does not let the shop in.
pub fn greet(url: &str, timeout: Millis) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let builder = Transport::from_url(url).map_err(|_| NotARelay.to_string())?;
        let transport: Transport = builder.timeout(Some(timeout.std())).build();
        match tokio::time::timeout(timeout.std(), transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    })
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
