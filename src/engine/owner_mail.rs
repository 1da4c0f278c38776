//! Opens what carries letters to owners of accounts: as the configuration says of all letters, by connections of its own.

use std::sync::Arc;

use super::error::Error;
use super::mail::{domain_of, relay_of};
use crate::clock::Clock;
use crate::config::serve::{Email, Mode, Providers};
use crate::ops::OpsDatabase;
use crate::outbox::provider::letter::Sender;
use crate::outbox::provider::owner_mail::{ByRelay, Carrier, IntoMaildir, OwnerMailer};
use crate::words::Words;

/// Starts the thread of these letters.
///
/// # Errors
/// When the mail server cannot be used, or the system has no thread.
pub(super) fn owner_mail(
    named: &Providers,
    mode: Mode,
    words: &Arc<Words>,
    database: &OpsDatabase,
    clock: &Clock,
) -> Result<OwnerMailer, Error> {
    let domain = domain_of(&named.email_from);
    let unusable = |error: &dyn ToString| Error::Provider(error.to_string());
    let sender =
        Sender::new(&named.email_from, domain, Arc::clone(words)).map_err(|error| unusable(&error))?;
    let carrier: Box<dyn Carrier> = match &named.email {
        Email::Maildir(path) => Box::new(IntoMaildir::new(path, sender)),
        Email::Smtp(configured) => {
            let relay = relay_of(configured, mode, domain, clock.clone());
            Box::new(ByRelay::new(relay.map_err(|error| unusable(&error))?, sender))
        }
    };
    OwnerMailer::start(carrier, database.clone(), clock.clone()).map_err(|error| unusable(&error))
}
