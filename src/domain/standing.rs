//! The standing of an account: what its owner put a stop to, in all campaigns at once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::event::Event;
use super::id::Account;

/// What holds for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Standing {
    /// It said FREEZE: nothing is bought until it is unfrozen on the linking page.
    pub frozen: bool,
    /// It said STOP: it gets no replies.
    pub silent: bool,
}

/// The accounts that are not as all others.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    by_account: HashMap<Account, Standing, foldhash::quality::RandomState>,
}

impl Standings {
    /// What holds for that account.
    #[must_use]
    pub fn of(&self, account: &Account) -> Standing {
        // Hardly anybody is in here, and everybody asks.
        if self.by_account.is_empty() {
            return Standing::default();
        }
        self.by_account.get(account).copied().unwrap_or_default()
    }

    /// Applies a fact; those that concern no account's standing change nothing.
    pub fn evolve(&mut self, event: &Event) {
        let (account, change): (_, fn(&mut Standing)) = match event {
            Event::AccountFrozen { account, .. } => (account, |standing| standing.frozen = true),
            Event::AccountUnfrozen { account } => (account, |standing| standing.frozen = false),
            Event::AccountSilenced { account, .. } => (account, |standing| standing.silent = true),
            Event::AccountHeard { account, .. } => (account, |standing| standing.silent = false),
            _ => return,
        };
        let standing = self.by_account.entry(account.clone()).or_default();
        change(standing);
        if *standing == Standing::default() {
            self.by_account.remove(account);
        }
    }

    /// Feeds the state to a hasher, in an order that does not depend on how it came about.
    pub fn digest<H: Hasher>(&self, hasher: &mut H) {
        let mut all: Vec<_> = self.by_account.iter().collect();
        all.sort_unstable_by_key(|(account, _)| *account);
        all.hash(hasher);
    }
}
