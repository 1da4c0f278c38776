//! The shop's accounts at the networks, and what operators do to them while the shop sells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use compact_str::{CompactString, ToCompactString};

use super::access::Standing;
use super::board::{AccountState, ShopAccount, Source};
use super::connector::{Connector, CredentialFault, SharedNet};
use super::keep::{Keep, SealedKeep};
use super::sign_in::SignIn;
use super::signed_net::SignedNet;
use super::x::{AppBearer, Connecting, XSignIn};
use crate::api::network_view::{Gap, NetworkView};
use crate::clock::Clock;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Http, Request, Unanswered};
use crate::ops::{NetworkState, OpsDatabase, OpsError, Secret, SecretError, SecretStore};

/// How long an owner has to allow the app.
const FLOW_LIVES: Millis = Millis::from_secs(600);

/// Upper bound on the sign-ins that wait for an owner.
const FLOWS_MOST: usize = 64;

/// Makes random bytes that nobody can guess.
pub type Random = Box<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The client that signs one account's requests.
pub type Signed = SignedNet<SharedNet, SealedKeep, Box<dyn Fn() -> Timestamp + Send + Sync>>;

/// What an operator does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Signs in, then reads and replies.
    Connect,
    /// Neither reads nor replies until it is resumed.
    Pause,
    /// Reads and replies again.
    Resume,
    /// Signs out, and neither reads nor replies.
    Disconnect,
}

/// Why an operation was not made.
#[derive(Debug, thiserror::Error)]
pub enum OperationFault {
    /// There is no such account.
    #[error("no network has this name")]
    Unknown,
    /// The network does not accept the shop.
    #[error("the network does not accept it: {0}")]
    Refused(CompactString),
    /// The network gave no answer.
    #[error("the network gave no answer: {0}")]
    Unanswered(Unanswered),
    /// The credentials are those of another account.
    #[error("it is signed in as {found}, and the configuration names {expected}")]
    OtherAccount {
        /// Whose they are.
        found: CompactString,
        /// The account of the configuration.
        expected: CompactString,
    },
    /// The address is the return of no sign-in that waits.
    #[error("this sign-in was finished already, or is older than 10 minutes")]
    NoSignIn,
    /// The return shows that the owner, or the network, refused.
    #[error(transparent)]
    NotAllowed(#[from] super::x::ConnectFault),
    /// A file of secrets cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialFault),
    /// The state cannot be stored.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// The secret cannot be stored.
    #[error(transparent)]
    Secrets(#[from] SecretError),
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operated {
    /// The account as it is now.
    pub network: NetworkView,
    /// The address that the account's owner has to open, if one has to.
    pub authorize: Option<String>,
}

/// One account, and what it signs in with.
pub struct Entry {
    /// What is known of it.
    pub account: Arc<ShopAccount>,
    /// Signs its requests.
    pub signed: Arc<Signed>,
    /// Signs requests with the app-only token of an account at X, if it has one.
    pub app: Option<Arc<Signed>>,
    /// That token.
    pub app_token: Option<String>,
    connector: Connector,
    keep: SealedKeep,
}

/// An owner who was sent to a network.
struct Flow {
    name: String,
    attempt: Connecting,
    until: Timestamp,
}

/// What all accounts share.
pub struct Shared {
    /// The client.
    pub net: SharedNet,
    /// The clock.
    pub clock: Clock,
    /// The database beside the journals.
    pub database: OpsDatabase,
    /// The shop's secrets.
    pub secrets: SecretStore,
    /// Where owners come back to.
    pub callback: String,
    /// Random bytes.
    pub random: Random,
}

/// The accounts of the shop.
pub struct ShopNetworks {
    entries: Vec<Entry>,
    shared: Shared,
    flows: Mutex<BTreeMap<String, Flow>>,
}

impl Entry {
    /// An account that signs in by `connector`, as far as its files can be used.
    ///
    /// # Errors
    /// When a file of secrets, or what was kept, cannot be used.
    pub fn open(
        account: Arc<ShopAccount>,
        connector: Connector,
        keep: SealedKeep,
        shared: &Shared,
    ) -> Result<Self, OperationFault> {
        let signed = shared.signed(connector.sign_in()?, keep.clone())?;
        let app_token = connector.app_token()?;
        let by_app =
            app_token.clone().map(|token| shared.signed(Box::new(AppBearer::new(token)), keep.of_app()));
        Ok(Self { account, signed, app: by_app.transpose()?, app_token, connector, keep })
    }

    fn view(&self) -> NetworkView {
        let account = &self.account;
        let AccountState { wanted, source, behind, gap, signed_out } = account.state();
        let (source, reason) = match source {
            Source::Off => ("off", None),
            Source::Stopped => ("stopped", None),
            Source::Connecting(why) => ("connecting", Some(why.to_string())),
            Source::CatchingUp => ("catching_up", None),
            Source::Live => ("live", None),
            Source::BudgetSpent(until) => ("budget_spent", Some(format!("until {until}"))),
        };
        NetworkView {
            name: account.name.clone(),
            kind: account.network.name().to_owned(),
            account: account.account.author.to_string(),
            host: account.host.clone(),
            wanted: wanted.name().to_owned(),
            source: source.to_owned(),
            reason: signed_out.map(|why| format!("signed out: {why}")).or(reason),
            behind_seconds: behind.ms().unsigned_abs() / 1000,
            gap: gap.map(|(from, to)| Gap { from: from.to_string(), to: to.to_string() }),
            replies: account.replies,
        }
    }
}

impl Shared {
    fn signed(&self, sign_in: Box<dyn SignIn>, keep: SealedKeep) -> Result<Arc<Signed>, OperationFault> {
        let clock = self.clock.clone();
        let now: Box<dyn Fn() -> Timestamp + Send + Sync> = Box::new(move || clock.now());
        let signed = SignedNet::new(Arc::clone(&self.net), sign_in, keep, now);
        signed.map(Arc::new).map_err(|fault| OperationFault::Refused(fault.0))
    }
}

impl ShopNetworks {
    /// The accounts, in the order of the configuration.
    #[must_use]
    pub fn new(entries: Vec<Entry>, shared: Shared) -> Self {
        Self { entries, shared, flows: Mutex::default() }
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
            Operation::Connect if entry.connector.asks_owner() => Some(self.send_owner(entry)?),
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
        let state = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "state");
        let state = state.map(|(_, state)| state.into_owned()).ok_or(OperationFault::NoSignIn)?;
        // Taken out before anything else, so that a return counts once.
        let flow = self.flows.lock().expect("no panic is survived").remove(&state);
        let flow = flow.filter(|flow| now < flow.until).ok_or(OperationFault::NoSignIn)?;
        let entry = self.find(&flow.name)?;
        let (api, app) = (entry.connector.api(), entry.connector.app()?);
        let returned = format!("{}?{query}", self.shared.callback);
        let answer = self.ask(&flow.attempt.exchange(&api, &app, &returned)?)?;
        let tokens = Connecting::exchanged(&answer, now)?;
        let answer = self.ask(&Connecting::whose(&api, &tokens))?;
        Connecting::is_account(&answer, &entry.account.account.author.to_compact_string())?;
        let kept = tokens.to_kept();
        // Durable before its first use.
        self.shared.secrets.store(&entry.keep.name, &Secret::new(kept.clone()))?;
        let mut sign_in = XSignIn::new(api, app);
        sign_in.restore(&kept);
        self.connect(entry, Box::new(sign_in))?;
        Ok(flow.name)
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

    fn find(&self, name: &str) -> Result<&Entry, OperationFault> {
        self.entries.iter().find(|entry| entry.account.name == name).ok_or(OperationFault::Unknown)
    }

    fn ask(&self, request: &Request) -> Result<crate::net::Answer, OperationFault> {
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

    /// Begins a sign-in, and returns the address that the owner opens.
    fn send_owner(&self, entry: &Entry) -> Result<String, OperationFault> {
        let (now, random) = (self.shared.clock.now(), &self.shared.random);
        let attempt = Connecting::new(&self.shared.callback, &random(), &random());
        let address = attempt.address(&entry.connector.authorize_page(), &entry.connector.app()?);
        let mut flows = self.flows.lock().expect("no panic is survived");
        flows.retain(|_, flow| now < flow.until && flow.name != entry.account.name);
        if flows.len() >= FLOWS_MOST {
            flows.pop_first();
        }
        let flow = Flow { name: entry.account.name.clone(), until: now.plus(FLOW_LIVES), attempt };
        flows.insert(flow.attempt.state().to_owned(), flow);
        Ok(address)
    }
}
