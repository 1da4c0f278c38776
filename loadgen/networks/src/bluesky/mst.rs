//! The tree of a repository: its shape depends on the keys alone.

use std::collections::BTreeMap;

use ipld_core::cid::Cid;
use ipld_core::ipld::Ipld;
use sha2::{Digest, Sha256};

use super::block::{Block, map};

/// A record's place in the tree, which depends on its key alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) cid: Cid,
    layer: u32,
}

impl Leaf {
    pub(crate) fn new(key: &str, cid: Cid) -> Self {
        Self { cid, layer: layer(key) }
    }
}

/// Builds the tree of these records. The root comes last.
pub(crate) fn tree(records: &BTreeMap<String, Leaf>) -> Vec<Block> {
    let entries: Vec<Entry<'_>> =
        records.iter().map(|(key, leaf)| Entry { key, cid: leaf.cid, layer: leaf.layer }).collect();
    let top = entries.iter().map(|entry| entry.layer).max().unwrap_or_default();
    let mut blocks = Vec::new();
    build(&entries, top, &mut blocks);
    blocks
}

struct Entry<'a> {
    key: &'a str,
    cid: Cid,
    layer: u32,
}

/// Pairs of zero bits at the front of the key's hash.
fn layer(key: &str) -> u32 {
    let mut zeros = 0;
    for byte in Sha256::digest(key.as_bytes()) {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros / 2
}

fn build(entries: &[Entry<'_>], height: u32, blocks: &mut Vec<Block>) -> Cid {
    let mut groups = entries.split(|entry| entry.layer == height);
    let left = below(groups.next().unwrap_or_default(), height, blocks);
    let mut previous = "";
    let mut nodes = Vec::new();
    for (entry, right) in entries.iter().filter(|entry| entry.layer == height).zip(groups) {
        let shared = common_prefix(previous, entry.key);
        let rest = entry.key.as_bytes().get(shared..).unwrap_or_default().to_vec();
        nodes.push(map([
            ("p", Ipld::Integer(shared as i128)),
            ("k", Ipld::Bytes(rest)),
            ("v", Ipld::Link(entry.cid)),
            ("t", below(right, height, blocks)),
        ]));
        previous = entry.key;
    }
    let node = Block::new(&map([("l", left), ("e", Ipld::List(nodes))]));
    let cid = node.cid;
    blocks.push(node);
    cid
}

/// The subtree of entries that stand between two of a higher layer.
fn below(entries: &[Entry<'_>], height: u32, blocks: &mut Vec<Block>) -> Ipld {
    if entries.is_empty() {
        return Ipld::Null;
    }
    Ipld::Link(build(entries, height.saturating_sub(1), blocks))
}

fn common_prefix(before: &str, key: &str) -> usize {
    before.bytes().zip(key.bytes()).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAF: &str = "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454";

    fn root(keys: &[&str]) -> String {
        let leaf = Cid::try_from(LEAF).unwrap();
        let records = keys.iter().map(|key| format!("com.example.record/{key}"));
        let records = records.map(|key| (key.clone(), Leaf::new(&key, leaf))).collect();
        tree(&records).last().unwrap().cid.to_string()
    }

    /// The trees that the protocol's implementations compare themselves with.
    #[test]
    fn trees_are_those_of_other_implementations() {
        let table: [(&[&str], &str); 4] = [
            (&[], "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"),
            (&["3jqfcqzm3fo2j"], "bafyreibj4lsc3aqnrvphp5xmrnfoorvru4wynt6lwidqbm2623a6tatzdu"),
            (&["3jqfcqzm3fx2j"], "bafyreih7wfei65pxzhauoibu3ls7jgmkju4bspy4t2ha2qdjnzqvoy33ai"),
            (
                &["3jqfcqzm3fp2j", "3jqfcqzm3fr2j", "3jqfcqzm3fs2j", "3jqfcqzm3ft2j", "3jqfcqzm4fc2j"],
                "bafyreicmahysq4n6wfuxo522m6dpiy7z7qzym3dzs756t5n7nfdgccwq7m",
            ),
        ];
        for (keys, expected) in table {
            assert_eq!(root(keys), expected, "{keys:?}");
        }
    }
}
