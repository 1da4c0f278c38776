//! The state of the network.

use std::collections::BTreeMap;

use super::event::{Change, Commit, Event};
use super::ids::{did_plc, tid};
use super::repo::Repo;
use super::sessions::{Lifetimes, Sessions};
use super::stream::Stream;
use crate::event_log::EventLog;
use crate::rate_limit::RateLimiter;
use crate::streams::Streams;

/// What a world is founded with. Times are in milliseconds.
#[derive(Debug, Clone)]
pub struct Options {
    /// Life of an access token.
    pub access_ms: i64,
    /// Life of a refresh token.
    pub refresh_ms: i64,
    /// Life of a refresh token after its use.
    pub grace_ms: i64,
    /// Whether sign-ins and writes are limited.
    pub has_rate_limits: bool,
    /// Events that are kept for cursors.
    pub keep_events: usize,
}

impl Default for Options {
    fn default() -> Self {
        let (hour, day) = (3_600_000, 86_400_000);
        let (access_ms, refresh_ms) = (2 * hour, 90 * day);
        Self { access_ms, refresh_ms, grace_ms: 2 * hour, has_rate_limits: true, keep_events: 100_000 }
    }
}

/// An account with its repository.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) did: String,
    pub(crate) handle: String,
    /// App passwords; an account without one belongs to a person and does not sign in.
    pub(crate) passwords: Vec<String>,
    pub(crate) repo: Repo,
}

/// A whole Bluesky.
#[derive(Debug)]
pub struct World {
    pub(crate) options: Options,
    pub(crate) base_url: String,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) sessions: Sessions,
    pub(crate) limiter: RateLimiter,
    pub(crate) events: EventLog<Event>,
    pub(crate) streams: Streams<Stream>,
    /// The time of the newest event or record key, in microseconds: none is used twice.
    last_us: i64,
}

impl World {
    /// An empty network.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let events = EventLog::new(options.keep_events);
        Self {
            options,
            base_url: "http://127.0.0.1".to_owned(),
            accounts: BTreeMap::new(),
            sessions: Sessions::default(),
            limiter: RateLimiter::default(),
            events,
            streams: Streams::default(),
            last_us: 0,
        }
    }

    /// Founds an account that signs in with this app password, and returns its DID. A known handle gets one password
    /// more.
    pub fn add_account(&mut self, handle: &str, app_password: &str, now_ms: i64) -> String {
        let did = self.found(handle, now_ms);
        if let Some(account) = self.accounts.get_mut(&did) {
            account.passwords.push(app_password.to_owned());
        }
        did
    }

    /// Takes an app password back; tokens that are out stay good.
    pub fn revoke_password(&mut self, handle: &str, app_password: &str) {
        if let Some(did) = self.did_of(handle)
            && let Some(account) = self.accounts.get_mut(&did)
        {
            account.passwords.retain(|known| known != app_password);
        }
    }

    /// Has an account of this handle, old or new.
    pub(crate) fn found(&mut self, handle: &str, now_ms: i64) -> String {
        if let Some(did) = self.did_of(handle) {
            return did;
        }
        let did = did_plc(handle);
        let handle = handle.to_ascii_lowercase();
        let account = Account {
            did: did.clone(),
            handle: handle.clone(),
            passwords: Vec::new(),
            repo: Repo::default(),
        };
        self.accounts.insert(did.clone(), account);
        self.tell(&did, Change::Identity { handle }, now_ms);
        self.tell(&did, Change::Account { is_active: true }, now_ms);
        did
    }

    /// The DID of a handle, or of a DID that is known.
    pub(crate) fn did_of(&self, name: &str) -> Option<String> {
        if self.accounts.contains_key(name) {
            return Some(name.to_owned());
        }
        let account = self.accounts.values().find(|account| account.handle.eq_ignore_ascii_case(name))?;
        Some(account.did.clone())
    }

    pub(crate) const fn lifetimes(&self) -> Lifetimes {
        let Options { access_ms, refresh_ms, grace_ms, .. } = self.options;
        Lifetimes { access_ms, refresh_ms, grace_ms }
    }

    /// A time that no event has yet.
    pub(crate) fn tick(&mut self, now_ms: i64) -> i64 {
        self.last_us = (now_ms * 1000).max(self.last_us + 1);
        self.last_us
    }

    /// A record key that no record has yet.
    pub(crate) fn new_tid(&mut self, now_ms: i64) -> String {
        tid(self.tick(now_ms).unsigned_abs(), 7)
    }

    /// Changes a repository by `change`, which gets the account's DID and the commit's revision.
    pub(crate) fn write(
        &mut self,
        did: &str,
        now_ms: i64,
        change: impl FnOnce(&mut Repo, &str, &str) -> Option<Commit>,
    ) -> Option<Commit> {
        let rev = self.new_tid(now_ms);
        let commit = change(&mut self.accounts.get_mut(did)?.repo, did, &rev)?;
        self.tell(did, Change::Commit(Box::new(commit.clone())), now_ms);
        Some(commit)
    }

    pub(crate) fn tell(&mut self, did: &str, change: Change, now_ms: i64) {
        let time_us = self.tick(now_ms);
        self.events.push(Event { did: did.to_owned(), time_us, change });
    }
}

/// The parts of an `at://` address: DID or handle, collection, key.
pub(crate) fn parts_of(uri: &str) -> Option<(&str, &str, &str)> {
    let mut parts = uri.strip_prefix("at://")?.splitn(3, '/');
    Some((parts.next()?, parts.next()?, parts.next()?))
}
