//! Who the buyers are: the e-mail address, the name and the shipping address of each linked account.
//!
//! Journals hold none of this: records name the account, and what needs the person asks here. Each person is sealed
//! with a key of their own. The sealed persons lie in `people.sqlite`, the keys, themselves sealed with the key of the
//! shop's secrets, in `people-keys.sqlite`. To erase a person is to destroy the key: every copy of the sealed person,
//! wherever it was taken to, can no longer be opened.
//!
//! What is kept of a person is changed in one step, by a [`PersonEdit`] of what is kept then: nobody writes a person back who was
//! read before.
//!
//! Reading order: [`Person`], [`PersonEdit`], [`People`]; then `keys` and `sealed`, a file each.

mod edit;
mod error;
mod keys;
mod person;
mod sealed;
mod store;

pub use edit::PersonEdit;
pub use error::PeopleError;
pub use person::{Consent, Person, ShipTo};
pub use sealed::FILE as PEOPLE;
pub use store::{Held, People};
