//! Requests to a server of the AT Protocol, and what its answers say.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::at_uri::AtUri;
use super::record::{PostRecord, StoredPost};
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, NotJson, Request};
use crate::networks::rate_limits::RateLimits;

/// How long to wait after a refusal that does not say for how long it holds.
const LIMIT_WAIT: Millis = Millis::from_secs(60);

/// The address of a method at a server, such as `https://bsky.social`.
#[must_use]
pub fn xrpc(server: &str, method: &str) -> String {
    format!("{}/xrpc/{method}", server.trim_end_matches('/'))
}

/// Reads a record at a server.
#[must_use]
pub fn get_record(server: &str, uri: &AtUri) -> Request {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("repo", uri.did())
        .append_pair("collection", uri.collection())
        .append_pair("rkey", uri.rkey())
        .finish();
    Request::get(format!("{}?{query}", xrpc(server, "com.atproto.repo.getRecord")))
}

/// Puts a post at its address, unless another record is there already. Putting the same record again changes nothing.
#[must_use]
pub fn put_record(server: &str, uri: &AtUri, record: &PostRecord<'_>) -> Request {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        repo: &'a str,
        collection: &'a str,
        rkey: &'a str,
        record: &'a PostRecord<'a>,
        /// The record that may be replaced: none.
        swap_record: (),
    }
    let body =
        Body { repo: uri.did(), collection: uri.collection(), rkey: uri.rkey(), record, swap_record: () };
    Request::post_json(xrpc(server, "com.atproto.repo.putRecord"), &body).signed()
}

/// A record as a server returns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundRecord {
    /// Its address.
    pub uri: String,
    /// The hash of its content.
    pub cid: String,
    /// The parts of a post that matter here; those of another record are absent.
    #[serde(default)]
    pub value: StoredPost,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XrpcFault {
    /// The status.
    pub status: u16,
    /// The name of the error; empty if the server gives none.
    pub error: CompactString,
    /// The server's words.
    pub message: CompactString,
}

impl XrpcFault {
    /// Reads an answer that is no success.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Body<'a> {
            #[serde(borrow)]
            error: Cow<'a, str>,
            #[serde(borrow)]
            message: Cow<'a, str>,
        }
        let body: Body<'_> = serde_json::from_slice(&answer.body).unwrap_or_default();
        Self { status: answer.status, error: body.error.into(), message: body.message.into() }
    }

    /// Whether the server no longer accepts the token, or the account of the token.
    #[must_use]
    pub fn is_of_token(&self) -> bool {
        let names = ["ExpiredToken", "InvalidToken", "AuthMissing", "AccountTakedown", "AccountDeactivated"];
        matches!(self.status, 400 | 401 | 403) && names.contains(&self.error.as_str())
    }

    /// Whether the server has no such record, or no longer shows anything of its author.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        let names = ["RecordNotFound", "RepoNotFound", "RepoDeactivated", "RepoTakendown", "RepoSuspended"];
        names.contains(&self.error.as_str())
    }

    /// The refusal for people, without the server's address.
    #[must_use]
    pub fn text(&self) -> CompactString {
        format_compact!("{} {}: {}", self.status, self.error, self.message)
    }
}

/// When the server accepts requests again, after an answer 429.
#[must_use]
pub fn retry_at(answer: &Answer, now: Timestamp) -> Timestamp {
    RateLimits::rest_after(answer, now, LIMIT_WAIT)
}

/// Reads the answer to [`get_record`].
///
/// # Errors
/// When it holds no record.
pub fn found_record(answer: &Answer) -> Result<FoundRecord, NotJson> {
    answer.json()
}
