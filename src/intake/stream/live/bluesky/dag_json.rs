//! Blocks of repositories as JSON, in the form in which Jetstream prints them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ipld_core::cid::Cid;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_ipld_dagcbor::de::Deserializer;

/// Appends a block as JSON; returns whether it is one that can be written so. If not, `json` is as it was. Links become
/// `{"$link":"bafy..."}`, bytes `{"$bytes":"..."}`. The decoder bounds the depth, and the JSON is at most six times as long
/// as the block.
pub(super) fn append_json(json: &mut Vec<u8>, block: &[u8]) -> bool {
    let before = json.len();
    let mut decoder = Deserializer::from_slice(block);
    let is_written = Writer(json).deserialize(&mut decoder).is_ok() && decoder.end().is_ok();
    if !is_written {
        json.truncate(before);
    }
    is_written
}

/// Appends a text as a JSON string.
pub(super) fn append_string(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("vectors can be written");
}

/// Writes one value.
struct Writer<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, decoder: D) -> Result<(), D::Error> {
        decoder.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the data model")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        serde_json::to_writer(self.0, &value).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        append_string(self.0, value);
        Ok(())
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<(), E> {
        self.0.extend_from_slice(b"{\"$bytes\":\"");
        self.0.extend_from_slice(STANDARD_NO_PAD.encode(value).as_bytes());
        self.0.extend_from_slice(b"\"}");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.push(b'[');
        let mut is_first = true;
        loop {
            let before = self.0.len();
            if !is_first {
                self.0.push(b',');
            }
            if list.next_element_seed(Writer(self.0))?.is_none() {
                self.0.truncate(before);
                break;
            }
            is_first = false;
        }
        self.0.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push(b'{');
        let mut is_first = true;
        loop {
            let before = self.0.len();
            if !is_first {
                self.0.push(b',');
            }
            if map.next_key_seed(Key(self.0))?.is_none() {
                self.0.truncate(before);
                break;
            }
            self.0.push(b':');
            map.next_value_seed(Writer(self.0))?;
            is_first = false;
        }
        self.0.push(b'}');
        Ok(())
    }

    /// A link: the only value that is wrapped.
    fn visit_newtype_struct<D: serde::Deserializer<'de>>(self, decoder: D) -> Result<(), D::Error> {
        decoder.deserialize_bytes(Link(self.0))
    }
}

/// Writes the name of a field.
struct Key<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, decoder: D) -> Result<(), D::Error> {
        decoder.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        append_string(self.0, name);
        Ok(())
    }
}

/// Writes a link.
struct Link<'a>(&'a mut Vec<u8>);

impl Visitor<'_> for Link<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        let cid = Cid::try_from(bytes).map_err(E::custom)?;
        self.0.extend_from_slice(format!("{{\"$link\":\"{cid}\"}}").as_bytes());
        Ok(())
    }
}
