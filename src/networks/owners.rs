//! Owners who were sent to a network to allow the shop's app, and come back.

use std::collections::BTreeMap;

use super::entry::{Entry, Shared};
use super::operation::OperationFault;
use super::x::Connecting;
use crate::domain::time::{Millis, Timestamp};

/// How long an owner has to allow the app.
const OWNER_WAITS: Millis = Millis::from_secs(600);

/// Upper bound on the sign-ins that wait for an owner.
const OWNERS_MOST: usize = 64;

/// The owners who have not come back.
#[derive(Default)]
pub(super) struct Owners(BTreeMap<String, Owner>);

/// One of them.
pub(super) struct Owner {
    /// The name of the account.
    pub(super) name: String,
    /// The sign-in that was begun.
    pub(super) attempt: Connecting,
    until: Timestamp,
}

impl Owners {
    /// Begins a sign-in, and returns the address that the owner opens. An earlier one of the account counts no more.
    ///
    /// # Errors
    /// When the secret of the app cannot be read.
    pub(super) fn send(&mut self, entry: &Entry, shared: &Shared) -> Result<String, OperationFault> {
        let (now, random) = (shared.clock.now(), &shared.random);
        let attempt = Connecting::new(&shared.callback, &random(), &random());
        let address = attempt.address(&entry.connector.authorize_page(), &entry.connector.app()?);
        self.0.retain(|_, owner| now < owner.until && owner.name != entry.account.name);
        if self.0.len() >= OWNERS_MOST {
            self.0.pop_first();
        }
        let owner = Owner { name: entry.account.name.clone(), until: now.plus(OWNER_WAITS), attempt };
        self.0.insert(owner.attempt.state().to_owned(), owner);
        Ok(address)
    }

    /// Takes out the owner who comes back with this query, so that a return counts once.
    ///
    /// # Errors
    /// When nobody is waited for, or no longer.
    pub(super) fn take(&mut self, query: &str, now: Timestamp) -> Result<Owner, OperationFault> {
        let state = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "state");
        let state = state.map(|(_, state)| state.into_owned()).ok_or(OperationFault::NoSignIn)?;
        let owner = self.0.remove(&state).filter(|owner| now < owner.until);
        owner.ok_or(OperationFault::NoSignIn)
    }
}
