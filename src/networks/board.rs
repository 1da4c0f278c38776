//! What operators want of the shop's accounts at the networks, and what they see of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;

use super::access::Standing;

use crate::domain::id::{Account, Network};
use crate::domain::time::{Millis, Timestamp};
use crate::ops::NetworkState;

/// Whether posts come from an account's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The configuration says that nothing is read.
    Off,
    /// An operator paused or disconnected it.
    Stopped,
    /// It is connecting, or waits before it tries again, for this reason.
    Connecting(CompactString),
    /// It reads what was posted while it was not connected.
    CatchingUp,
    /// Posts come as they are made.
    Live,
    /// Its budget is spent until then.
    BudgetSpent(Timestamp),
}

/// What is known of an account now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// What an operator wants.
    pub wanted: NetworkState,
    /// Whether posts come.
    pub source: Source,
    /// How far the newest post is behind.
    pub behind: Millis,
    /// The newest time of which posts may be missing: from when to when.
    pub gap: Option<(Timestamp, Timestamp)>,
    /// In which other way posts come than the configuration says, and why.
    pub shortfall: Option<CompactString>,
    /// What the sale cannot expect of its server.
    pub advice: Vec<CompactString>,
    /// Why the network no longer accepts what the shop signs in with.
    pub signed_out: Option<CompactString>,
}

/// One account of the shop.
#[derive(Debug)]
pub struct ShopAccount {
    /// The name that the shop gave it.
    pub name: String,
    /// The network.
    pub network: Network,
    /// The account.
    pub account: Account,
    /// The server that requests go to.
    pub host: String,
    /// Whether replies are posted.
    pub replies: bool,
    state: Mutex<AccountState>,
    changed: Condvar,
    ends: AtomicBool,
}

impl ShopAccount {
    /// An account that is not connected yet.
    #[must_use]
    pub fn new(name: String, account: Account, host: String, replies: bool, wanted: NetworkState) -> Self {
        let source = Source::Connecting("not yet".into());
        let state = AccountState {
            wanted,
            source,
            behind: Millis::ZERO,
            gap: None,
            shortfall: None,
            advice: Vec::new(),
            signed_out: None,
        };
        let (state, changed, network) = (Mutex::new(state), Condvar::new(), account.network);
        Self { name, network, account, host, replies, state, changed, ends: AtomicBool::new(false) }
    }

    /// What is known now.
    #[must_use]
    pub fn state(&self) -> AccountState {
        self.lock().clone()
    }

    /// What an operator wants.
    #[must_use]
    pub fn wanted(&self) -> NetworkState {
        self.lock().wanted
    }

    /// Takes an operator's word, and wakes who waits for it.
    pub fn want(&self, wanted: NetworkState) {
        self.lock().wanted = wanted;
        self.changed.notify_all();
    }

    /// Whether the service goes on.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        !self.ends.load(Ordering::Acquire)
    }

    /// Ends the reading for good, because the service ends.
    pub fn end(&self) {
        self.ends.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// Whether posts are to be read now.
    #[must_use]
    pub fn is_read(&self) -> bool {
        let state = self.lock();
        self.is_serving() && state.wanted == NetworkState::Connected && state.signed_out.is_none()
    }

    /// Whether replies can be posted now.
    #[must_use]
    pub fn can_post(&self) -> bool {
        let state = self.lock();
        state.wanted == NetworkState::Connected && state.signed_out.is_none()
    }

    /// Notes what happened.
    pub fn note(&self, change: impl FnOnce(&mut AccountState)) {
        change(&mut self.lock());
    }

    /// Waits until an operator's word comes, no longer than `wait`.
    pub fn wait(&self, wait: Millis) {
        let guard = self.lock();
        let (_state, _) =
            self.changed.wait_timeout(guard, wait.std()).unwrap_or_else(PoisonError::into_inner);
    }

    /// Notes how it stands with its network.
    pub fn note_standing(&self, standing: &Standing) {
        let mut state = self.lock();
        let why = match standing {
            Standing::SignedOut(why) => Some(why.clone()),
            Standing::SignedIn | Standing::Waiting(_) => None,
        };
        if why.is_some() != state.signed_out.is_some() {
            match &why {
                Some(why) => {
                    tracing::warn!(network = %self.name, %why, "the network does not accept the account any more")
                }
                None => tracing::info!(network = %self.name, "the account is signed in again"),
            }
            self.changed.notify_all();
        }
        state.signed_out = why;
    }

    /// What an operator should know.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let (name, state) = (&self.name, self.state());
        if let Some(why) = state.signed_out {
            return Some(format!("network {name}: signed out: {why}; `flashtag network connect {name}`"));
        }
        match (state.wanted, state.source) {
            (NetworkState::Paused, _) => Some(format!("network {name}: an operator paused it")),
            (NetworkState::Disconnected, _) => Some(format!("network {name}: an operator disconnected it")),
            (_, Source::Connecting(why)) => Some(format!("network {name}: not connected: {why}")),
            (_, Source::CatchingUp) => Some(format!("network {name}: catching up, {} behind", state.behind)),
            (_, Source::BudgetSpent(until)) => {
                Some(format!("network {name}: its budget is spent until {until}"))
            }
            (_, Source::Off | Source::Stopped | Source::Live) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock().expect("no panic is survived")
    }
}
