//! The account's own posts, among which a look-up finds what an earlier attempt posted.

use compact_str::CompactString;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::options::{REST, XOptions};
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request, Unanswered};
use crate::networks::RateLimits;
use crate::networks::x::{Api, Problem, snowflake};
use crate::outbox::attempt::{Attempt, AttemptResult};
use crate::text::hashtag::url::urls;
use crate::text::likeness::is_same_text;

/// How far X's clock may be behind this machine's.
const SKEW: Millis = Millis::from_secs(300);

/// Stands for every link, since X shortens them.
const LINK: &str = "\u{1f517}";

/// The posts that may be the one looked for: those since the answered post, or since the effect was recorded.
#[derive(Debug)]
pub(super) struct OwnPosts<'a> {
    api: &'a Api,
    account: &'a str,
    since: u64,
    answered: Option<CompactString>,
    /// Its words; `None` for the reply to a refused post, which gets one: when it is heard again after a restart, the reason
    /// may be another one.
    text: Option<String>,
}

/// What a page of own posts says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// The look-up has this result.
    Ended(AttemptResult),
    /// It is not on this page, and there is another one.
    More(String),
}

/// Every page has `meta`, an empty one has no `data`: an answer without both is no page, and shows nothing.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    data: Vec<OwnPost>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct OwnPost {
    id: CompactString,
    #[serde(default)]
    text: String,
    #[serde(default)]
    referenced_tweets: Vec<Referenced>,
}

#[derive(Deserialize)]
struct Referenced {
    #[serde(rename = "type")]
    kind: CompactString,
    id: CompactString,
}

impl<'a> OwnPosts<'a> {
    /// Where to look for an effect.
    ///
    /// # Errors
    /// When the effect is nothing that can be posted.
    pub(super) fn of(options: &'a XOptions, attempt: &Attempt) -> Result<Self, AttemptResult> {
        let Some(text) = attempt.text.as_deref() else {
            return Err(AttemptResult::impossible("there are no words for it"));
        };
        let recorded = snowflake::first_at(attempt.recorded_at.minus(SKEW));
        let (since, answered) = match &attempt.effect {
            Effect::Reply(request) => {
                let post = CompactString::from(request.post.to_string());
                (snowflake::parse(&post).unwrap_or(recorded), Some(post))
            }
            Effect::Announce { .. } => (recorded, None),
            _ => return Err(AttemptResult::impossible("not a reply")),
        };
        let text = attempt.key.outside().map(|_| bare(text));
        Ok(Self { api: &options.api, account: &options.account, since, answered, text })
    }

    /// The request for a page, the first one or that of a token.
    pub(super) fn request(&self, token: Option<&str>) -> Request {
        let since = self.since.to_string();
        let query =
            [("since_id", since.as_str()), ("max_results", "100"), ("tweet.fields", "referenced_tweets")];
        let query = query.into_iter().chain(token.map(|token| ("pagination_token", token)));
        Request::get(self.api.asking(&format!("/2/users/{}/tweets", self.account), query)).signed()
    }

    /// Looks through a page. Returns what it says, and how many posts X showed.
    pub(super) fn read(
        &self,
        answer: &Result<Answer, Unanswered>,
        attempt: &Attempt,
        at: Timestamp,
    ) -> (Page, usize) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(unanswered) => return (Page::Ended(AttemptResult::unknown(unanswered)), 0),
        };
        if answer.status == 429 {
            let until = RateLimits::rest_after(answer, at, REST);
            return (Page::Ended(AttemptResult::Throttled { until }), 0);
        }
        let body =
            Some(answer).filter(|answer| answer.is_success()).and_then(|answer| answer.json::<Body>().ok());
        let Some(body) = body else {
            return (Page::Ended(AttemptResult::unknown(Problem::of(answer).words(answer.status))), 0);
        };
        let found = body.data.iter().find(|post| self.is_the_one(post));
        let found = found.and_then(|post| PostId::parse(Network::X, &post.id).ok());
        let page = match (found, body.meta.next_token) {
            (Some(id), _) => Page::Ended(found_before(id, attempt, at)),
            (None, Some(token)) => Page::More(token),
            (None, None) => Page::Ended(AttemptResult::NotFound),
        };
        (page, body.data.len())
    }

    fn is_the_one(&self, post: &OwnPost) -> bool {
        let answers = post.referenced_tweets.iter().find(|other| other.kind == "replied_to");
        answers.map(|other| &other.id) == self.answered.as_ref()
            && self.text.as_ref().is_none_or(|text| is_same_text(text, &bare(&unescaped(&post.text))))
    }
}

/// The post was there before this attempt, and its window began when X made it.
fn found_before(id: PostId, attempt: &Attempt, now: Timestamp) -> AttemptResult {
    let made = snowflake::parse(&id.to_string()).map_or(now, snowflake::time_of);
    let at = made.max(attempt.recorded_at).min(now);
    AttemptResult::Done { reference: Some(ProviderRef::Reply(id)), at }
}

/// X escapes three characters. `&amp;` comes last, so that nothing is unescaped twice.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A text without what X changes in it: composition, links, blanks at its ends, and the mentions that X puts before
/// a reply.
fn bare(text: &str) -> String {
    let mut rest = text.trim();
    while let Some(mention) = rest.strip_prefix('@') {
        let name = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
        let after = mention.trim_start_matches(name);
        if after.len() == mention.len() || !after.starts_with(char::is_whitespace) {
            break;
        }
        rest = after.trim_start();
    }
    let composed: String = rest.nfc().collect();
    let mut bare = String::with_capacity(composed.len());
    let mut at = 0;
    for url in urls(&composed) {
        bare.push_str(composed.get(at..url.start).unwrap_or_default());
        bare.push_str(LINK);
        at = url.end;
    }
    bare.push_str(composed.get(at..).unwrap_or_default());
    bare
}

#[cfg(test)]
mod tests {
    use super::{bare, unescaped};

    #[test]
    fn a_text_is_known_again_as_x_shows_it() {
        let table = [
            ("Sold out.", "@amara_t Sold out."),
            ("Yours: tea & kettle <3", "@amara_t Yours: tea &amp; kettle &lt;3"),
            ("&lt; is written so", "&amp;lt; is written so"),
            ("See https://shop.com/terms now", "@a @b_2 See https://t.co/x1y2z3 now"),
            ("Cafe\u{301} ready", "Café ready"),
            ("@northwind_shop opens now ", "@northwind_shop opens now"),
        ];
        for (sent, shown) in table {
            assert_eq!(bare(sent), bare(&unescaped(shown)), "{sent}");
        }
    }

    #[test]
    fn another_text_is_another_one() {
        let table = [
            ("Sold out.", "Sold out!"),
            ("by 17:15", "by 17:16"),
            ("https://shop.com/terms", "terms"),
            ("mail a@shop now", "mail now"),
        ];
        for (sent, shown) in table {
            assert_ne!(bare(sent), bare(&unescaped(shown)), "{sent}");
        }
    }
}
