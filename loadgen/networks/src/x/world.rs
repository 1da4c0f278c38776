//! The state of the network.

use std::collections::BTreeMap;

use super::rule::Rule;
use super::stream::Stream;
use super::subscription::Subscription;
use super::tokens::{App, Grant, Tokens};
use super::tweet::{Tweet, User, first_id};
use crate::event_log::EventLog;
use crate::rate_limit::RateLimiter;
use crate::richtext::{Kind, parts};
use crate::streams::Streams;

/// What a world is founded with. Times are in milliseconds.
#[derive(Debug, Clone)]
pub struct Options {
    /// Life of an access token.
    pub access_ms: i64,
    /// Life of a code.
    pub code_ms: i64,
    /// Longest silence of a stream.
    pub heartbeat_ms: i64,
    /// How long an account cannot post the same text again.
    pub duplicate_ms: i64,
    /// Whether requests are limited. The headers are there in any case.
    pub has_rate_limits: bool,
    /// Whether a reply is refused unless the author of the answered post named the account that replies.
    pub is_summoned_only: bool,
    /// Filtered streams of an app at a time.
    pub filtered_streams: usize,
    /// Activity streams of an app at a time.
    pub activity_streams: usize,
    /// Events that are kept for readers that are slow.
    pub keep_events: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_ms: 7_200_000,
            code_ms: 30_000,
            heartbeat_ms: 15_000,
            duplicate_ms: 86_400_000,
            has_rate_limits: true,
            is_summoned_only: true,
            filtered_streams: 1,
            activity_streams: 2,
            keep_events: 100_000,
        }
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Posted(u64),
    Deleted(Box<Tweet>),
}

/// A whole X.
#[derive(Debug)]
pub struct World {
    pub(crate) options: Options,
    pub(crate) base_url: String,
    pub(crate) users: BTreeMap<u64, User>,
    pub(crate) tweets: BTreeMap<u64, Tweet>,
    pub(crate) tokens: Tokens,
    /// Rules of the filtered stream. One app streams here.
    pub(crate) rules: Vec<Rule>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) limiter: RateLimiter,
    pub(crate) events: EventLog<Event>,
    pub(crate) streams: Streams<Stream>,
    last_id: u64,
}

/// A post before it is published.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) author: u64,
    pub(crate) text: String,
    pub(crate) reply_to: Option<u64>,
    pub(crate) quoted: Option<u64>,
    pub(crate) retweeted: Option<u64>,
}

impl World {
    /// An empty network.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let events = EventLog::new(options.keep_events);
        Self {
            options,
            base_url: "http://127.0.0.1".to_owned(),
            users: BTreeMap::new(),
            tweets: BTreeMap::new(),
            tokens: Tokens::default(),
            rules: Vec::new(),
            subscriptions: Vec::new(),
            limiter: RateLimiter::default(),
            events,
            streams: Streams::default(),
            last_id: 0,
        }
    }

    /// Has an app with this id, secret (none for a public client), own bearer token and address to call back.
    pub fn add_app(
        &mut self,
        client_id: &str,
        client_secret: Option<&str>,
        bearer: &str,
        redirect_uri: &str,
    ) {
        let app = App {
            client_id: client_id.to_owned(),
            client_secret: client_secret.map(str::to_owned),
            bearer: bearer.to_owned(),
            redirect_uris: vec![redirect_uri.to_owned()],
        };
        self.tokens.apps.insert(client_id.to_owned(), app);
    }

    /// Lets browsers come back to another address of an app.
    pub fn expect_back(&mut self, client_id: &str, redirect_uri: &str) {
        if let Some(app) = self.tokens.apps.get_mut(client_id)
            && !app.redirect_uris.iter().any(|known| known == redirect_uri)
        {
            app.redirect_uris.push(redirect_uri.to_owned());
        }
    }

    /// The number of access tokens that are out.
    #[must_use]
    pub fn tokens_out(&self) -> usize {
        self.tokens.out()
    }

    /// Has an account that signed in to an app before: with this access token, which lives as long as a new one, and
    /// this refresh token.
    pub fn add_tokens(
        &mut self,
        username: &str,
        client_id: &str,
        access: &str,
        refresh: Option<&str>,
        now_ms: i64,
    ) -> u64 {
        let user = self.found(username, now_ms);
        let scope = "tweet.read tweet.write users.read offline.access".to_owned();
        let expires_at_ms = now_ms + self.options.access_ms;
        let grant = Grant { client_id: client_id.to_owned(), user, scope, expires_at_ms };
        self.tokens.issue_known(access, refresh, &grant);
        user
    }

    /// Takes a scope from all tokens, as when the developer narrows the app.
    pub fn withdraw_scope(&mut self, scope: &str) {
        self.tokens.withdraw(scope);
    }

    pub(crate) fn found(&mut self, username: &str, now_ms: i64) -> u64 {
        if let Some(user) = self.named(username) {
            return user.id;
        }
        let id = self.new_id(now_ms);
        self.users.insert(id, User { id, username: username.to_owned(), founded_at_ms: now_ms });
        id
    }

    pub(crate) fn named(&self, username: &str) -> Option<&User> {
        self.users.values().find(|user| user.username.eq_ignore_ascii_case(username))
    }

    pub(crate) fn new_id(&mut self, now_ms: i64) -> u64 {
        self.last_id = first_id(now_ms).max(self.last_id + 1);
        self.last_id
    }

    /// The text that a draft gets: an answer begins with a mention of the one who is answered, if nothing else names
    /// them.
    pub(crate) fn final_text(&self, draft: &Draft) -> (String, Option<u64>) {
        let parent = draft.reply_to.and_then(|id| self.tweets.get(&id)).map(|parent| parent.author);
        let other =
            parent.filter(|user| *user != draft.author && !self.mentioned(&draft.text).contains(user));
        match other.and_then(|user| self.users.get(&user)) {
            Some(user) => (format!("@{} {}", user.username, draft.text), Some(user.id)),
            None => (draft.text.clone(), None),
        }
    }

    fn mentioned(&self, text: &str) -> Vec<u64> {
        let names = parts(text).into_iter().filter_map(|part| match part.kind {
            Kind::Mention(name) => Some(name),
            _ => None,
        });
        names.filter_map(|name| self.named(&name).map(|user| user.id)).collect()
    }

    pub(crate) fn publish(&mut self, draft: &Draft, now_ms: i64) -> u64 {
        let (text, implicit) = self.final_text(draft);
        let id = self.new_id(now_ms);
        let conversation =
            draft.reply_to.and_then(|id| self.tweets.get(&id)).map_or(id, |parent| parent.conversation);
        let mentions = self.mentioned(&text);
        let Draft { author, reply_to, quoted, retweeted, .. } = *draft;
        let tweet = Tweet {
            id,
            author,
            at_ms: now_ms,
            text,
            reply_to,
            quoted,
            retweeted,
            conversation,
            mentions,
            implicit,
        };
        self.tweets.insert(id, tweet);
        self.events.push(Event::Posted(id));
        id
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let Some(tweet) = self.tweets.remove(&id) else { return false };
        self.events.push(Event::Deleted(Box::new(tweet)));
        true
    }

    /// A retweet's text.
    pub(crate) fn retweet_text(&self, original: &Tweet) -> String {
        let name = self.users.get(&original.author).map(|user| user.username.as_str()).unwrap_or_default();
        format!("RT @{name}: {}", original.text)
    }
}
