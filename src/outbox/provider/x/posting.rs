//! An effect as a request to X, and the answer as its result.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::options::REST;
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request, Unanswered};
use crate::networks::RateLimits;
use crate::networks::x::price::has_link;
use crate::networks::x::{Api, Problem};
use crate::outbox::attempt::{Attempt, AttemptResult};

/// Problems of the account or the app, which every other post would meet as well.
const OF_ALL_POSTS: [&str; 4] =
    ["client-forbidden", "usage-capped", "unsupported-authentication", "oauth1-permissions"];

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Posted {
    /// The attempt has this result.
    Ended(AttemptResult),
    /// X has this text of the account already, in these words: an earlier attempt may have posted it.
    Earlier(CompactString),
}

#[derive(Serialize)]
struct NewPost<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Reply<'a>>,
}

#[derive(Serialize)]
struct Reply<'a> {
    in_reply_to_tweet_id: &'a PostId,
}

#[derive(Deserialize)]
struct Created {
    data: CreatedPost,
}

#[derive(Deserialize)]
struct CreatedPost {
    id: CompactString,
}

/// The request that posts an effect.
///
/// # Errors
/// When the effect is nothing that can be posted.
pub(super) fn request(
    api: &Api,
    attempt: &Attempt,
    links_in_replies: bool,
) -> Result<Request, AttemptResult> {
    let reply = match &attempt.effect {
        Effect::Reply(request) => Some(Reply { in_reply_to_tweet_id: &request.post }),
        Effect::Announce { .. } => None,
        _ => return Err(AttemptResult::impossible("not a reply")),
    };
    let text =
        attempt.text.as_deref().ok_or_else(|| AttemptResult::impossible("there are no words for it"))?;
    if holds_unwanted_link(attempt, text, links_in_replies) {
        return Err(AttemptResult::impossible("the reply holds a link, and `links_in_replies` is not true"));
    }
    Ok(Request::post_json(api.at("/2/tweets"), &NewPost { text, reply }).signed())
}

/// What the answer to that request means.
pub(super) fn posted(answer: &Result<Answer, Unanswered>, attempt: &Attempt, at: Timestamp) -> Posted {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Unanswered::NotSent(error)) => return Posted::Ended(AttemptResult::failed(error)),
        Err(Unanswered::Unknown(error)) => return Posted::Ended(AttemptResult::unknown(error)),
    };
    let problem = Problem::of(answer);
    let words = problem.words(answer.status);
    Posted::Ended(match answer.status {
        200..300 => done(answer, at),
        403 if problem.is_duplicate() => return Posted::Earlier(words),
        429 => AttemptResult::Throttled { until: RateLimits::rest_after(answer, at, REST) },
        // Neither the token nor the money of the shop is a fault of this post.
        401 | 402 => AttemptResult::failed(words),
        403 if is_of_all_posts(&problem) => AttemptResult::failed(words),
        // Cut or damaged on its way: it may have said that X has this text already.
        400..500 if !problem.is_told() => AttemptResult::unknown(words),
        403 | 404 | 410 if is_of_absence(attempt, answer.status, &problem) => AttemptResult::gone(words),
        // Not summoned, or against the rules: X refuses this reply for good.
        400 | 403 | 404 | 410 | 413 | 422 => AttemptResult::impossible(refusal(attempt, &words)),
        300..500 if answer.status != 408 => AttemptResult::failed(words),
        _ => AttemptResult::unknown(words),
    })
}

fn done(answer: &Answer, at: Timestamp) -> AttemptResult {
    let id =
        answer.json::<Created>().ok().and_then(|created| PostId::parse(Network::X, &created.data.id).ok());
    match id {
        Some(id) => AttemptResult::Done { reference: Some(ProviderRef::Reply(id)), at },
        None => AttemptResult::unknown("X's answer holds no id"),
    }
}

fn is_of_all_posts(problem: &Problem) -> bool {
    let detail = problem.detail.to_ascii_lowercase();
    let account =
        detail.contains("your account") && (detail.contains("suspended") || detail.contains("locked"));
    account || OF_ALL_POSTS.iter().any(|name| problem.is(name))
}

/// Whether X says that the answered post is no more, or that its author hides it from the shop.
fn is_of_absence(attempt: &Attempt, status: u16, problem: &Problem) -> bool {
    let is_hidden = problem.detail.to_ascii_lowercase().contains("deleted or not visible");
    matches!(attempt.effect, Effect::Reply(_)) && (status != 403 || is_hidden)
}

/// Names the usual reason beside X's words, which do not.
fn refusal(attempt: &Attempt, words: &str) -> String {
    match &attempt.effect {
        Effect::Reply(_) => {
            format!("{words} (X takes replies only to posts that exist and mention the shop)")
        }
        _ => words.to_owned(),
    }
}

/// Whether a reply may not leave because of a link in it.
fn holds_unwanted_link(attempt: &Attempt, text: &str, links_in_replies: bool) -> bool {
    matches!(attempt.effect, Effect::Reply(_)) && !links_in_replies && has_link(text)
}
