//! Proves by a letter that an address is its owner's. Until then the address gets no other letter.
//!
//! The ticket in the letter belongs to one account and one address, is used once and for a day. A letter is stored before it
//! leaves; the address itself is with the person, sealed.

use std::sync::Arc;

use super::address_fault::AddressFault;
use super::consents::Purpose;
use super::postbox::{OwnerMail, Postbox};
use super::ticket::Ticket;
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::networks::Random;
use crate::ops::{
    AddressHash, AddressLetter, AddressLetterBounds, AddressLetterRow, NewAddressLetter, OpsDatabase,
};
use crate::people::{Consent, People, Person, PersonEdit};
use crate::text::hex::hex;
use crate::words::{LetterKind, OwnerLetter, Words};

/// Bounds on the letters that prove addresses.
pub const ADDRESS_LETTERS: AddressLetterBounds =
    AddressLetterBounds { life: Millis::from_secs(24 * 3600), of_account: 3, of_address: 3, all: 10_000 };

/// The owner of an account, who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The account.
    pub account: &'a Account,
    /// Its name at its network.
    pub shown: &'a str,
}

/// What became of an address that somebody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressGiven {
    /// A letter is on its way to it, unless it gets none from this shop.
    Asked,
    /// Its owner proved it before: nothing has changed.
    Proven,
}

/// The letter of a ticket that somebody shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It asks whether letters of the account of that name go to its address.
    Asks(String),
    /// The address was proven by it, and still is the account's.
    Proven(Account),
    /// It was used, its time is over, or another address was given since.
    Over,
}

/// Proves addresses. Its calls wait for the disk.
pub struct AddressDesk {
    database: OpsDatabase,
    people: People,
    words: Arc<Words>,
    postbox: Arc<dyn Postbox>,
    random: Random,
}

impl AddressDesk {
    /// A desk that sends the letters in these words by `postbox`.
    #[must_use]
    pub fn new(
        database: OpsDatabase,
        people: People,
        words: Arc<Words>,
        postbox: Arc<dyn Postbox>,
        random: Random,
    ) -> Self {
        Self { database, people, words, postbox, random }
    }

    /// Keeps an address with the person behind an account, unproven, and sends a letter to it. `earlier` is the proven
    /// address that it takes the place of, which is told. `page` makes the address of the page of a ticket.
    ///
    /// # Errors
    /// When too many letters were asked for, or it cannot be stored; then nothing has changed. When no letter can leave now,
    /// the address is kept.
    pub fn give(
        &self,
        owner: Owner<'_>,
        address: &str,
        earlier: Option<&str>,
        page: &dyn Fn(&Ticket) -> String,
        now: Timestamp,
    ) -> Result<AddressGiven, AddressFault> {
        let hash = self.database.address_hash(address)?;
        let earlier =
            earlier.map(|earlier| Ok::<_, AddressFault>((earlier, self.database.address_hash(earlier)?)));
        let earlier = earlier.transpose()?;
        if earlier.as_ref().is_some_and(|(_, known)| *known == hash) {
            return Ok(AddressGiven::Proven);
        }
        let ticket = self.admit(owner, &hash, now)?;
        let kept = self.people.change(owner.account, |person| give(person, address, now))?;
        let Some(kept) = kept else {
            self.database.remove_address_letter(&ticket.hash())?;
            return Err(AddressFault::NoPerson);
        };
        if kept.email_verified {
            // Its owner proved it since `earlier` was read.
            self.database.remove_address_letter(&ticket.hash())?;
            return Ok(AddressGiven::Proven);
        }
        if let Some((earlier, hash)) = earlier {
            let letter =
                self.words.owner_letter(OwnerLetter::AddressChanged, owner.account, owner.shown, now);
            let id = format!("changed-{}", id_of(&ticket));
            // Whether it finds room or not, the new address is the person's.
            self.post(OwnerMail { to: earlier.to_owned(), id, letter, at: now }, &hash)?;
        }
        self.ask(owner, (address, &hash), &ticket, page, now)
    }

    /// Sends a letter to the address that waits for its proof, if none was sent to it yet: the card page may have asked for it.
    ///
    /// # Errors
    /// As [`Self::ask_again`].
    pub fn ask_first(
        &self,
        owner: Owner<'_>,
        page: &dyn Fn(&Ticket) -> String,
        now: Timestamp,
    ) -> Result<(), AddressFault> {
        let person = self.people.get(owner.account)?.unwrap_or_default();
        let Some(address) = person.email.as_deref() else { return Ok(()) };
        let hash = self.database.address_hash(address)?;
        if self.database.has_address_letter(&owner.account.to_string(), &hash)? {
            return Ok(());
        }
        match self.ask_again(owner, page, now) {
            Ok(_) | Err(AddressFault::NoAddress | AddressFault::NoPerson) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Sends another letter to the address that waits for its proof.
    ///
    /// # Errors
    /// When none waits, too many letters were asked for, or none can leave now.
    pub fn ask_again(
        &self,
        owner: Owner<'_>,
        page: &dyn Fn(&Ticket) -> String,
        now: Timestamp,
    ) -> Result<AddressGiven, AddressFault> {
        let person = self.people.get(owner.account)?.ok_or(AddressFault::NoPerson)?;
        let address = person.email.as_deref().ok_or(AddressFault::NoAddress)?;
        if person.email_verified {
            return Ok(AddressGiven::Proven);
        }
        let hash = self.database.address_hash(address)?;
        let ticket = self.admit(owner, &hash, now)?;
        self.ask(owner, (address, &hash), &ticket, page, now)
    }

    /// Stores a letter, if there may be one more.
    fn admit(&self, owner: Owner<'_>, address: &AddressHash, now: Timestamp) -> Result<Ticket, AddressFault> {
        let ticket = Ticket::new(&(self.random)());
        let row = AddressLetterRow {
            ticket: ticket.hash(),
            account: owner.account.to_string(),
            shown: owner.shown.to_owned(),
            address: address.clone(),
            sent_at: now,
        };
        match self.database.add_address_letter(&row, ADDRESS_LETTERS)? {
            NewAddressLetter::Stored => Ok(ticket),
            NewAddressLetter::AccountFull | NewAddressLetter::AddressFull => Err(AddressFault::TooMany),
            NewAddressLetter::Full => Err(AddressFault::Full),
        }
    }

    fn ask(
        &self,
        owner: Owner<'_>,
        (address, hash): (&str, &AddressHash),
        ticket: &Ticket,
        page: &dyn Fn(&Ticket) -> String,
        now: Timestamp,
    ) -> Result<AddressGiven, AddressFault> {
        let about = OwnerLetter::Address { link: &page(ticket), until: now.plus(ADDRESS_LETTERS.life) };
        let letter = self.words.owner_letter(about, owner.account, owner.shown, now);
        let mail =
            OwnerMail { to: address.to_owned(), id: format!("address-{}", id_of(ticket)), letter, at: now };
        if self.post(mail, hash)? {
            return Ok(AddressGiven::Asked);
        }
        self.database.remove_address_letter(&ticket.hash())?;
        Err(AddressFault::NotSent)
    }

    /// Hands a letter to the postbox, unless its address gets none: who bounced, complained or asked for no more letters gets
    /// not this one either. Returns whether there was room.
    fn post(&self, mail: OwnerMail, address: &AddressHash) -> Result<bool, AddressFault> {
        Ok(self.database.suppressed(address)?.is_some() || self.postbox.post(mail))
    }

    /// What the letter of a ticket asks. Changes nothing, however often it is asked: mail programs open links before people do.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn look(&self, ticket: &Ticket, now: Timestamp) -> Result<Shown, AddressFault> {
        match self.database.address_letter(&ticket.hash(), ADDRESS_LETTERS.life, now)? {
            AddressLetter::Open(row) => Ok(Shown::Asks(row.shown)),
            AddressLetter::Over(row) => self.after(&row),
            AddressLetter::Unknown => Ok(Shown::Over),
        }
    }

    /// Uses a ticket up. The address of its letter is its owner's from now on, if it still is the one that is kept with the
    /// person.
    ///
    /// # Errors
    /// When the files cannot be read or written.
    pub fn prove(&self, ticket: &Ticket, now: Timestamp) -> Result<Shown, AddressFault> {
        let row = match self.database.take_address_letter(&ticket.hash(), ADDRESS_LETTERS.life, now)? {
            AddressLetter::Open(row) => row,
            AddressLetter::Over(row) => return self.after(&row),
            AddressLetter::Unknown => return Ok(Shown::Over),
        };
        let Ok(account) = row.account.parse::<Account>() else { return Ok(Shown::Over) };
        let mut is_proven = false;
        self.people.change(&account, |person| {
            is_proven = self.is_address_of(&row, person).unwrap_or(false);
            if is_proven {
                person.prove_address();
            }
        })?;
        Ok(if is_proven { Shown::Proven(account) } else { Shown::Over })
    }

    /// What is told of a ticket that is no longer taken.
    fn after(&self, row: &AddressLetterRow) -> Result<Shown, AddressFault> {
        let Ok(account) = row.account.parse::<Account>() else { return Ok(Shown::Over) };
        let person = self.people.get(&account)?.unwrap_or_default();
        let is_proven = person.email_verified && self.is_address_of(row, &person)?;
        Ok(if is_proven { Shown::Proven(account) } else { Shown::Over })
    }

    fn is_address_of(&self, row: &AddressLetterRow, person: &Person) -> Result<bool, AddressFault> {
        let Some(address) = person.email.as_deref() else { return Ok(false) };
        Ok(self.database.address_hash(address)? == row.address)
    }

    /// Lets an account get no more letters of a kind. Asked again, it changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub fn stop(&self, account: &Account, kind: LetterKind, now: Timestamp) -> Result<(), AddressFault> {
        Ok(self.database.stop_letters(&account.to_string(), kind.name(), now)?)
    }

    /// Lets an account get letters of every kind again.
    ///
    /// # Errors
    /// When the database fails.
    pub fn resume(&self, account: &Account) -> Result<(), AddressFault> {
        Ok(self.database.resume_letters(&account.to_string())?)
    }

    /// Whether an account gets no letters of a kind.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has_stopped(&self, account: &Account, kind: LetterKind) -> Result<bool, AddressFault> {
        Ok(self.database.has_stopped_letters(&account.to_string(), kind.name())?)
    }

    /// Forgets the address of an account, and that its owner agreed to letters.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn forget_address(&self, account: &Account) -> Result<(), AddressFault> {
        self.database.void_address_letters(&account.to_string())?;
        self.people.change(account, |person| {
            person.forget_address();
            person.disagree(Purpose::Letters.name());
        })?;
        Ok(())
    }
}

/// Gives a person an address that nobody proved yet, and the consent to letters with it.
fn give(person: &mut PersonEdit, address: &str, now: Timestamp) {
    let (to, version) = (Purpose::Letters.name().to_owned(), Purpose::Letters.version().to_string());
    person.give_address(address);
    if !person.consents.iter().any(|given| (&given.to, &given.version) == (&to, &version)) {
        person.agree(Consent { to, version, at: now });
    }
}

/// A name of the letter with a ticket that does not tell the ticket.
fn id_of(ticket: &Ticket) -> String {
    hex(ticket.hash().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests;
