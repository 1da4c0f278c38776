//! The text of an author's or a post's id, as its network gives it.
//!
//! Most networks use numbers, and everything that the engine keeps has several ids. A number is held as a
//! number: this takes two thirds of the memory of a text, and is compared and hashed in one step. Any other
//! text is allocated once and shared.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use compact_str::CompactString;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text. Equality, order and stored form are those of the text, however it is held.
#[derive(Clone, PartialEq, Eq)]
pub struct IdText(Held);

#[derive(Clone, PartialEq, Eq)]
enum Held {
    Number(u64),
    /// A text that is not the canonical form of a `u64`.
    Text(Arc<str>),
}

impl IdText {
    /// The text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text(match &self.0 {
            Held::Number(number) => Form::Written(itoa::Buffer::new().format(*number).into()),
            Held::Text(text) => Form::Kept(text),
        })
    }
}

impl From<&str> for IdText {
    fn from(text: &str) -> Self {
        Self(number(text).map_or_else(|| Held::Text(text.into()), Held::Number))
    }
}

/// The number with this text as its canonical form; `None` if there is none.
fn number(text: &str) -> Option<u64> {
    let first = text.bytes().next()?;
    let plain = first.is_ascii_digit() && (first != b'0' || text.len() == 1);
    if plain { text.parse().ok() } else { None }
}

impl Hash for IdText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Held::Number(number) => state.write_u64(*number),
            Held::Text(text) => text.hash(state),
        }
    }
}

impl PartialOrd for IdText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdText {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Held::Number(one), Held::Number(other)) if one.checked_ilog10() == other.checked_ilog10() => {
                one.cmp(other)
            }
            _ => self.text().cmp(&other.text()),
        }
    }
}

impl fmt::Debug for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text(), f)
    }
}

impl fmt::Display for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for IdText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Most ids are numbers, and most of a record is ids.
        match &self.0 {
            Held::Number(number) => serializer.serialize_str(itoa::Buffer::new().format(*number)),
            Held::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for IdText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = IdText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<IdText, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// The text of an id. That of a number is written on demand.
#[derive(Debug, Clone)]
pub struct Text<'l>(Form<'l>);

#[derive(Debug, Clone)]
enum Form<'l> {
    Kept(&'l str),
    /// The digits of a number, at most twenty.
    Written(CompactString),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Form::Kept(text) => text,
            Form::Written(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{0,3}",
            "[0-9]{0,22}",
            "[0-9a-z:+/-]{0,40}",
            any::<u64>().prop_map(|number| number.to_string())
        ]
    }

    #[test]
    fn a_canonical_number_is_held_as_a_number_in_two_words() {
        assert_eq!(size_of::<IdText>(), 2 * size_of::<u64>());
        let held = ["0", "7", "18446744073709551615", "1729000000000000001"].map(|text| IdText::from(text).0);
        assert!(held.iter().all(|held| matches!(held, Held::Number(_))));
        let texts = ["", "00", "07", "+7", "-7", "18446744073709551616", "0x7", "did:plc:7"];
        assert!(texts.map(|text| IdText::from(text).0).iter().all(|held| matches!(held, Held::Text(_))));
    }

    proptest! {
        #[test]
        fn it_behaves_like_its_text(one in text(), other in text()) {
            let (id, second) = (IdText::from(&*one), IdText::from(&*other));
            prop_assert_eq!(&*id.text(), &one);
            prop_assert_eq!(&*id.to_string(), &*one);
            prop_assert_eq!(format!("{id:?}"), format!("{one:?}"));
            prop_assert_eq!(id.cmp(&second), one.cmp(&other));
            prop_assert_eq!(id == second, one == other);
            let hasher = foldhash::fast::FixedState::default();
            prop_assert_eq!(hasher.hash_one(&id), hasher.hash_one(IdText::from(&*one)));
            let stored = postcard::to_stdvec(&id).expect("an id");
            prop_assert_eq!(&stored, &postcard::to_stdvec(&one).expect("a text"));
            prop_assert_eq!(postcard::from_bytes::<IdText>(&stored).expect("the same"), id);
            let json = serde_json::to_string(&one).expect("a text");
            prop_assert_eq!(serde_json::from_str::<IdText>(&json).expect("the same").to_string(), one);
        }
    }
}
