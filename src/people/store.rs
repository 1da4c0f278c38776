//! The people of a data directory.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::edit::PersonEdit;
use super::error::PeopleError;
use super::keys::{Keys, PersonKey, destroy_closed};
use super::person::{NotAPerson, Person};
use super::sealed::SealedPeople;
use crate::domain::id::Account;
use crate::ops::{KeyPlace, SealKey};

/// What is held of the person behind an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The person.
    Known(Box<Person>),
    /// Nothing was ever stored.
    Nothing,
    /// The person was erased, and nothing was stored since.
    Erased,
}

/// The people of a data directory. Its clones are the same store; who writes waits for the others who write.
#[derive(Clone)]
pub struct People(Arc<Files>);

struct Files {
    keys: Keys,
    sealed: SealedPeople,
    /// Held by who writes: a person must not be sealed with a key that is being destroyed.
    writing: Mutex<()>,
}

impl People {
    /// Opens the people of the data directory `data`, which must be locked; makes their files if they are missing.
    ///
    /// # Errors
    /// When one of the files or the key of the shop's secrets cannot be used.
    pub fn open(data: &Path, key: &KeyPlace) -> Result<Self, PeopleError> {
        let (keys, sealed) = (Keys::open(data, key.read_or_make(data)?)?, SealedPeople::open(data)?);
        Ok(Self(Arc::new(Files { keys, sealed, writing: Mutex::new(()) })))
    }

    /// What is known of the person behind an account; `None` if nothing is, or it was erased.
    ///
    /// # Errors
    /// When the files cannot be read, or what is stored does not open.
    pub fn get(&self, account: &Account) -> Result<Option<Person>, PeopleError> {
        match self.held(account)? {
            Held::Known(person) => Ok(Some(*person)),
            Held::Nothing | Held::Erased => Ok(None),
        }
    }

    /// The same, with whether the person was erased.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn held(&self, account: &Account) -> Result<Held, PeopleError> {
        // Between the two reads, the person could be erased and another be stored.
        let _alone = self.alone();
        self.read_held(account)
    }

    fn read_held(&self, account: &Account) -> Result<Held, PeopleError> {
        let key = self.0.keys.find(account)?;
        let sealed = self.0.sealed.find(account)?;
        let key = match (key, &sealed) {
            (PersonKey::Known(key), _) => key,
            (PersonKey::Destroyed, _) => return Ok(Held::Erased),
            (PersonKey::None, None) => return Ok(Held::Nothing),
            (PersonKey::None, Some(_)) => {
                let path = self.0.keys.path().to_owned();
                return Err(PeopleError::NoKey { account: account.clone(), path });
            }
        };
        // A crash between key and person left the key alone.
        let Some(sealed) = sealed else { return Ok(Held::Nothing) };
        let unreadable = |detail| PeopleError::Unreadable { account: account.clone(), detail };
        let opened = key.open(&account.to_string(), &sealed);
        let stored = opened.map_err(|fault| unreadable(fault.to_string()))?;
        let person = Person::restore(&stored).map_err(|fault| {
            unreadable(match fault {
                NotAPerson::Newer(version) => format!("a newer release stored it (version {version})"),
                NotAPerson::Unreadable => "it is no person".to_owned(),
            })
        })?;
        Ok(Held::Known(Box::new(person)))
    }

    /// Whether the person behind an account was erased, and none was stored since.
    ///
    /// # Errors
    /// When the file of the keys cannot be read.
    pub fn is_erased(&self, account: &Account) -> Result<bool, PeopleError> {
        Ok(matches!(self.0.keys.find(account)?, PersonKey::Destroyed))
    }

    /// Changes what is known of the person behind an account, in one step; nothing is written if nothing changes. An erased
    /// person is not brought back. Returns what is known now; `None` if the person was erased.
    ///
    /// # Errors
    /// When the files cannot be read or written; then nothing was changed.
    pub fn change(
        &self,
        account: &Account,
        edit: impl FnOnce(&mut PersonEdit),
    ) -> Result<Option<Person>, PeopleError> {
        let _alone = self.alone();
        let known = match self.read_held(account)? {
            Held::Known(person) => *person,
            Held::Nothing => Person::default(),
            Held::Erased => return Ok(None),
        };
        let changed = edited(known.clone(), edit);
        if changed != known {
            self.write_all(&[(account, &changed)])?;
        }
        Ok(Some(changed))
    }

    /// The same for an account that is being linked: a person is stored also if nothing is known, and who was erased is
    /// somebody again, of whom nothing is known but what the edit adds. Returns what is known now; it is durable.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn link(&self, account: &Account, edit: impl FnOnce(&mut PersonEdit)) -> Result<Person, PeopleError> {
        let _alone = self.alone();
        let known = match self.read_held(account)? {
            Held::Known(person) => Some(*person),
            Held::Nothing | Held::Erased => None,
        };
        let changed = edited(known.clone().unwrap_or_default(), edit);
        if known.as_ref() != Some(&changed) {
            self.write_all(&[(account, &changed)])?;
        }
        Ok(changed)
    }

    /// Stores addresses that the shop vouches for, at once, each account's once. Who is known stays as they are, and who was
    /// erased stays erased.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn add_vouched(&self, addresses: &[(&Account, &str)]) -> Result<(), PeopleError> {
        let _alone = self.alone();
        let mut unknown = Vec::new();
        for &(account, address) in addresses {
            if self.read_held(account)? == Held::Nothing {
                unknown.push((account, edited(Person::default(), |edit| edit.vouch_for(address))));
            }
        }
        let unknown: Vec<_> = unknown.iter().map(|(account, person)| (*account, person)).collect();
        self.write_all(&unknown)
    }

    fn write_all(&self, people: &[(&Account, &Person)]) -> Result<(), PeopleError> {
        let accounts: Vec<_> = people.iter().map(|(account, _)| *account).collect();
        // The key is durable before what it seals: a key without a person is nothing, a person without a key is lost.
        let keys = self.0.keys.find_or_make(&accounts)?;
        let seal = |(account, person): &(&Account, &Person), key: &SealKey| {
            key.seal(&account.to_string(), &person.stored())
        };
        let sealed = people.iter().zip(&keys).map(|(one, key)| (one.0, seal(one, key)));
        self.0.sealed.store(&sealed.collect::<Vec<_>>())
    }

    /// Erases the person behind an account, also if nothing is stored. When this returns, the key is destroyed for
    /// good, so that no copy of the sealed person opens any more, and no power loss brings it back.
    ///
    /// # Errors
    /// When the files cannot be written. The key may be destroyed then; erasing again completes it.
    pub fn erase(&self, account: &Account) -> Result<(), PeopleError> {
        self.erase_all(&[account])
    }

    /// Erases several people at once.
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub fn erase_all(&self, accounts: &[&Account]) -> Result<(), PeopleError> {
        let _alone = self.alone();
        self.0.keys.destroy(accounts)?;
        self.0.sealed.remove(accounts)
    }

    /// Passes everybody who is known to `each`. Who does not open is left out.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn for_each(&self, mut each: impl FnMut(&Person)) -> Result<(), PeopleError> {
        let mut last = String::new();
        loop {
            let accounts = self.0.sealed.accounts_after(&last)?;
            for account in accounts.iter().filter_map(|account| account.parse().ok()) {
                match self.held(&account) {
                    Ok(Held::Known(person)) => each(&person),
                    Err(error @ PeopleError::File(_)) => return Err(error),
                    Ok(Held::Nothing | Held::Erased) | Err(_) => {}
                }
            }
            match accounts.into_iter().next_back() {
                Some(account) => last = account,
                None => return Ok(()),
            }
        }
    }

    /// Copies both files as they are now: the sealed people first, so that their keys are in the other copy, unless somebody
    /// was erased meanwhile.
    ///
    /// # Errors
    /// When one of the files cannot be read or written.
    pub fn copy_to(&self, sealed: &Path, keys: &Path) -> Result<(), PeopleError> {
        self.0.sealed.copy_to(sealed)?;
        self.0.keys.copy_to(keys)
    }

    /// Erases people in files that no process has open. The key of the shop's secrets is not needed for it.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn erase_closed(data: &Path, accounts: &[&Account]) -> Result<(), PeopleError> {
        destroy_closed(data, accounts)?;
        SealedPeople::open(data)?.remove(accounts)
    }

    /// Whether something was noted as done once for the whole data directory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_done(&self, name: &str) -> Result<bool, PeopleError> {
        self.0.sealed.is_done(name)
    }

    /// Notes durably that something was done.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_done(&self, name: &str) -> Result<(), PeopleError> {
        self.0.sealed.note_done(name)
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn edited(person: Person, edit: impl FnOnce(&mut PersonEdit)) -> Person {
    let mut editing = PersonEdit::of(person);
    edit(&mut editing);
    editing.into_person()
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People")
    }
}
