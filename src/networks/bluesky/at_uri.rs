//! The address of a record.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;

/// Upper bound on a DID, in bytes.
const DID_BYTES_MAX: usize = 256;
/// Upper bound on the name of a collection, in bytes.
const COLLECTION_BYTES_MAX: usize = 317;
/// Upper bound on a record's key, in bytes.
const RKEY_BYTES_MAX: usize = 512;

/// The address of a record: `at://did:plc:ana/app.bsky.feed.post/3k2a`. Its author is a DID, never a handle, because
/// handles change owners. No part needs to be escaped in an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtUri {
    did: CompactString,
    collection: CompactString,
    rkey: CompactString,
}

/// The text is no address of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address as at://did:plc:ana/app.bsky.feed.post/3k2a")]
pub struct NotAnAtUri;

impl AtUri {
    /// Names the record of an author.
    ///
    /// # Errors
    /// When a part has another form.
    pub fn new(did: &str, collection: &str, rkey: &str) -> Result<Self, NotAnAtUri> {
        let is_collection = (1..=COLLECTION_BYTES_MAX).contains(&collection.len())
            && collection.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            && collection.bytes().any(|byte| byte == b'.');
        if !is_did(did) || !is_collection || !is_rkey(rkey) {
            return Err(NotAnAtUri);
        }
        Ok(Self { did: did.into(), collection: collection.into(), rkey: rkey.into() })
    }

    /// The author.
    #[must_use]
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The kind of record.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The record's key among those of its kind.
    #[must_use]
    pub fn rkey(&self) -> &str {
        &self.rkey
    }
}

/// Whether a text is a decentralized identifier.
pub(super) fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, method, id) = (parts.next(), parts.next(), parts.next());
    let is_method = |method: &str| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_id = |id: &str| {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'%' | b'-');
        !id.is_empty() && !id.ends_with(':') && id.bytes().all(plain)
    };
    text.len() <= DID_BYTES_MAX
        && scheme == Some("did")
        && method.is_some_and(is_method)
        && id.is_some_and(is_id)
}

fn is_rkey(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'~' | b'-');
    (1..=RKEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain) && text != "." && text != ".."
}

impl FromStr for AtUri {
    type Err = NotAnAtUri;

    fn from_str(text: &str) -> Result<Self, NotAnAtUri> {
        let mut parts = text.strip_prefix("at://").ok_or(NotAnAtUri)?.split('/');
        let (Some(did), Some(collection), Some(rkey), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAnAtUri);
        };
        Self::new(did, collection, rkey)
    }
}

impl fmt::Display for AtUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at://{}/{}/{}", self.did, self.collection, self.rkey)
    }
}

#[cfg(test)]
mod tests {
    use super::AtUri;

    #[test]
    fn an_address_names_author_collection_and_key() {
        let table = [
            ("at://did:plc:ana/app.bsky.feed.post/3k2a", true),
            ("at://did:web:shop.example/app.bsky.feed.repost/3k2a", true),
            ("at://ana.example/app.bsky.feed.post/3k2a", false),
            ("at://did:plc:/app.bsky.feed.post/3k2a", false),
            ("at://did:plc:ana/post/3k2a", false),
            ("at://did:plc:ana/app.bsky.feed.post/", false),
            ("at://did:plc:ana/app.bsky.feed.post/..", false),
            ("at://did:plc:ana/app.bsky.feed.post/3k2a/x", false),
            ("at://did:plc:ana/app.bsky.feed.post/3k?x=1", false),
            ("at://did:plc:ana/app.bsky.feed.post", false),
            ("https://did:plc:ana/app.bsky.feed.post/3k2a", false),
            ("0/12/0", false),
        ];
        for (text, is_address) in table {
            let read = text.parse::<AtUri>();
            assert_eq!(read.is_ok(), is_address, "{text}");
            if let Ok(uri) = read {
                assert_eq!(uri.to_string(), text);
            }
        }
    }
}
