//! The state of the instance.

use std::collections::{BTreeMap, HashMap};

use super::accounts::{Account, Accounts};
use super::apps::{App, Apps, Token};
use super::event::{Event, Notification};
use super::status::{Status, Statuses, Visibility};
use super::stream::Stream;
use crate::event_log::EventLog;
use crate::rate_limit::RateLimiter;
use crate::richtext::{Kind, parts};
use crate::streams::Streams;

/// What an instance is founded with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Upper bound on characters of a status.
    pub max_characters: usize,
    /// Whether requests and statuses are limited. The headers are there in any case.
    pub has_rate_limits: bool,
    /// Who may read hashtag timelines: `public`, `authenticated` or `disabled`.
    pub hashtag_feeds: &'static str,
    /// Life of an idempotency key, in milliseconds.
    pub idempotency_ms: i64,
    /// Events that are kept for readers that are slow.
    pub keep_events: usize,
    /// Whether it has `/oauth/userinfo`, as instances have from 4.4 on.
    pub has_userinfo: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_characters: 500,
            has_rate_limits: true,
            hashtag_feeds: "public",
            idempotency_ms: 3_600_000,
            keep_events: 100_000,
            has_userinfo: true,
        }
    }
}

/// A whole instance.
#[derive(Debug)]
pub struct World {
    pub(crate) options: Options,
    pub(crate) base_url: String,
    pub(crate) accounts: Accounts,
    pub(crate) statuses: Statuses,
    pub(crate) notifications: BTreeMap<u64, Notification>,
    pub(crate) apps: Apps,
    /// The status of an idempotency key of an account, and when the key was used.
    pub(crate) idempotency: HashMap<(u64, String), (u64, i64)>,
    pub(crate) limiter: RateLimiter,
    pub(crate) events: EventLog<Event>,
    pub(crate) streams: Streams<Stream>,
    /// The account that the instance names at each sign-in, in the place of the true one.
    pub(crate) claimed: Option<String>,
    /// The issuer in whose name it speaks at each sign-in, in the place of its own.
    pub(crate) claimed_issuer: Option<String>,
    /// The account that the instance names as the author of each status, in the place of the true one.
    pub(crate) ascribed: Option<String>,
    last_id: u64,
}

impl World {
    /// An empty instance.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let events = EventLog::new(options.keep_events);
        Self {
            options,
            base_url: "http://127.0.0.1".to_owned(),
            accounts: Accounts::default(),
            statuses: Statuses::new(),
            notifications: BTreeMap::new(),
            apps: Apps::default(),
            idempotency: HashMap::new(),
            limiter: RateLimiter::default(),
            events,
            streams: Streams::default(),
            claimed: None,
            claimed_issuer: None,
            ascribed: None,
            last_id: 0,
        }
    }

    /// Has an account with this access token, which may do what `scope` names.
    pub fn add_token(&mut self, username: &str, token: &str, scope: &str, now_ms: i64) -> u64 {
        let account = self.found(username, now_ms);
        let app = "Flashtag".to_owned();
        let granted = Token { account: Some(account), scope: scope.to_owned(), app };
        self.apps.tokens.insert(token.to_owned(), granted);
        account
    }

    /// Has an app with this id and secret.
    pub fn add_app(&mut self, client_id: &str, client_secret: &str, redirect_uri: &str, scopes: &str) {
        let app = App {
            id: self.apps.apps.len() as u64 + 1,
            name: "Flashtag".to_owned(),
            website: None,
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris: vec![redirect_uri.to_owned()],
            scopes: scopes.split(' ').map(str::to_owned).collect(),
        };
        self.apps.apps.insert(client_id.to_owned(), app);
    }

    /// Marks an account as automated.
    pub fn mark_as_bot(&mut self, username: &str) {
        let id = self.named(username).map(|account| account.id);
        if let Some(account) = id.and_then(|id| self.accounts.get_mut(id)) {
            account.is_bot = true;
        }
    }

    /// Who sees a status: `public`, `unlisted`, `private` or `direct`.
    #[must_use]
    pub fn visibility(&self, status: &str) -> Option<&'static str> {
        Some(self.statuses.get(&status.parse().ok()?)?.visibility.name())
    }

    /// The number of access tokens that are out.
    #[must_use]
    pub fn tokens_out(&self) -> usize {
        self.apps.tokens.len()
    }

    /// Lets the instance lie: it names the account at this address at each sign-in.
    pub fn claim(&mut self, uri: Option<&str>) {
        self.claimed = uri.map(str::to_owned);
    }

    /// Lets the instance lie: it speaks in the name of this issuer at each sign-in.
    pub fn claim_issuer(&mut self, issuer: Option<&str>) {
        self.claimed_issuer = issuer.map(str::to_owned);
    }

    /// Lets the instance lie: each status that it tells of from now on is by the account at this address.
    pub fn ascribe(&mut self, uri: Option<&str>) {
        self.ascribed = uri.map(str::to_owned);
    }

    /// Makes the instance one from before or after 4.4, which brought `/oauth/userinfo`.
    pub fn set_userinfo(&mut self, has_userinfo: bool) {
        self.options.has_userinfo = has_userinfo;
    }

    /// Takes a token back.
    pub fn revoke_token(&mut self, token: &str) {
        self.apps.tokens.remove(token);
    }

    /// Holds back notifications that this account causes, as an instance does with accounts that are new.
    pub fn filter(&mut self, username: &str, is_filtered: bool) {
        let id = self.named(username).map(|account| account.id);
        if let Some(account) = id.and_then(|id| self.accounts.get_mut(id)) {
            account.is_filtered = is_filtered;
        }
    }

    pub(crate) fn found(&mut self, username: &str, now_ms: i64) -> u64 {
        if let Some(account) = self.named(username) {
            return account.id;
        }
        let id = self.new_id(now_ms);
        let username = username.to_owned();
        self.accounts.add(Account {
            id,
            username,
            founded_at_ms: now_ms,
            is_bot: false,
            is_filtered: false,
            statuses: 0,
            last_at_ms: None,
        });
        id
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Account> {
        self.accounts.named(name, self.host())
    }

    /// The host of the instance, with its port.
    pub(crate) fn host(&self) -> &str {
        self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, host)| host)
    }

    /// An id that grows with time.
    pub(crate) fn new_id(&mut self, now_ms: i64) -> u64 {
        self.last_id = (now_ms.unsigned_abs() << 16).max(self.last_id + 1);
        self.last_id
    }

    /// Publishes a status, with the notifications that it causes.
    pub(crate) fn publish(&mut self, draft: Draft, now_ms: i64) -> u64 {
        let id = self.new_id(now_ms);
        let (mut mentions, mut tags) = (Vec::new(), Vec::new());
        for part in parts(&draft.text) {
            match part.kind {
                Kind::Mention(name) => mentions.extend(self.named(&name).map(|account| account.id)),
                Kind::Tag(tag) => tags.push(tag.to_lowercase()),
                Kind::Link(_) => {}
            }
        }
        let Draft { author, text, visibility, language, spoiler, reply_to, reblog_of, app } = draft;
        let told: Vec<u64> = mentions.iter().copied().filter(|mentioned| *mentioned != author).collect();
        let reblogged = reblog_of.and_then(|id| self.statuses.get(&id)).map(|status| status.author);
        let status = Status {
            id,
            author,
            at_ms: now_ms,
            text,
            visibility,
            language,
            spoiler,
            reply_to,
            reblog_of,
            mentions,
            tags,
            app,
            replies: 0,
            reblogs: Vec::new(),
        };
        self.count(&status, true);
        self.statuses.insert(id, status);
        self.events.push(Event::Update(id));
        told.into_iter().for_each(|to| self.notify(to, author, "mention", id, now_ms));
        if let Some(to) = reblogged.filter(|to| *to != author) {
            self.notify(to, author, "reblog", id, now_ms);
        }
        id
    }

    fn notify(&mut self, to: u64, from: u64, kind: &'static str, status: u64, now_ms: i64) {
        let id = self.notifications.keys().next_back().map_or(1, |last| last + 1);
        let is_filtered = self.accounts.get(from).is_some_and(|account| account.is_filtered);
        let told = Notification { id, to, from, kind, status, at_ms: now_ms, is_filtered };
        self.notifications.insert(id, told);
        if !is_filtered {
            self.events.push(Event::Notification(id));
        }
    }

    /// Counts a status that comes or goes, with its author and with what it answers and reblogs.
    fn count(&mut self, status: &Status, comes: bool) {
        let step = |number: u32| if comes { number + 1 } else { number.saturating_sub(1) };
        if let Some(author) = self.accounts.get_mut(status.author) {
            author.statuses = step(author.statuses);
            author.last_at_ms = author.last_at_ms.max(Some(status.at_ms));
        }
        if let Some(parent) = status.reply_to.and_then(|id| self.statuses.get_mut(&id)) {
            parent.replies = step(parent.replies);
        }
        if let Some(original) = status.reblog_of.and_then(|id| self.statuses.get_mut(&id)) {
            original.reblogs.retain(|account| *account != status.author);
            original.reblogs.extend(comes.then_some(status.author));
        }
    }

    /// Removes a status, its reblogs and its notifications.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Status> {
        let status = self.statuses.remove(&id)?;
        self.count(&status, false);
        self.notifications.retain(|_, told| told.status != id);
        self.events.push(Event::Delete { id, author: status.author });
        let reblogs: Vec<u64> =
            self.statuses.values().filter(|each| each.reblog_of == Some(id)).map(|each| each.id).collect();
        for reblog in reblogs {
            self.remove(reblog);
        }
        Some(status)
    }
}

/// A status before it is published.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) author: u64,
    pub(crate) text: String,
    pub(crate) visibility: Visibility,
    pub(crate) language: Option<String>,
    pub(crate) spoiler: String,
    pub(crate) reply_to: Option<u64>,
    pub(crate) reblog_of: Option<u64>,
    pub(crate) app: Option<String>,
}
