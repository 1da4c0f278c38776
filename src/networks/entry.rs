//! One account of the shop, what it signs in with, and what all accounts share.

use std::sync::Arc;

use compact_str::CompactString;

use super::board::{AccountState, ShopAccount, Source};
use super::connector::{Connector, CredentialFault, SharedNet};
use super::keep::{Keep, SealedKeep};
use super::operation::OperationFault;
use super::sign_in::SignIn;
use super::signed_net::SignedNet;
use super::x::{AppBearer, Tokens};
use crate::api::network_view::{Gap, NetworkView};
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request};
use crate::ops::{OpsDatabase, SecretStore};

/// Makes random bytes that nobody can guess.
pub type Random = Box<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The client that signs one account's requests.
pub type Signed = SignedNet<SharedNet, SealedKeep, Box<dyn Fn() -> Timestamp + Send + Sync>>;

/// One account, and what it signs in with.
pub struct Entry {
    /// What is known of the account.
    pub account: Arc<ShopAccount>,
    /// Signs its requests.
    pub signed: Arc<Signed>,
    /// Signs requests with the app-only token of an account at X, if it has one.
    pub app: Option<Arc<Signed>>,
    /// That token.
    pub app_token: Option<String>,
    pub(super) connector: Connector,
    pub(super) keep: SealedKeep,
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

    /// A request whose answer tells whose account it is.
    ///
    /// # Errors
    /// When the server's address cannot be used.
    pub fn whose(&self) -> Result<Request, CredentialFault> {
        self.connector.whose()
    }

    /// Whether the answer to [`whose`](Self::whose) names this account; else what it names.
    ///
    /// # Errors
    /// Returns whose account it is, or why that is not known.
    pub fn is_own(&self, answer: &Answer) -> Result<(), CompactString> {
        self.connector.is_own(answer)
    }

    /// The scopes that the owner of an account at X allowed, as far as X told them.
    #[must_use]
    pub fn granted(&self) -> Option<String> {
        let kept = self.keep.kept().ok().flatten()?;
        Tokens::from_kept(kept.expose())?.scope
    }

    /// The account as operators see it.
    pub(super) fn view(&self) -> NetworkView {
        let account = &self.account;
        let AccountState { wanted, source, behind, gap, shortfall, advice, signed_out } = account.state();
        let (source, reason) = match source {
            Source::Off => ("off", None),
            Source::Stopped => ("stopped", None),
            Source::Connecting(why) => ("connecting", Some(why.to_string())),
            Source::CatchingUp => ("catching_up", None),
            Source::Live => ("live", shortfall.map(Into::into)),
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
            advice: advice.into_iter().map(Into::into).collect(),
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
