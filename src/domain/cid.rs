//! The hash by which a network of the AT Protocol names the content of a record.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Upper bound on the text of a hash, in bytes.
const BYTES_MAX: usize = 128;

/// The hash of a record's content, as `bafyrei...`. Who has the record can compute it, so the same hash is the same
/// content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cid(CompactString);

/// The text is no hash of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a content hash as bafyrei...")]
pub struct NotACid;

impl Cid {
    /// Reads the text of a hash. Only its form is checked: whether it is the hash of a record, the record's server says.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, NotACid> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_plain && (1..=BYTES_MAX).contains(&text.len()) { Ok(Self(text.into())) } else { Err(NotACid) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
