//! Frames of a stream of repositories, made as a server makes them.

use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld;
use ipld_core::ipld::Ipld;
use serde_ipld_dagcbor::to_vec;
use sha2::{Digest, Sha256};

/// The name of a block.
pub(super) fn cid_of(block: &[u8]) -> Cid {
    Cid::new_v1(0x71, Multihash::wrap(0x12, &Sha256::digest(block)).unwrap())
}

/// A frame: what it is, and itself.
pub(super) fn frame(op: i64, kind: &str, body: &Ipld) -> Vec<u8> {
    let header = if op == 1 { ipld!({"op": op, "t": kind}) } else { ipld!({"op": op}) };
    let mut bytes = to_vec(&header).unwrap();
    bytes.extend(to_vec(body).unwrap());
    bytes
}

fn varint(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}

/// A commit in the making.
pub(super) struct Commit {
    seq: i64,
    time: String,
    pub(super) too_big: bool,
    ops: Vec<Ipld>,
    blocks: Vec<(Cid, Vec<u8>)>,
}

impl Commit {
    pub(super) fn new(seq: i64, time: impl ToString) -> Self {
        // The commit itself is a block that no operation names.
        let itself = to_vec(&ipld!({"did": "did:plc:ana", "version": 3})).unwrap();
        let blocks = vec![(cid_of(&itself), itself)];
        Self { seq, time: time.to_string(), too_big: false, ops: Vec::new(), blocks }
    }

    /// Adds a change with a record.
    pub(super) fn with(mut self, action: &str, path: &str, record: &Ipld) -> Self {
        let block = to_vec(record).unwrap();
        let cid = cid_of(&block);
        self.ops.push(ipld!({"action": action, "path": path, "cid": cid}));
        self.blocks.push((cid, block));
        self
    }

    /// Adds a change whose record is not among the blocks, or stands there with another content.
    pub(super) fn with_wrong(mut self, path: &str, record: &Ipld, content: Option<&Ipld>) -> Self {
        let cid = cid_of(&to_vec(record).unwrap());
        self.ops.push(ipld!({"action": "create", "path": path, "cid": cid}));
        self.blocks.extend(content.map(|content| (cid, to_vec(content).unwrap())));
        self
    }

    pub(super) fn without(mut self, path: &str) -> Self {
        self.ops.push(ipld!({"action": "delete", "path": path, "cid": null}));
        self
    }

    fn archive(&self) -> Vec<u8> {
        let header = to_vec(&ipld!({"version": 1, "roots": [self.blocks[0].0]})).unwrap();
        let mut bytes = Vec::new();
        varint(header.len(), &mut bytes);
        bytes.extend(header);
        for (cid, block) in &self.blocks {
            let name = cid.to_bytes();
            varint(name.len() + block.len(), &mut bytes);
            bytes.extend(name);
            bytes.extend(block);
        }
        bytes
    }

    pub(super) fn frame(&self) -> Vec<u8> {
        let body = ipld!({
            "seq": self.seq,
            "rebase": false,
            "tooBig": self.too_big,
            "repo": "did:plc:ana",
            "commit": self.blocks[0].0,
            "rev": "3k2rev",
            "since": null,
            "blocks": Ipld::Bytes(self.archive()),
            "ops": Ipld::List(self.ops.clone()),
            "blobs": [],
            "time": self.time.clone(),
        });
        frame(1, "#commit", &body)
    }
}

/// A post.
pub(super) fn post(text: &str) -> Ipld {
    ipld!({"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-30T15:00:01.124Z", "langs": ["en"]})
}
