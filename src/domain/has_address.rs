//! Whether a buyer has an address for letters. That is all that a record says of it: a letter is addressed to the account,
//! and the address is looked up when the letter is sent.

use std::fmt;
use std::hash::{Hash, Hasher};

use compact_str::CompactString;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The stored form of "there is one".
const THERE_IS_ONE: &str = "@";

/// Whether there is an address for letters.
///
/// Earlier releases stored the address itself in its place, so it is stored as a text: empty, or `@`. What such a release
/// stored is in memory until it has been moved to where people are kept; it is neither stored nor shown again.
#[derive(Clone)]
pub struct HasAddress(CompactString);

impl HasAddress {
    /// There is one.
    pub const YES: Self = Self(CompactString::const_new(THERE_IS_ONE));

    /// There is none.
    pub const NO: Self = Self(CompactString::const_new(""));

    /// Whether there is one.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        !self.0.is_empty()
    }

    /// The address itself, if an earlier release recorded it here.
    #[must_use]
    pub fn recorded(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| self.is_yes() && *text != THERE_IS_ONE)
    }
}

impl From<bool> for HasAddress {
    fn from(yes: bool) -> Self {
        if yes { Self::YES } else { Self::NO }
    }
}

/// The fact about an address, which may be empty. The address is not kept.
impl From<&str> for HasAddress {
    fn from(address: &str) -> Self {
        Self::from(!address.is_empty())
    }
}

impl From<String> for HasAddress {
    fn from(address: String) -> Self {
        Self::from(address.as_str())
    }
}

/// The fact is compared, and not what an earlier release recorded.
impl PartialEq for HasAddress {
    fn eq(&self, other: &Self) -> bool {
        self.is_yes() == other.is_yes()
    }
}

impl Eq for HasAddress {}

impl Hash for HasAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is_yes().hash(state);
    }
}

impl fmt::Debug for HasAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.is_yes().fmt(f)
    }
}

impl Serialize for HasAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_bool(self.is_yes());
        }
        serializer.serialize_str(if self.is_yes() { THERE_IS_ONE } else { "" })
    }
}

impl<'de> Deserialize<'de> for HasAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = HasAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("whether there is an address")
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<HasAddress, E> {
                Ok(yes.into())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HasAddress, E> {
                Ok(HasAddress(text.into()))
            }
        }

        if deserializer.is_human_readable() {
            return deserializer.deserialize_bool(Reader);
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::HasAddress;

    /// As an earlier release stored it.
    fn recorded(address: &str) -> HasAddress {
        postcard::from_bytes(&postcard::to_allocvec(address).unwrap()).unwrap()
    }

    #[test]
    fn an_address_that_was_recorded_is_known_and_neither_stored_nor_shown_again() {
        let read = recorded("ana@example.com");
        assert_eq!((read.recorded(), read.is_yes()), (Some("ana@example.com"), true));
        assert_eq!(postcard::to_allocvec(&read).unwrap(), postcard::to_allocvec("@").unwrap());
        assert_eq!(format!("{read:?} {}", serde_json::to_string(&read).unwrap()), "true true");
        assert_eq!(read, HasAddress::YES);
        assert_ne!(read, HasAddress::NO);
    }

    #[test]
    fn the_fact_is_stored_and_read_back() {
        for (fact, text) in [(HasAddress::YES, "true"), (HasAddress::NO, "false")] {
            let stored = postcard::to_allocvec(&fact).unwrap();
            let read: HasAddress = postcard::from_bytes(&stored).unwrap();
            assert_eq!((&read, read.recorded()), (&fact, None));
            assert_eq!(serde_json::from_str::<HasAddress>(text).unwrap(), fact);
            assert_eq!(serde_json::to_string(&fact).unwrap(), text);
        }
        assert_eq!(HasAddress::from("ana@example.com").recorded(), None, "it is not kept");
        assert_eq!(recorded(""), HasAddress::NO);
    }
}
