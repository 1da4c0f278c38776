//! Explanations: what a post means without the state of the sale.

use serde::Serialize;

use crate::domain::command::Intent;
use crate::domain::id::{Authors, PostId};
use crate::domain::post::Post;
use crate::intake::catalog::Catalog;
use crate::intake::format::Decoded;
pub use crate::intake::format::Format;
use crate::intake::line_bound::Numbered;
pub use crate::intake::lines::Lines;
use crate::intake::reading::Reading;
use crate::text::hashtag::{Hashtag, hashtags, marked_hashtags};

/// A hashtag of the post.
#[derive(Debug, Serialize)]
struct Tag<'a> {
    tag: &'a str,
    start: usize,
    end: usize,
    offer: Option<&'a str>,
    role: Option<&'static str>,
}

/// The explanation of one line.
#[derive(Debug, Serialize)]
pub struct Explained<'a> {
    post: Option<&'a PostId>,
    account: Option<String>,
    tags: Vec<Tag<'a>>,
    /// The offer that the post is about.
    offer: Option<&'a str>,
    /// What the post alone asks for, or why it counts for nothing.
    face: &'static str,
    /// The number of units that a claim asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Explained<'_> {
    fn without_post(face: &'static str, error: String) -> Self {
        let error = Some(error);
        Self { post: None, account: None, tags: Vec::new(), offer: None, face, units: None, error }
    }
}

/// Explains one line of posts to `write`.
pub fn explain_line<T>(
    catalog: &Catalog,
    format: Format,
    (number, line): Numbered<'_>,
    write: impl FnOnce(&Explained<'_>) -> T,
) -> T {
    match line.and_then(|line| format.decode_handed_in(line, Authors::OfNetworksOrSandbox)) {
        Ok(Decoded::Post(post)) => write(&explain(catalog, &post)),
        Ok(Decoded::Ignored(what)) => {
            write(&Explained::without_post("not_relevant", format!("no post: {what}")))
        }
        Err(fault) => write(&Explained::without_post("not_a_post", format!("line {number}: {fault}"))),
    }
}

fn explain<'a>(catalog: &'a Catalog, post: &'a Post) -> Explained<'a> {
    let name = |listing: usize| catalog.listings().get(listing).map(|listing| listing.offering.id().as_str());
    let explained = |hashtag: Hashtag<'a>| {
        let found = catalog.find(hashtag.tag);
        Tag {
            tag: hashtag.tag,
            start: hashtag.start,
            end: hashtag.end,
            offer: found.and_then(|(listing, _)| name(listing)),
            role: found.map(|(_, role)| role.name()),
        }
    };
    let tags = match post.marked_tags() {
        None => hashtags(&post.text).map(explained).collect(),
        Some(marked) => marked_hashtags(&post.text, marked).map(explained).collect(),
    };
    let (offer, face, units) = match catalog.read(post) {
        Reading::Unrelated => (None, "not_relevant", None),
        Reading::Refused { listing, outcome } => (name(listing), outcome.code(), None),
        Reading::Asks { listing, intent, units } => {
            (name(listing), asked(&intent), matches!(intent, Intent::Buy(_)).then_some(units))
        }
        Reading::Refers(intent) => (None, asked(&intent), None),
    };
    Explained {
        post: Some(&post.id),
        account: Some(post.account.to_string()),
        tags,
        offer,
        face,
        units,
        error: None,
    }
}

/// Names what a post asks for. A repost or a deletion counts only if it refers to something of its author's
/// in a running sale.
fn asked(intent: &Intent) -> &'static str {
    match intent {
        Intent::Buy(_) => "buy",
        Intent::Confirm(_) => "confirm",
        Intent::Cancel(_) => "cancel",
        Intent::Repost { .. } => "repost",
        Intent::Delete => "delete",
        Intent::Enroll(_) => "enroll",
        Intent::Accept(_) => "accept",
        Intent::Stop => "stop",
        Intent::Start => "start",
        Intent::Freeze => "freeze",
        Intent::Unlink => "unlink",
    }
}
