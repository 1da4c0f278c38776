//! The record of a post.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::collections::POSTS;
use super::facets::Facet;
use crate::domain::time::Timestamp;
use crate::text::likeness::is_same_text;

/// A version of a record: its address and the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StrongRef {
    /// The address.
    pub uri: String,
    /// The hash.
    pub cid: String,
}

/// What a reply answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReplyRefs {
    /// The post that began the thread.
    pub root: StrongRef,
    /// The post that is answered.
    pub parent: StrongRef,
}

/// A post as it is written. The same arguments give the same bytes, at every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostRecord<'a> {
    #[serde(rename = "$type")]
    kind: &'static str,
    /// The text.
    pub text: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    langs: &'a [CompactString],
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyRefs>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facets: Vec<Facet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<SelfLabels>,
}

/// What an author says about the own post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SelfLabels {
    #[serde(rename = "$type")]
    kind: &'static str,
    values: [SelfLabel; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SelfLabel {
    val: &'static str,
}

/// The label of what a program wrote.
const BOT: SelfLabels =
    SelfLabels { kind: "com.atproto.label.defs#selfLabels", values: [SelfLabel { val: "bot" }] };

impl<'a> PostRecord<'a> {
    /// A post of that instant.
    #[must_use]
    pub fn new(text: &'a str, created_at: Timestamp) -> Self {
        Self {
            kind: POSTS,
            text,
            created_at: created_at.to_string(),
            langs: &[],
            reply: None,
            facets: Vec::new(),
            labels: None,
        }
    }

    /// Names the languages of the text; the network keeps three.
    #[must_use]
    pub fn langs(self, langs: &'a [CompactString]) -> Self {
        Self { langs: langs.get(..3).unwrap_or(langs), ..self }
    }

    /// Makes it a reply.
    #[must_use]
    pub fn reply(self, reply: Option<ReplyRefs>) -> Self {
        Self { reply, ..self }
    }

    /// Marks tags, links and mentions.
    #[must_use]
    pub fn facets(self, facets: Vec<Facet>) -> Self {
        Self { facets, ..self }
    }

    /// Says that a program wrote it.
    #[must_use]
    pub fn by_bot(self, is_bot: bool) -> Self {
        Self { labels: is_bot.then_some(BOT), ..self }
    }

    /// Whether a record that was found at this post's address is this post. A later attempt may write the text anew, with
    /// another deadline or a number behind it, may mark or label it otherwise, and, where no record keeps its time, has
    /// another one; it is the same post all the same.
    #[must_use]
    pub fn is_found_in(&self, found: &StoredPost) -> bool {
        self.answers_as(found) && is_same_text(self.text, &found.text)
    }

    /// Whether that record is a post that answers what this post answers, in whatever words.
    #[must_use]
    pub fn answers_as(&self, found: &StoredPost) -> bool {
        fn parent(reply: Option<&ReplyRefs>) -> Option<&str> {
            reply.map(|reply| reply.parent.uri.as_str())
        }
        found.kind == self.kind && parent(found.reply.as_ref()) == parent(self.reply.as_ref())
    }
}

/// A post that a server returned. Everything is optional: other programs write records too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StoredPost {
    /// The kind of record.
    #[serde(rename = "$type")]
    pub kind: String,
    /// The text.
    pub text: String,
    /// What it answers.
    pub reply: Option<ReplyRefs>,
}

impl StoredPost {
    /// The beginning of the thread that a reply to this post continues; `this` names the post itself.
    #[must_use]
    pub fn reply_to(self, this: StrongRef) -> ReplyRefs {
        let root = self.reply.map_or_else(|| this.clone(), |reply| reply.root);
        ReplyRefs { root, parent: this }
    }
}
