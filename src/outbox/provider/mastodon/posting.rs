//! One delivery as requests and answers.

use serde::Deserialize;

use super::account::Account;
use super::answers::{self, Parent};
use super::own_timeline::{Look, OwnTimeline};
use super::promise::RESEND_SAFETY;
use crate::domain::effect::Effect;
use crate::domain::id::{Account as Recipient, Network};
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request, Unanswered};
use crate::networks::mastodon::{Heard, NewStatus, Visibility};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::provider::Delivery;
use crate::outbox::provider::network::{Exchanges, Turn};

/// A delivery under way.
pub struct Posting<'a> {
    account: &'a Account,
    delivery: &'a Delivery,
    text: &'a str,
    /// Who sees it, if it is a reply.
    replies: Visibility,
    addressee: Option<Addressee>,
    asked: Asked<'a>,
    turn: Turn,
}

/// The question that is open.
enum Asked<'a> {
    /// The post that is answered, or the notification about it.
    Answered(IsA),
    /// Whether the server itself answers, which had these words for a post that it does not show.
    Server(String),
    /// Whose account it is.
    Own,
    /// The account's own statuses.
    Timeline(OwnTimeline<'a>),
    /// To post.
    Post,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsA {
    Status,
    Notification,
}

/// Whom a reply addresses.
struct Addressee {
    /// The id of the status that is answered.
    status: String,
    /// The name that notifies them, as `ana@b.example`.
    acct: String,
    /// When their post was made, as the server has it.
    posted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Author {
    acct: String,
    uri: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    account: Author,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Notification {
    account: Author,
    status: Ref,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Ref {
    id: String,
}

impl<'a> Posting<'a> {
    /// Begins a delivery. Replies are public, and stand in no timeline of strangers.
    #[must_use]
    pub fn new(account: &'a Account, delivery: &'a Delivery) -> Self {
        Self::seen_by(Visibility::Unlisted, account, delivery)
    }

    /// As [`Self::new`], with a reply that only its recipient sees.
    #[must_use]
    pub fn direct(account: &'a Account, delivery: &'a Delivery) -> Self {
        Self::seen_by(Visibility::Direct, account, delivery)
    }

    fn seen_by(replies: Visibility, account: &'a Account, delivery: &'a Delivery) -> Self {
        let text = delivery.attempt.text.as_deref().unwrap_or_default();
        let turn = Turn::Over(AttemptResult::impossible("no text"));
        let mut posting =
            Self { account, delivery, text, replies, addressee: None, asked: Asked::Post, turn };
        if !text.is_empty() {
            posting.turn = posting.first().unwrap_or_else(Turn::Over);
        }
        posting
    }

    fn first(&mut self) -> Result<Turn, AttemptResult> {
        let (Effect::Reply(request) | Effect::Email { request, .. }) = &self.delivery.attempt.effect else {
            return Ok(self.addressed());
        };
        let post = request.post.to_string();
        let server = &self.account.server;
        let heard =
            server.heard(&post).ok_or_else(|| AttemptResult::impossible("the post is another server's"))?;
        let (path, is_a) = match heard {
            Heard::Status(id) => (format!("/api/v1/statuses/{}", encoded(id)), IsA::Status),
            Heard::Repost(id) => (format!("/api/v1/notifications/{}", encoded(id)), IsA::Notification),
        };
        self.asked = Asked::Answered(is_a);
        Ok(Turn::Ask(Request::get(server.at(&path)).signed()))
    }

    fn take(&mut self, answer: Result<Answer, Unanswered>) -> Result<Turn, AttemptResult> {
        let now = self.delivery.at;
        match &mut self.asked {
            Asked::Answered(is_a) => {
                let is_a = *is_a;
                match answers::parent(answer, now)? {
                    Parent::Shown(answer) => {
                        self.addressee = Some(self.addressee(is_a, &answer)?);
                        Ok(self.addressed())
                    }
                    Parent::Gone(words) => Err(AttemptResult::gone(words)),
                    // It may be the word of a proxy whose server is away.
                    Parent::Unsaid(words) => {
                        self.asked = Asked::Server(words);
                        Ok(Turn::Ask(self.own_account()))
                    }
                }
            }
            Asked::Server(words) => {
                let _: Ref = answers::read(answer, now)?.json().map_err(AttemptResult::failed)?;
                Err(AttemptResult::gone(words))
            }
            Asked::Own => {
                let own: Ref = answers::read(answer, now)?.json().map_err(AttemptResult::failed)?;
                let timeline = OwnTimeline {
                    account_id: own.id,
                    text: self.delivery.attempt.key.outside().map(|_| self.text),
                    in_reply_to: self.addressee.as_ref().map(|addressee| addressee.status.clone()),
                    since: self.possible_since(),
                    pages: 0,
                };
                let page = timeline.first_page(self.account);
                self.asked = Asked::Timeline(timeline);
                Ok(Turn::Ask(page))
            }
            Asked::Timeline(timeline) => {
                let page = answers::read(answer, now)?;
                match timeline.read(self.account, &page).map_err(AttemptResult::failed)? {
                    Look::Found(id) => Ok(self.done(&id)),
                    Look::On(page) => Ok(Turn::Ask(page)),
                    Look::Over if self.delivery.attempt.look_up => Ok(Turn::Over(AttemptResult::NotFound)),
                    Look::Over => Ok(self.begin_post()),
                }
            }
            Asked::Post => {
                // What cannot be read was posted all the same; the same key brings it again.
                let is_reply = self.addressee.is_some();
                let posted = answers::posted(answer, is_reply, now)?;
                let posted: Ref = posted.json().map_err(AttemptResult::unknown)?;
                Ok(self.done(&posted.id))
            }
        }
    }

    /// Whom the post is by. The post must be the one that the engine judged: an id says so only at its own server.
    fn addressee(&self, is_a: IsA, answer: &Answer) -> Result<Addressee, AttemptResult> {
        let (status, author, created_at) = match is_a {
            IsA::Status => answer.json().map(|Status { id, account, created_at }| (id, account, created_at)),
            IsA::Notification => answer
                .json()
                .map(|Notification { account, status, created_at }| (status.id, account, created_at)),
        }
        .map_err(AttemptResult::failed)?;
        // Servers before 4.2 leave the address out.
        let stated = author.uri.map(|uri| Recipient::parse_linked(Network::Mastodon, &uri)).transpose();
        let stated =
            stated.map_err(|_| AttemptResult::failed("the server does not say whose the post is"))?;
        if stated.is_some_and(|author| Some(&author) != self.delivery.attempt.effect.account()) {
            return Err(AttemptResult::impossible("the post is another author's"));
        }
        let posted_at = created_at.and_then(|at| at.parse().ok());
        Ok(Addressee { status, acct: author.acct, posted_at })
    }

    /// The next request once the addressee is known.
    fn addressed(&mut self) -> Turn {
        if self.delivery.attempt.look_up || self.may_have_outlived_its_key() {
            self.asked = Asked::Own;
            return Turn::Ask(self.own_account());
        }
        self.begin_post()
    }

    fn begin_post(&mut self) -> Turn {
        self.asked = Asked::Post;
        Turn::Ask(self.post())
    }

    /// Whether the reply to a refused post may stand since a time of which the server remembers no key. It has no record, so
    /// its post is heard and refused again after a restart.
    fn may_have_outlived_its_key(&self) -> bool {
        let Delivery { attempt, at, .. } = self.delivery;
        let posted_at = self.addressee.as_ref().and_then(|addressee| addressee.posted_at);
        let is_forgotten = posted_at.is_none_or(|posted_at| RESEND_SAFETY.is_forgotten(at.since(posted_at)));
        matches!(attempt.key, DeliveryKey::Refusal { .. }) && is_forgotten
    }

    /// The time before which what is delivered cannot have been posted.
    fn possible_since(&self) -> Timestamp {
        let DeliveryKey::Refusal { .. } = self.delivery.attempt.key else {
            return self.delivery.attempt.recorded_at;
        };
        self.addressee.as_ref().and_then(|addressee| addressee.posted_at).unwrap_or(Timestamp::MIN)
    }

    /// The request for the shop's own account, which a server shows as long as it accepts the token.
    fn own_account(&self) -> Request {
        Request::get(self.account.server.at("/api/v1/accounts/verify_credentials")).signed()
    }

    /// The request that posts. The server gives one status for one key.
    fn post(&self) -> Request {
        let (server, language) = (&self.account.server, self.account.language.as_deref());
        let key = self.delivery.attempt.key.to_string();
        let Some(Addressee { status, acct, .. }) = &self.addressee else {
            let announcement =
                NewStatus { text: self.text, in_reply_to_id: None, visibility: Visibility::Public, language };
            return announcement.request(server, &key);
        };
        let text = format!("@{acct} {}", self.text);
        let reply =
            NewStatus { text: &text, in_reply_to_id: Some(status), visibility: self.replies, language };
        reply.request(server, &key)
    }

    fn done(&self, status: &str) -> Turn {
        let reference = self.account.server.post(status).map(ProviderRef::Reply);
        Turn::Over(AttemptResult::Done { reference, at: self.delivery.at })
    }
}

impl Exchanges for Posting<'_> {
    fn next(&self) -> Turn {
        self.turn.clone()
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>) {
        self.turn = self.take(answer).unwrap_or_else(Turn::Over);
    }
}

/// An id as a part of an address. Ids of posts from files and requests may hold anything.
fn encoded(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}
