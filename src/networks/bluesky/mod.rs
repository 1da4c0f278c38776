//! Bluesky: an account that signs in with an app password, its records, and the servers where authors keep theirs.
//!
//! An author is a DID, and a post is a record at the author's own server (the PDS), named by an `at://` address.

mod at_uri;
mod attest;
mod author_servers;
mod collections;
mod facets;
mod identity;
mod record;
mod sign_in;
mod tid;
mod xrpc;

pub use at_uri::{AtUri, NotAnAtUri};
pub use attest::{Attestation, AttestationStep, Verdict};
pub use author_servers::AuthorServers;
pub use collections::{POSTS, REPOSTS};
pub use facets::{ByteRange, Facet, Feature, Mention, facets};
pub use identity::{Directory, IdentityFault, pds_of};
pub use record::{PostRecord, ReplyRefs, StoredPost, StrongRef};
pub use sign_in::{AppPassword, BlueskySignIn};
pub use tid::Tid;
pub use xrpc::{FoundRecord, XrpcFault, found_record, get_record, put_record, retry_at, xrpc};
