//! Accounts of the instance.

use std::collections::BTreeMap;

/// An account. Ids are opaque texts for clients, and numbers here.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) username: String,
    /// When it was founded, in milliseconds.
    pub(crate) founded_at_ms: i64,
    /// Whether it says of itself that it is automated.
    pub(crate) is_bot: bool,
    /// Whether notifications that it causes are held back from others, as from an account that is new.
    pub(crate) is_filtered: bool,
    /// Statuses that it has.
    pub(crate) statuses: u32,
    /// When it posted last, in milliseconds.
    pub(crate) last_at_ms: Option<i64>,
}

/// All accounts, by id.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    by_id: BTreeMap<u64, Account>,
    by_name: BTreeMap<String, u64>,
}

impl Accounts {
    pub(crate) fn get(&self, id: u64) -> Option<&Account> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Account> {
        self.by_id.get_mut(&id)
    }

    /// The account of a name, as `name` or as `name@host` of this host.
    pub(crate) fn named(&self, name: &str, host: &str) -> Option<&Account> {
        let name = name.to_lowercase();
        let local = match name.split_once('@') {
            Some((local, at)) if at == host => local,
            Some(_) => return None,
            None => &name,
        };
        self.get(*self.by_name.get(local)?)
    }

    pub(crate) fn add(&mut self, account: Account) {
        self.by_name.insert(account.username.to_lowercase(), account.id);
        self.by_id.insert(account.id, account);
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}
