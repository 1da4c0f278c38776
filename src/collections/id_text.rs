//! A label: the text by which a network tells an author, or a post, from all others.
//!
//! Most networks number them, and everything that the engine keeps names several: a number is held as what it is, in
//! two thirds of the room of a text, and is compared and hashed in one step. Another text is written down once, and
//! shared.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use compact_str::CompactString;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Any text. What is equal, which is the lesser, and how it is stored are the text's, whatever it is held as.
#[derive(Clone, PartialEq, Eq)]
pub struct IdText(Held);

#[derive(Clone, PartialEq, Eq)]
enum Held {
    Number(u64),
    /// One that is not how a number is written.
    Text(Arc<str>),
}

impl IdText {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text(match &self.0 {
            Held::Number(number) => Lines::Written(itoa::Buffer::new().format(*number).into()),
            Held::Text(text) => Lines::Kept(text),
        })
    }
}

impl From<&str> for IdText {
    fn from(text: &str) -> Self {
        Self(number(text).map_or_else(|| Held::Text(text.into()), Held::Number))
    }
}

/// The number that is written so, and in no other way.
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
        // Most labels are numbers, and most of a record is labels.
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

/// The text of a label, which is written down if need be.
#[derive(Debug, Clone)]
pub struct Text<'l>(Lines<'l>);

#[derive(Debug, Clone)]
enum Lines<'l> {
    Kept(&'l str),
    /// A number's twenty digits at most are nowhere but here.
    Written(CompactString),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Lines::Kept(text) => text,
            Lines::Written(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use proptest::prelude::*;

    use super::*;

    fn label() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{0,3}",
            "[0-9]{0,22}",
            "[0-9a-z:+/-]{0,40}",
            any::<u64>().prop_map(|number| number.to_string())
        ]
    }

    #[test]
    fn what_is_written_as_a_number_is_held_as_one_and_takes_two_words() {
        assert_eq!(size_of::<IdText>(), 2 * size_of::<u64>());
        let held = ["0", "7", "18446744073709551615", "1729000000000000001"].map(|text| IdText::from(text).0);
        assert!(held.iter().all(|held| matches!(held, Held::Number(_))));
        let texts = ["", "00", "07", "+7", "-7", "18446744073709551616", "0x7", "did:plc:7"];
        assert!(texts.map(|text| IdText::from(text).0).iter().all(|held| matches!(held, Held::Text(_))));
    }

    proptest! {
        #[test]
        fn it_is_its_text(one in label(), other in label()) {
            let (label, second) = (IdText::from(&*one), IdText::from(&*other));
            prop_assert_eq!(&*label.text(), &one);
            prop_assert_eq!(&*label.to_string(), &*one);
            prop_assert_eq!(format!("{label:?}"), format!("{one:?}"));
            prop_assert_eq!(label.cmp(&second), one.cmp(&other));
            prop_assert_eq!(label == second, one == other);
            let hasher = foldhash::fast::FixedState::default();
            prop_assert_eq!(hasher.hash_one(&label), hasher.hash_one(IdText::from(&*one)));
            let stored = postcard::to_stdvec(&label).expect("a label");
            prop_assert_eq!(&stored, &postcard::to_stdvec(&one).expect("a text"));
            prop_assert_eq!(postcard::from_bytes::<IdText>(&stored).expect("the same"), label);
            let json = serde_json::to_string(&one).expect("a text");
            prop_assert_eq!(serde_json::from_str::<IdText>(&json).expect("the same").to_string(), one);
        }
    }
}
