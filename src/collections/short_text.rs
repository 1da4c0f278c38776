//! A short text that is held inline, for values with few of many possible texts, as regions.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text of at most `N` bytes, with `N` at most 255. Its stored form is that of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortText<const N: usize> {
    len: u8,
    /// Zero behind `len`, so that equal texts have equal bytes.
    bytes: [u8; N],
}

impl<const N: usize> ShortText<N> {
    /// Holds a text; `None` if it has more than `N` bytes.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { len: u8::try_from(text.len()).ok()?, bytes })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for ShortText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for ShortText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> Serialize for ShortText<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for ShortText<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<const N: usize>;

        impl<const N: usize> Visitor<'_> for Reader<N> {
            type Value = ShortText<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a text of at most {N} bytes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                ShortText::new(text).ok_or_else(|| E::invalid_length(text.len(), &self))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ShortText;

    proptest! {
        #[test]
        fn it_holds_any_text_that_fits_and_stores_it_as_a_text(text in "\\PC{0,8}") {
            let held = ShortText::<16>::new(&text);
            prop_assert_eq!(held.is_some(), text.len() <= 16);
            let stored = postcard::to_allocvec(&text).unwrap();
            prop_assert_eq!(postcard::from_bytes::<ShortText<16>>(&stored).ok(), held);
            if let Some(held) = held {
                prop_assert_eq!(held.as_str(), &text);
                prop_assert_eq!(postcard::to_allocvec(&held).unwrap(), stored);
            }
        }
    }
}
