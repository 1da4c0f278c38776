//! The repository of an account.

use std::collections::{BTreeMap, BTreeSet};

use ipld_core::cid::Cid;
use ipld_core::ipld::Ipld;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::block::{Block, from_json, map, text};
use super::car::archive;
use super::event::{Action, Commit};
use super::mst::{Leaf, tree};

/// Records by `collection/rkey`, and the last commit.
#[derive(Debug, Default)]
pub(crate) struct Repo {
    records: BTreeMap<String, Leaf>,
    values: BTreeMap<String, Value>,
    /// Nodes of the tree, so that a commit carries new ones only.
    nodes: BTreeSet<Cid>,
    data: Option<Cid>,
    rev: Option<String>,
}

impl Repo {
    /// A record with its CID.
    pub(crate) fn record(&self, path: &str) -> Option<(&Value, Cid)> {
        Some((self.values.get(path)?, self.records.get(path)?.cid))
    }

    /// The records of a collection with their keys, newest key first.
    pub(crate) fn collection<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a Value, Cid)> {
        let prefix = format!("{name}/");
        let end = format!("{name}0");
        self.values.range(prefix.clone()..end).rev().filter_map(move |(path, value)| {
            Some((path.strip_prefix(prefix.as_str())?, value, self.records.get(path)?.cid))
        })
    }

    /// The CID that a value would have; `None` for what a record cannot hold.
    pub(crate) fn cid_of(value: &Value) -> Option<Cid> {
        Some(Block::new(&from_json(value)?).cid)
    }

    /// Puts a record in its place, old or new. `None` for what a record cannot hold.
    pub(crate) fn put(
        &mut self,
        did: &str,
        collection: &str,
        rkey: &str,
        value: &Value,
        rev: &str,
    ) -> Option<Commit> {
        let block = Block::new(&from_json(value)?);
        let path = format!("{collection}/{rkey}");
        let previous = self.records.insert(path.clone(), Leaf::new(&path, block.cid)).map(|leaf| leaf.cid);
        self.values.insert(path, value.clone());
        let action = if previous.is_some() { Action::Update } else { Action::Create };
        let record = Some((value.clone(), block.cid));
        let change = Written { action, collection, rkey, record, previous, block: Some(block) };
        Some(self.commit(did, rev, change))
    }

    /// Removes a record; `None` if it is not there.
    pub(crate) fn delete(&mut self, did: &str, collection: &str, rkey: &str, rev: &str) -> Option<Commit> {
        let path = format!("{collection}/{rkey}");
        let previous = Some(self.records.remove(&path)?.cid);
        self.values.remove(&path);
        let change =
            Written { action: Action::Delete, collection, rkey, record: None, previous, block: None };
        Some(self.commit(did, rev, change))
    }

    fn commit(&mut self, did: &str, rev: &str, written: Written<'_>) -> Commit {
        let nodes = tree(&self.records);
        let data = nodes.last().map(|node| node.cid).unwrap_or_default();
        let commit = Block::new(&map([
            ("did", text(did)),
            ("version", Ipld::Integer(3)),
            ("data", Ipld::Link(data)),
            ("rev", text(rev)),
            ("prev", Ipld::Null),
            ("sig", Ipld::Bytes(unsigned(did, rev))),
        ]));
        let new = nodes.iter().filter(|node| !self.nodes.contains(&node.cid)).rev();
        let blocks = std::iter::once(&commit).chain(new).chain(&written.block);
        let archive = archive(commit.cid, blocks);
        self.nodes = nodes.iter().map(|node| node.cid).collect();
        Commit {
            cid: commit.cid,
            rev: rev.to_owned(),
            since: self.rev.replace(rev.to_owned()),
            action: written.action,
            collection: written.collection.to_owned(),
            rkey: written.rkey.to_owned(),
            record: written.record,
            previous: written.previous,
            previous_data: self.data.replace(data),
            archive,
        }
    }
}

struct Written<'a> {
    action: Action,
    collection: &'a str,
    rkey: &'a str,
    record: Option<(Value, Cid)>,
    previous: Option<Cid>,
    block: Option<Block>,
}

/// Bytes where a signature stands: no key signs here.
fn unsigned(did: &str, rev: &str) -> Vec<u8> {
    let half = Sha256::digest(format!("{did} {rev}").as_bytes());
    [half.as_slice(), half.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commits_follow_each_other() {
        let mut repo = Repo::default();
        let value = json!({"text": "a"});
        let first = repo.put("did:plc:a", "c.d.e", "k1", &value, "r1").unwrap();
        assert_eq!((first.action, first.since.as_deref(), first.previous), (Action::Create, None, None));
        let second = repo.put("did:plc:a", "c.d.e", "k1", &json!({"text": "b"}), "r2").unwrap();
        assert_eq!((second.action, second.since.as_deref()), (Action::Update, Some("r1")));
        assert_eq!(second.previous, Repo::cid_of(&value));
        let third = repo.delete("did:plc:a", "c.d.e", "k1", "r3").unwrap();
        assert_eq!((third.action, third.record.is_none()), (Action::Delete, true));
        assert!(repo.delete("did:plc:a", "c.d.e", "k1", "r4").is_none());
        assert!(repo.put("did:plc:a", "c.d.e", "k2", &json!({"x": 0.5}), "r5").is_none());
    }

    #[test]
    fn a_collection_is_listed_from_its_newest_key() {
        let mut repo = Repo::default();
        for (collection, key) in [("a.b", "1"), ("a.b", "2"), ("a.bc", "3"), ("a", "4")] {
            repo.put("did:plc:a", collection, key, &json!({}), key).unwrap();
        }
        assert_eq!(repo.collection("a.b").map(|(key, ..)| key).collect::<Vec<_>>(), ["2", "1"]);
    }
}
