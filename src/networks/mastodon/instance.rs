//! What a server says about itself: where its streams are, and what it allows.

use compact_str::CompactString;
use serde::Deserialize;

use super::server::Server;
use crate::net::{Answer, NotJson, Request};

/// The length of a status on a server that does not state it.
const CHARACTERS_DEFAULT: usize = 500;

/// A server's description of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The address of its streams; `None` if it names none.
    pub streaming: Option<String>,
    /// The longest status, counted as Mastodon counts.
    pub characters_max: usize,
    /// Who may read the posts of a hashtag by authors of this server.
    pub local_hashtags: FeedAccess,
    /// Who may read those by authors of other servers.
    pub remote_hashtags: FeedAccess,
}

/// Who may read a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedAccess {
    /// Everyone; also the answer of servers that have no such setting.
    #[default]
    Public,
    /// Accounts of the server.
    Authenticated,
    /// Nobody.
    Disabled,
    /// Something that this release does not know.
    #[serde(other)]
    Unknown,
}

/// The two forms of the answer: `urls` and the limit stand in another place in version 1.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Described {
    configuration: Configuration,
    urls: Option<Urls>,
    max_toot_chars: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Configuration {
    urls: Option<Urls>,
    statuses: Option<Statuses>,
    timelines_access: Option<TimelinesAccess>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Urls {
    #[serde(alias = "streaming_api")]
    streaming: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Statuses {
    max_characters: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TimelinesAccess {
    hashtag_feeds: Option<HashtagFeeds>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HashtagFeeds {
    local: FeedAccess,
    remote: FeedAccess,
}

impl Instance {
    /// The request for the description. A server before version 4 answers it with 404, and [`Self::older`] helps.
    #[must_use]
    pub fn request(server: &Server) -> Request {
        Request::get(server.at("/api/v2/instance"))
    }

    /// The request in the form that older servers, and others than Mastodon, know.
    #[must_use]
    pub fn older(server: &Server) -> Request {
        Request::get(server.at("/api/v1/instance"))
    }

    /// Reads the answer in either form.
    ///
    /// # Errors
    /// When it is no description.
    pub fn read(answer: &Answer) -> Result<Self, NotJson> {
        let Described { configuration, urls, max_toot_chars } = answer.json()?;
        let Configuration { urls: newer, statuses, timelines_access } = configuration;
        let feeds = timelines_access.and_then(|access| access.hashtag_feeds).unwrap_or_default();
        let stated = statuses.and_then(|statuses| statuses.max_characters).or(max_toot_chars);
        let streaming = newer.or(urls).and_then(|urls| urls.streaming);
        Ok(Self {
            streaming: streaming.filter(|address| !address.is_empty()).map(|mut address| {
                address.truncate(address.trim_end_matches('/').len());
                address
            }),
            characters_max: stated.unwrap_or(CHARACTERS_DEFAULT),
            local_hashtags: feeds.local,
            remote_hashtags: feeds.remote,
        })
    }

    /// Whether posts of a hashtag can be read at all.
    #[must_use]
    pub fn has_hashtags(&self) -> bool {
        (self.local_hashtags, self.remote_hashtags) != (FeedAccess::Disabled, FeedAccess::Disabled)
    }

    /// What an operator should know of the shop's own posts there.
    #[must_use]
    pub fn posting_advice(&self) -> Vec<CompactString> {
        let most = self.characters_max;
        let words = compact_str::format_compact!(
            "a status holds {most} characters here: longer replies and announcements are shortened, the title first"
        );
        (most < CHARACTERS_DEFAULT).then_some(words).into_iter().collect()
    }

    /// What an operator should know before the sale; `by_tags` says that the shop reads the posts of hashtags.
    #[must_use]
    pub fn advice(&self, by_tags: bool) -> Vec<CompactString> {
        let mut advice = self.posting_advice();
        if !by_tags {
            // Who mentions the shop is heard in any case.
        } else if !self.has_hashtags() {
            advice.push("posts of a hashtag cannot be read here: buyers must mention the shop".into());
        } else if self.remote_hashtags == FeedAccess::Disabled {
            advice.push(
                "of a hashtag, only posts of this server's own accounts can be read: others must mention the shop".into(),
            );
        } else if self.local_hashtags == FeedAccess::Disabled {
            advice.push(
                "of a hashtag, only posts of other servers' accounts can be read: this server's must mention the shop".into(),
            );
        }
        if self.streaming.is_none() {
            advice
                .push("the server names no address of streams: if it has none of its own, posts are asked for every few seconds".into());
        }
        advice
    }
}
