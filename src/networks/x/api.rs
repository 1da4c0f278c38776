//! Addresses of X's API.

use std::sync::Arc;

use url::form_urlencoded;

/// Where the API is.
pub const API: &str = "https://api.x.com";

/// The page on which an account's owner allows an app to act for it.
pub const AUTHORIZE: &str = "https://x.com/i/oauth2/authorize";

/// The fields that `Format::X` reads of a post, for every request that returns posts.
pub const POST_FIELDS: [(&str, &str); 3] = [
    (
        "tweet.fields",
        "created_at,author_id,conversation_id,entities,referenced_tweets,in_reply_to_user_id,\
         edit_history_tweet_ids,note_tweet,lang",
    ),
    ("expansions", "author_id"),
    ("user.fields", "username,created_at,protected"),
];

/// The API at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api(Arc<str>);

impl Api {
    /// The API at `base`, as [`API`].
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self(base.trim_end_matches('/').into())
    }

    /// The address of `path`, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The address of `path` with a query.
    #[must_use]
    pub fn asking<'a>(&self, path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        format!("{}{path}?{query}", self.0)
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new(API)
    }
}
