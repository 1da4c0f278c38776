//! X's activity stream: who mentions the shop, and who answers its posts.
//!
//! X delivers to this stream only events of accounts that are subscribed to. A deletion is an event of the author's
//! account, so the deletions of buyers do not come.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::catch_up::Target;
use super::feed::Feed;
use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request};
use crate::networks::x::price::{MicroUsd, OWNED_READ, READ};
use crate::networks::x::{Api, Problem};

/// Somebody mentions the shop.
const MENTIONS: &str = "post.mention.create";
/// Somebody answers a post of the shop.
const REPLIES: &str = "post.reply.create";

/// How many posts X shows of those that mention an account.
const MENTIONS_SHOWN: usize = 800;

/// How long an event or a mention may take to show.
const MARGIN: Millis = Millis::from_secs(30);

/// Where the activity of an account is read.
#[derive(Clone)]
pub struct ActivityOptions {
    /// The API.
    pub api: Api,
    /// The id of the shop's account.
    pub account: String,
    /// Whether that account owns the app, which makes reading its mentions cheaper.
    pub is_app_owned: bool,
    /// The app-only token, for apps to which X does not open the stream with an account's token.
    pub app_token: Option<String>,
}

impl fmt::Debug for ActivityOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityOptions").field("account", &self.account).finish_non_exhaustive()
    }
}

/// The activity of the shop's account.
#[derive(Debug)]
pub struct Activity {
    options: ActivityOptions,
    setup: Setup,
    has_changed: bool,
    /// Whether X refuses a subscription without which some posts only come in pages.
    is_partial: bool,
}

#[derive(Debug)]
enum Setup {
    /// The subscriptions are to be listed.
    List,
    /// These kinds are to be subscribed to, the last one next.
    Make(Vec<&'static str>),
    /// Every kind is subscribed to.
    Done,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Subscription>,
}

#[derive(Serialize, Deserialize)]
struct Subscription {
    event_type: CompactString,
    filter: Filter,
}

#[derive(Serialize, Deserialize)]
struct Filter {
    #[serde(default)]
    user_id: CompactString,
}

impl Activity {
    /// The activity of an account.
    #[must_use]
    pub const fn new(options: ActivityOptions) -> Self {
        Self { options, setup: Setup::List, has_changed: false, is_partial: false }
    }

    /// A request about the app's stream, with the app's own token if there is one.
    fn of_app(&self, path: &str) -> Request {
        let request = Request::get(self.options.api.at(path));
        match &self.options.app_token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request.signed(),
        }
    }

    /// The kinds that are not subscribed to, the most important one last.
    fn missing(&self, answer: &Answer) -> Vec<&'static str> {
        let listed = answer.json::<Listed>().map(|listed| listed.data).unwrap_or_default();
        let is_listed = |kind: &str| {
            listed.iter().any(|one| one.event_type == kind && one.filter.user_id == self.options.account)
        };
        [REPLIES, MENTIONS].into_iter().filter(|kind| !is_listed(kind)).collect()
    }

    fn subscribe(&self, kind: &str) -> Request {
        let filter = Filter { user_id: self.options.account.as_str().into() };
        let subscription = Subscription { event_type: kind.into(), filter };
        Request::post_json(self.options.api.at("/2/activity/subscriptions"), &subscription).signed()
    }
}

impl Feed for Activity {
    fn api(&self) -> &Api {
        &self.options.api
    }

    fn margin(&self) -> Millis {
        MARGIN
    }

    fn setup(&self) -> Option<Request> {
        match &self.setup {
            Setup::List => Some(self.of_app("/2/activity/subscriptions")),
            Setup::Make(kinds) => kinds.last().map(|kind| self.subscribe(kind)),
            Setup::Done => None,
        }
    }

    fn set_up(&mut self, answer: &Answer, now: Timestamp) -> Result<(), Trouble> {
        let trouble = || Trouble::of_answer(answer, now);
        let missing = match &mut self.setup {
            Setup::List => match answer.status {
                // X may keep the list from accounts' tokens; then it tells what is there already.
                200..300 | 400 | 403 | 404 => self.missing(answer),
                _ => return Err(trouble()),
            },
            Setup::Make(kinds) => {
                let kind = kinds.last().copied();
                let problem = Problem::of(answer);
                let is_there = answer.status == 409 || problem.is_duplicate();
                // A refusal that was damaged may have said that the subscription is there.
                let is_refused = matches!(answer.status, 400 | 403 | 404) && problem.is_told();
                if answer.is_success() {
                    self.has_changed = true;
                } else if !is_there {
                    if kind == Some(MENTIONS) || !is_refused {
                        return Err(trouble());
                    }
                    self.is_partial = true;
                }
                let mut rest = std::mem::take(kinds);
                rest.pop();
                rest
            }
            Setup::Done => return Ok(()),
        };
        self.setup = if missing.is_empty() { Setup::Done } else { Setup::Make(missing) };
        Ok(())
    }

    fn restart_setup(&mut self) {
        self.setup = Setup::List;
        self.is_partial = false;
    }

    fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    fn is_wanted(&self) -> bool {
        true
    }

    fn opening(&self) -> Request {
        self.of_app("/2/activity/stream")
    }

    fn targets(&self) -> Vec<Target> {
        vec![Target {
            path: format!("/2/users/{}/mentions", self.options.account),
            query: Vec::new(),
            token: "pagination_token",
            shown_most: Some(MENTIONS_SHOWN),
        }]
    }

    fn kept_for(&self) -> Option<Millis> {
        None
    }

    fn is_partial(&self) -> bool {
        self.is_partial
    }

    fn stream_price(&self) -> MicroUsd {
        READ
    }

    fn page_price(&self) -> MicroUsd {
        if self.options.is_app_owned { OWNED_READ } else { READ }
    }
}
