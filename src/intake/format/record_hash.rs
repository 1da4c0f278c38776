//! The hash of a record of the AT Protocol, computed from its JSON.
//!
//! A relay that tells the hash of one record and the text of another would pass the reading at the author's server, which
//! compares hashes. So the hash is computed here, as a server computes it: SHA-256 of the record as DAG-CBOR
//! (<https://atproto.com/specs/data-model>).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ipld_core::cid::Cid as Link;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld::Ipld;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::fault::Fault;
use super::super::json::parse;
use crate::domain::cid::Cid;

/// The code of DAG-CBOR.
const DAG_CBOR: u64 = 0x71;

/// The code of SHA-256.
const SHA_256: u64 = 0x12;

/// Bytes are written with padding or without.
const BYTES: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A frame of either version of Jetstream, as far as its record.
#[derive(Deserialize)]
struct Frame {
    commit: Option<Change>,
    payload: Option<Change>,
}

#[derive(Deserialize)]
struct Change {
    record: Option<Value>,
}

/// Checks that the hash is that of the record in a frame.
///
/// # Errors
/// When it is another's, or when the record has a value that no record can have.
pub(super) fn check(text: &str, hash: &Cid) -> Result<(), Fault> {
    let frame: Frame = parse(text)?;
    let record = frame.commit.or(frame.payload).and_then(|change| change.record);
    let own = record.and_then(hash_of);
    if own.is_some_and(|own| own.to_string() == hash.as_str()) { Ok(()) } else { Err(Fault::ForeignHash) }
}

fn hash_of(record: Value) -> Option<Link> {
    let block = serde_ipld_dagcbor::to_vec(&data(record)?).ok()?;
    let digest = Multihash::wrap(SHA_256, Sha256::digest(block).as_slice()).ok()?;
    Some(Link::new_v1(DAG_CBOR, digest))
}

/// A value of the data model. It has no fractions.
fn data(value: Value) -> Option<Ipld> {
    Some(match value {
        Value::Null => Ipld::Null,
        Value::Bool(value) => Ipld::Bool(value),
        Value::Number(number) => Ipld::Integer(number.as_i128()?),
        Value::String(text) => Ipld::String(text),
        Value::Array(values) => Ipld::List(values.into_iter().map(data).collect::<Option<_>>()?),
        Value::Object(fields) => match (fields.len(), fields.get("$link"), fields.get("$bytes")) {
            (1, Some(Value::String(link)), None) => Ipld::Link(link.parse().ok()?),
            (1, None, Some(Value::String(bytes))) => Ipld::Bytes(BYTES.decode(bytes).ok()?),
            _ => {
                let fields = fields.into_iter().map(|(name, value)| Some((name, data(value)?)));
                Ipld::Map(fields.collect::<Option<BTreeMap<_, _>>>()?)
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records with their hashes: one that Bluesky's documentation of Jetstream shows, and one with a value of every kind, hashed
    /// by a program in another language.
    #[test]
    fn the_hash_of_a_record_is_that_of_its_server() {
        let table = [
            (
                r#"{"$type":"app.bsky.feed.like","createdAt":"2024-09-09T19:46:02.102Z","subject":{
                "cid":"bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4",
                "uri":"at://did:plc:wa7b35aakoll7hugkrjtf3xf/app.bsky.feed.post/3l3pte3p2e325"}}"#,
                "bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi",
            ),
            (
                r#"{"$type":"app.bsky.feed.post","text":"so #BuyPot","createdAt":"2013-02-13T17:00:00Z","blob":{"size":-7,
                "ref":{"$link":"bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4"},"key":{"$bytes":"AQID"}},
                "langs":["en",null,true,false,70000]}"#,
                "bafyreibjq5yzsqmtu56gvwkudx4jfniowtbonulstq4v32rxb6yw2gntge",
            ),
        ];
        for (record, expected) in table {
            let record = record.replace('\n', "");
            let own = hash_of(serde_json::from_str(&record).unwrap());
            assert_eq!(own.unwrap().to_string(), expected, "{record}");
        }
        for no_record in ["0.5", r#"{"a":1.0}"#, r#"{"$link":"bafy"}"#, r#"{"$bytes":"?"}"#] {
            assert_eq!(hash_of(serde_json::from_str(no_record).unwrap()), None, "{no_record}");
        }
    }
}
