//! The shop's accounts at the networks, and what operators do to them while the shop sells.

use std::sync::{Mutex, MutexGuard};

use compact_str::ToCompactString;

use super::access::Standing;
use super::entry::{Entry, Shared};
use super::keep::Keep;
use super::operation::{Operated, Operation, OperationFault};
use super::owners::Owners;
use super::sign_in::SignIn;
use super::x::{Connecting, XSignIn};
use crate::api::network_view::NetworkView;
use crate::net::{Answer, Http, Request};
use crate::ops::{NetworkState, Secret};

/// The accounts of the shop.
pub struct ShopNetworks {
    entries: Vec<Entry>,
    shared: Shared,
    owners: Mutex<Owners>,
}

impl ShopNetworks {
    /// The accounts, in the order of the configuration.
    #[must_use]
    pub fn new(entries: Vec<Entry>, shared: Shared) -> Self {
        Self { entries, shared, owners: Mutex::default() }
    }

    /// The accounts.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What all accounts share.
    #[must_use]
    pub const fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The accounts as operators see them.
    #[must_use]
    pub fn views(&self) -> Vec<NetworkView> {
        self.entries.iter().map(Entry::view).collect()
    }

    /// Does what an operator asks. It waits for the network and for the disk.
    ///
    /// # Errors
    /// When it was not done.
    pub fn operate(&self, name: &str, operation: Operation) -> Result<Operated, OperationFault> {
        let entry = self.find(name)?;
        let authorize = match operation {
            Operation::Pause => self.turn(entry, NetworkState::Paused).map(|()| None)?,
            Operation::Resume => self.turn(entry, NetworkState::Connected).map(|()| None)?,
            Operation::Disconnect => self.disconnect(entry).map(|()| None)?,
            Operation::Connect if entry.connector.asks_owner() => {
                Some(self.owners().send(entry, &self.shared)?)
            }
            Operation::Connect => self.connect(entry, entry.connector.sign_in()?).map(|()| None)?,
        };
        Ok(Operated { network: entry.view(), authorize })
    }

    /// Finishes a sign-in: the owner came back with this query. Returns the account's name.
    ///
    /// # Errors
    /// When the account is not connected.
    pub fn finish(&self, query: &str) -> Result<String, OperationFault> {
        let now = self.shared.clock.now();
        let owner = self.owners().take(query, now)?;
        let entry = self.find(&owner.name)?;
        let (api, app) = (entry.connector.api(), entry.connector.app()?);
        let returned = format!("{}?{query}", self.shared.callback);
        let answer = self.ask(&owner.attempt.exchange(&api, &app, &returned)?)?;
        let tokens = Connecting::exchanged(&answer, now)?;
        let answer = self.ask(&Connecting::whose(&api, &tokens))?;
        Connecting::is_account(&answer, &entry.account.account.author.to_compact_string())?;
        let kept = tokens.to_kept();
        // Durable before its first use.
        let kept_now = entry.keep.keep(&Secret::new(kept.clone()), now);
        kept_now.map_err(|fault| OperationFault::NotKept(fault.0))?;
        let mut sign_in = XSignIn::new(api, app);
        sign_in.restore(&kept);
        self.connect(entry, Box::new(sign_in))?;
        Ok(owner.name)
    }

    /// Asks whose token an account has, so that its standing is known before a reply needs it.
    ///
    /// # Errors
    /// When the network does not answer, or does not accept the account.
    pub fn sign_in(&self, name: &str) -> Result<(), OperationFault> {
        let entry = self.find(name)?;
        let answer = entry.signed.exchange(&entry.connector.whose()?);
        self.note_standings();
        answer.map(drop).map_err(OperationFault::Unanswered)
    }

    /// Notes how the accounts stand with their networks.
    pub fn note_standings(&self) {
        for entry in &self.entries {
            let standing = entry.signed.standing();
            entry.account.note_standing(&standing);
        }
    }

    /// What an operator should know.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        self.note_standings();
        self.entries.iter().filter_map(|entry| entry.account.reason()).collect()
    }

    fn owners(&self) -> MutexGuard<'_, Owners> {
        self.owners.lock().expect("no panic is survived")
    }

    fn find(&self, name: &str) -> Result<&Entry, OperationFault> {
        self.entries.iter().find(|entry| entry.account.name == name).ok_or(OperationFault::Unknown)
    }

    fn ask(&self, request: &Request) -> Result<Answer, OperationFault> {
        self.shared.net.exchange(request).map_err(OperationFault::Unanswered)
    }

    fn turn(&self, entry: &Entry, state: NetworkState) -> Result<(), OperationFault> {
        let account = &entry.account;
        self.shared.database.set_network_state(&account.name, state, self.shared.clock.now())?;
        account.want(state);
        tracing::info!(network = %account.name, state = state.name(), "an operator changed a network");
        Ok(())
    }

    fn connect(&self, entry: &Entry, sign_in: Box<dyn SignIn>) -> Result<(), OperationFault> {
        entry.signed.sign_in_by(sign_in);
        let answer = entry.signed.exchange(&entry.connector.whose()?);
        self.note_standings();
        let answer = match (answer, entry.signed.standing()) {
            (Err(_), Standing::SignedOut(why)) => return Err(OperationFault::Refused(why)),
            (answer, _) => answer.map_err(OperationFault::Unanswered)?,
        };
        if !answer.is_success() {
            return Err(OperationFault::Refused(format!("status {}", answer.status).into()));
        }
        let expected = entry.account.account.author.to_compact_string();
        if let Err(found) = entry.connector.is_own(&answer) {
            // Nothing may be posted in the name of another account.
            self.disconnect(entry)?;
            return Err(OperationFault::OtherAccount { found, expected });
        }
        self.turn(entry, NetworkState::Connected)
    }

    /// The state first: whatever happens then, the account is not used any more.
    fn disconnect(&self, entry: &Entry) -> Result<(), OperationFault> {
        self.turn(entry, NetworkState::Disconnected)?;
        entry.signed.sign_in_by(entry.connector.sign_in()?);
        self.shared.secrets.remove(&entry.keep.name)?;
        entry.keep.signed_out("an operator disconnected it", self.shared.clock.now());
        Ok(())
    }
}
