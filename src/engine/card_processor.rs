//! Who takes the shop's payments: opens the client of the card processor by the shop's key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use crate::clock::Clock;
use crate::config::serve::{Cards, Mode, Sca, ServeConfig, StripeAccount};
use crate::domain::time::{Millis, Timestamp};
use crate::journal::private::read_secret;
use crate::net::{Client, Http};
use crate::networks::Note;
use crate::ops::OpsDatabase;
use crate::outbox::provider::stripe::{
    API, Api, BookedPayment, ChallengeLetters, Holds, KeyedHttp, OnSession, Stripe, StripeCards, StripeKey,
    Unread, WebhookSecrets, books, probe,
};

/// The credential of the key that a service manager hands to the service.
const CREDENTIAL: &str = "flashtag-stripe-key";

/// The credential of the secrets of the endpoint for webhooks.
const WEBHOOK_CREDENTIAL: &str = "flashtag-stripe-webhook-secret";

/// A card processor that can be asked. Nothing is asked yet.
#[derive(Clone)]
pub struct CardProcessor {
    pub(super) api: Api,
    pub(super) http: Arc<dyn Http>,
    /// The secrets of the endpoint for webhooks; `None` for a shop without one.
    pub(super) webhook_secrets: Option<WebhookSecrets>,
    /// How long payments wait for their buyers where the banks ask for them; `None` if they are declined.
    pub(super) patience: Option<Millis>,
    /// The payments that are held and not captured.
    pub(super) holds: Arc<Holds>,
}

impl CardProcessor {
    /// The processor that the configuration names; `None` for the card sandbox.
    ///
    /// # Errors
    /// When its key cannot be used.
    pub fn of_shop(config: &ServeConfig) -> Result<Option<Self>, Error> {
        let Cards::Stripe(account) = &config.providers.cards else { return Ok(None) };
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let key = key_of(account, credentials.as_deref(), config.mode).map_err(Error::Provider)?;
        let client =
            Client::of_shop(config, Clock::start()).map_err(|error| Error::Provider(error.to_string()))?;
        let api = Api::new(account.api_base.as_deref().unwrap_or(API));
        let webhook_secrets = secrets_of(account, credentials.as_deref()).map_err(Error::Provider)?;
        let patience = (account.sca == Sca::Link).then_some(account.sca_within);
        let (http, holds) = (Arc::new(KeyedHttp::new(client, key)), Arc::default());
        Ok(Some(Self { api, http, webhook_secrets, patience, holds }))
    }

    /// Asks Stripe what the key may do.
    pub(super) fn probe(&self) -> Vec<Note> {
        probe(&self.api, &*self.http)
    }

    /// Reads the payments that were made in a time.
    pub(super) fn books(&self, time: (Timestamp, Timestamp)) -> Result<Vec<BookedPayment>, Unread> {
        books(&self.api, &*self.http, time)
    }

    /// Who takes cards for this data directory.
    pub(super) fn cards(&self, database: OpsDatabase, instance: String) -> StripeCards {
        StripeCards::new(self.api.clone(), Arc::clone(&self.http), database, instance)
    }

    /// The provider of payments. Where banks ask for buyers, these letters do; without them, such payments are declined.
    pub(super) fn provider(&self, letters: Option<Arc<ChallengeLetters>>) -> Stripe {
        let stripe = Stripe::new(self.api.clone(), Arc::clone(&self.http));
        stripe.with_challenges(letters).with_holds(Arc::clone(&self.holds))
    }

    /// Who lets buyers authenticate the payments of this data directory; `None` if payments wait for nobody.
    pub(super) fn on_session(&self, instance: String) -> Option<OnSession> {
        self.patience?;
        Some(OnSession::new(self.api.clone(), Arc::clone(&self.http), instance))
    }
}

/// Reads the key: from its file, or from the directory of credentials.
fn key_of(account: &StripeAccount, credentials: Option<&Path>, mode: Mode) -> Result<StripeKey, String> {
    const REMEDY: &str = "write key_file = \"stripe-key\" into [stripe], the file of a restricted key that others may not \
                          read, or hand the credential flashtag-stripe-key to the service";
    let credential = credentials.map(|directory| directory.join(CREDENTIAL)).filter(|path| path.exists());
    let path = account.key_file.clone().or(credential);
    let path = path.ok_or_else(|| format!("cards = \"stripe\" has no key: {REMEDY}"))?;
    let text = read_secret(&path).map_err(|fault| {
        format!("the key of Stripe in {} cannot be used: {fault}; {REMEDY}", path.display())
    })?;
    StripeKey::parse(&text, mode)
        .map_err(|fault| format!("the key of Stripe in {} cannot be used: {fault}", path.display()))
}

/// Reads the secrets of the endpoint for webhooks, if the shop has one: from their file, or from the directory of
/// credentials.
fn secrets_of(account: &StripeAccount, credentials: Option<&Path>) -> Result<Option<WebhookSecrets>, String> {
    let credential = credentials.map(|directory| directory.join(WEBHOOK_CREDENTIAL));
    let path = account.webhook_secret_file.clone().or_else(|| credential.filter(|path| path.exists()));
    let Some(path) = path else { return Ok(None) };
    let fault = |why: &dyn std::fmt::Display| {
        format!("the secret of Stripe's webhooks in {} cannot be used: {why}", path.display())
    };
    let text = read_secret(&path).map_err(|why| fault(&why))?;
    WebhookSecrets::parse(&text).map(Some).map_err(|why| fault(&why))
}
