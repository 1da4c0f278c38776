//! The draw of a fair opening: an order of entries that anyone can recompute.
//!
//! Before the sale the SHA-256 of the seed is published, after the draw the seed. An entry is the line
//! `network:author post`. The list is all entry lines, sorted, each with a line feed; an entry's lot is
//! `SHA-256(seed in hex, line feed, SHA-256 of the list in hex, line feed, entry)`, and the smallest lot
//! comes first. The whole list goes into every lot, so knowing the seed does not help an author who
//! cannot also choose the last entry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::id::{Account, PostId};
use crate::text::hex::{bytes_of, hex};

/// What decides a draw. Not shown by debug prints: before the draw it is a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

/// The error of a text that is no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits, as `openssl rand -hex 32` makes them")]
pub struct NotASeed;

impl Seed {
    /// The seed in hexadecimal digits.
    #[must_use]
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }

    /// The hash of the seed's hexadecimal digits, which is published before the sale.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.reveal()))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed(with the hash {})", self.hash())
    }
}

impl FromStr for Seed {
    type Err = NotASeed;

    fn from_str(text: &str) -> Result<Self, NotASeed> {
        bytes_of(text).map(Self).ok_or(NotASeed)
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.reveal())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 32]>::deserialize(deserializer).map(Self)
        }
    }
}

/// The line of one entry.
#[must_use]
pub fn entry_line(account: &Account, post: &PostId) -> String {
    format!("{account} {post}")
}

/// The lots of a list of entries.
#[derive(Debug)]
pub struct Lots {
    list_hash: String,
    /// What stands before an entry when its lot is hashed.
    head: String,
}

impl Lots {
    /// The lots that a seed gives to a list of entries, in whatever order they stand.
    #[must_use]
    pub fn of(seed: &Seed, entries: &[String]) -> Self {
        let mut sorted: Vec<&String> = entries.iter().collect();
        sorted.sort_unstable();
        let mut list = Sha256::new();
        for entry in sorted {
            list.update(entry.as_bytes());
            list.update(b"\n");
        }
        let list_hash = hex(&list.finalize());
        let head = format!("{}\n{list_hash}\n", seed.reveal());
        Self { list_hash, head }
    }

    /// The SHA-256 of the list.
    #[must_use]
    pub fn list_hash(&self) -> &str {
        &self.list_hash
    }

    /// The lot of an entry in hexadecimal digits.
    #[must_use]
    pub fn text(&self, entry: &str) -> String {
        hex(&self.lot(entry))
    }

    fn lot(&self, entry: &str) -> [u8; 32] {
        Sha256::new().chain_update(&self.head).chain_update(entry).finalize().into()
    }
}

/// Draws the order of the entries. Returns indices of `entries`, the first to be served first.
#[must_use]
pub fn draw(seed: &Seed, entries: &[String]) -> Vec<usize> {
    let lots = Lots::of(seed, entries);
    let mut lots: Vec<_> = entries.iter().map(|entry| lots.lot(entry)).zip(0_usize..).collect();
    lots.sort_unstable();
    lots.into_iter().map(|(_, index)| index).collect()
}
