//! Blocks: values in DAG-CBOR, each named by its hash.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld::Ipld;
use serde_json::Value;
use sha2::{Digest, Sha256};

const DAG_CBOR: u64 = 0x71;
const SHA2_256: u64 = 0x12;

/// A value as bytes, and their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) cid: Cid,
    pub(crate) bytes: Vec<u8>,
}

impl Block {
    /// Encodes a value.
    pub(crate) fn new(value: &Ipld) -> Self {
        let bytes = encode(value);
        let digest = Sha256::digest(&bytes);
        let hash = Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit into a multihash");
        Self { cid: Cid::new_v1(DAG_CBOR, hash), bytes }
    }
}

/// Encodes a value in DAG-CBOR.
pub(crate) fn encode(value: &Ipld) -> Vec<u8> {
    serde_ipld_dagcbor::to_vec(value).expect("a value in memory is always encoded")
}

/// A map of named values.
pub(crate) fn map<const N: usize>(fields: [(&str, Ipld); N]) -> Ipld {
    Ipld::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A text.
pub(crate) fn text(words: &str) -> Ipld {
    Ipld::String(words.to_owned())
}

/// A JSON value as its author means it: `$link` and `$bytes` are links and bytes. `None` for what a record cannot hold,
/// such as a fraction.
pub(crate) fn from_json(value: &Value) -> Option<Ipld> {
    Some(match value {
        Value::Null => Ipld::Null,
        Value::Bool(flag) => Ipld::Bool(*flag),
        Value::Number(number) => Ipld::Integer(number.as_i64()?.into()),
        Value::String(words) => Ipld::String(words.clone()),
        Value::Array(items) => Ipld::List(items.iter().map(from_json).collect::<Option<_>>()?),
        Value::Object(fields) => match (fields.get("$link"), fields.get("$bytes")) {
            (Some(link), None) if fields.len() == 1 => Ipld::Link(Cid::try_from(link.as_str()?).ok()?),
            (None, Some(bytes)) if fields.len() == 1 => {
                Ipld::Bytes(STANDARD_NO_PAD.decode(bytes.as_str()?).ok()?)
            }
            _ => {
                let fields = fields.iter().map(|(name, value)| Some((name.clone(), from_json(value)?)));
                Ipld::Map(fields.collect::<Option<BTreeMap<_, _>>>()?)
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cid_of(value: &Value) -> String {
        Block::new(&from_json(value).unwrap()).cid.to_string()
    }

    /// The name of the empty map is known to everybody who works with DAG-CBOR.
    #[test]
    fn a_block_is_named_by_its_hash() {
        assert_eq!(cid_of(&json!({})), "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
        assert_eq!(cid_of(&json!({"b": 1, "aa": 2})), cid_of(&json!({"aa": 2, "b": 1})));
        assert_ne!(cid_of(&json!({"b": 1})), cid_of(&json!({"b": 2})));
    }

    #[test]
    fn shorter_names_come_first() {
        assert_eq!(encode(&from_json(&json!({"aa": 1, "b": 2})).unwrap()), b"\xa2\x61b\x02\x62aa\x01");
    }

    #[test]
    fn links_and_bytes_have_forms_of_their_own() {
        let link = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";
        assert!(matches!(from_json(&json!({"$link": link})), Some(Ipld::Link(_))));
        assert_eq!(from_json(&json!({"$bytes": "AQI"})), Some(Ipld::Bytes(vec![1, 2])));
        for refused in [json!(1.5), json!({"$link": "x"}), json!([{"a": 0.1}])] {
            assert_eq!(from_json(&refused), None, "{refused}");
        }
    }
}
