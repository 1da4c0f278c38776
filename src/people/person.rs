//! What is known of a person, and its stored form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::ops::Secret;

/// The version of the stored form, and the newest that is read.
const VERSION: u32 = 1;

/// What is known of the person behind an account.
///
/// The stored form has names. A new field gets `#[serde(default)]`; a change that an older release would misread raises
/// the version.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The address of letters; `None` if the person gave none.
    pub email: Option<String>,
    /// Whether the person proved to read the letters to that address, or the shop vouches for it.
    pub email_verified: bool,
    /// The name.
    pub name: Option<String>,
    /// Where orders are shipped to.
    pub ship_to: Option<ShipTo>,
    /// What the person agreed to, the oldest first.
    pub consents: Vec<Consent>,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShipTo {
    /// The name on the parcel.
    pub name: String,
    /// Street and number, and what else stands above the town.
    pub lines: Vec<String>,
    /// The postal code.
    pub postal_code: String,
    /// The town.
    pub city: String,
    /// The state or province; empty where addresses have none.
    pub state: String,
    /// The country, as `US`.
    pub country: String,
}

/// What a person agreed to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The name of the text, as `terms`.
    pub to: String,
    /// Its version.
    pub version: String,
    /// When the person agreed.
    pub at: Timestamp,
}

/// Why stored bytes are not a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotAPerson {
    /// A newer release stored them.
    Newer(u32),
    /// They have another form.
    Unreadable,
}

#[derive(Serialize)]
struct Stored<'p> {
    version: u32,
    person: &'p Person,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Restored {
    person: Person,
}

impl Person {
    /// A person of whom only the address of letters is known.
    #[must_use]
    pub fn with_email(email: &str) -> Self {
        Self { email: Some(email.to_owned()), ..Self::default() }
    }

    /// The address that letters go to: one that its owner proved to read, or that the shop vouches for.
    #[must_use]
    pub fn proven_address(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    pub(super) fn stored(&self) -> Secret {
        let stored = serde_json::to_vec(&Stored { version: VERSION, person: self });
        Secret::new(stored.expect("a person is a plain value"))
    }

    pub(super) fn restore(stored: &Secret) -> Result<Self, NotAPerson> {
        let read = serde_json::from_slice::<Version>(stored.expose());
        match read.map_err(|_| NotAPerson::Unreadable)?.version {
            VERSION => {}
            newer if newer > VERSION => return Err(NotAPerson::Newer(newer)),
            _ => return Err(NotAPerson::Unreadable),
        }
        let restored = serde_json::from_slice::<Restored>(stored.expose());
        Ok(restored.map_err(|_| NotAPerson::Unreadable)?.person)
    }
}

/// A log that shows a person by mistake shows nothing.
macro_rules! hidden {
    ($($name:ty)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )* };
}

hidden! { Person ShipTo Consent }

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        let ship_to = ShipTo {
            name: "Ana Perez".into(),
            lines: vec!["Calle Mayor 1".into()],
            postal_code: "28013".into(),
            city: "Madrid".into(),
            state: String::new(),
            country: "ES".into(),
        };
        let consent = Consent { to: "terms".into(), version: "2".into(), at: Timestamp::from_ms(1) };
        Person {
            email_verified: true,
            name: Some("Ana".into()),
            ship_to: Some(ship_to),
            consents: vec![consent],
            ..Person::with_email("ana@example.com")
        }
    }

    #[test]
    fn a_person_is_restored_as_stored_and_shown_nowhere() {
        assert_eq!(Person::restore(&person().stored()), Ok(person()));
        assert_eq!(Person::restore(&Person::default().stored()), Ok(Person::default()));
        let Person { ship_to, consents, .. } = person();
        assert_eq!(format!("{:?} {ship_to:?} {consents:?}", person()), "*** Some(***) [***]");
    }

    #[test]
    fn fields_may_be_missing_or_unknown_and_newer_versions_are_named() {
        let restore = |text: &str| Person::restore(&Secret::from(text));
        let known = restore(r#"{"version":1,"person":{"email":"ana@example.com","shoe_size":40}}"#);
        assert_eq!(known, Ok(Person::with_email("ana@example.com")));
        assert_eq!(restore(r#"{"version":2,"person":[]}"#), Err(NotAPerson::Newer(2)));
        for bad in ["", "{}", r#"{"version":0,"person":{}}"#, r#"{"version":1,"person":[1]}"#] {
            assert_eq!(restore(bad), Err(NotAPerson::Unreadable), "{bad}");
        }
    }
}
