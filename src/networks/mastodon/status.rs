//! A new status.

use serde::Serialize;

use super::server::Server;
use crate::net::Request;

/// Who sees a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone, and it stands in timelines.
    Public,
    /// Everyone, and it stands in no timeline of strangers.
    Unlisted,
    /// Those who are mentioned: a direct message.
    Direct,
}

/// A status to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewStatus<'a> {
    /// The text.
    #[serde(rename = "status")]
    pub text: &'a str,
    /// The id, at the server, of the status that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to_id: Option<&'a str>,
    /// Who sees it.
    pub visibility: Visibility,
    /// Its language, as `en`; `None` leaves it to the account's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'a str>,
}

impl NewStatus<'_> {
    /// The request that posts it. For an hour, the server answers another one under the same key with the same status.
    #[must_use]
    pub fn request(&self, server: &Server, key: &str) -> Request {
        Request::post_json(server.at("/api/v1/statuses"), self).header("idempotency-key", key).signed()
    }
}
