//! Where the outbox finds the addresses of letters and parcels: in the links of the accounts file, which are in memory, and where people
//! are kept.

use std::sync::Arc;

use compact_str::CompactString;

use super::error::Error;
use crate::control::link_registry::Links;
use crate::control::state::ControlState;
use crate::domain::id::Account;
use crate::ops::OpsDatabase;
use crate::outbox::address_book::{Address, AddressBook, ParcelBook};
use crate::people::{Held, People, ShipTo};

/// The addresses of an engine's accounts.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) links: Arc<Links>,
    /// `None` in an engine that keeps no people.
    pub(super) people: Option<People>,
}

impl AddressBook for Addresses {
    fn address_of(&self, account: &Account) -> Address {
        if let Some(link) = self.links.get(account)
            && let Some(email) = link.email()
        {
            return Address::Known(email.into());
        }
        let Some(people) = &self.people else { return Address::None };
        match people.held(account) {
            // An address that nobody proved to read gets no letter.
            Ok(Held::Known(person)) => {
                person.proven_address().map_or(Address::Unproven, |email| Address::Known(email.into()))
            }
            Ok(Held::Nothing) => Address::None,
            Ok(Held::Erased) => Address::Erased,
            Err(error) => {
                tracing::error!(%error, "a person cannot be read");
                Address::Unavailable("its address cannot be looked up".into())
            }
        }
    }
}

impl ParcelBook for Addresses {
    fn parcel_of(&self, account: &Account) -> Result<Option<ShipTo>, CompactString> {
        let Some(people) = &self.people else { return Ok(None) };
        let person = people.get(account).map_err(|error| {
            tracing::error!(%error, "a person cannot be read");
            "where it is shipped to cannot be looked up"
        })?;
        Ok(person.and_then(|person| person.ship_to))
    }
}

/// Completes the erasures that are recorded: destroys the keys of the people, and forgets their accounts. A stop may have come
/// between the record and that, and files that were restored from a copy may be older than the record.
pub(super) fn complete_erasures(
    control: &ControlState,
    people: &People,
    database: &OpsDatabase,
) -> Result<(), Error> {
    let mut left = Vec::new();
    for account in control.erased() {
        if !people.is_erased(account)? {
            left.push(account);
        }
    }
    if !left.is_empty() {
        people.erase_all(&left)?;
    }
    let erased: Vec<String> = control.erased().map(ToString::to_string).collect();
    Ok(database.forget_accounts(&erased)?)
}
