//! Opens the database and the secrets beside the journals, and the client of the accounts.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::ToCompactString;
use rand::Rng;

use super::repliers::{attestor, directs, repliers};
use super::threads::SourceThreads;
use crate::actors::node::Node;
use crate::clock::Clock;
use crate::config::serve::{NetworkAccount, ServeConfig};
use crate::domain::id::Network;
use crate::net::{Client, TrustFault};
use crate::networks::{Connector, Entry, OperationFault, SealedKeep, Shared, ShopAccount, ShopNetworks};
use crate::ops::{NetworkState, OpsDatabase, OpsError, SecretName, SecretStore};
use crate::outbox::attestor::Attestor;
use crate::outbox::provider::Provider;
use crate::words::PostLengths;

/// Why the accounts cannot be used. Nothing was sold, and nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NetworksError {
    /// The database cannot be used.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// The file of trusted certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustFault),
    /// An account cannot sign in by its files.
    #[error(transparent)]
    Account(#[from] OperationFault),
}

/// The shop's accounts, and the configuration that names them.
#[derive(Clone)]
pub(crate) struct OpenNetworks {
    networks: Arc<ShopNetworks>,
    configured: Arc<[NetworkAccount]>,
}

impl OpenNetworks {
    /// Opens the accounts of the configuration. Nothing is sent yet.
    pub(crate) fn open(
        config: &ServeConfig,
        (database, secrets): (OpsDatabase, SecretStore),
        clock: Clock,
    ) -> Result<Self, NetworksError> {
        let shared = shared_of(config, (database, secrets), clock)?;
        let entries = config.networks.iter().map(|account| entry_of(account, &shared));
        let entries = entries.collect::<Result<Vec<_>, NetworksError>>()?;
        let networks = Arc::new(ShopNetworks::new(entries, shared));
        Ok(Self { networks, configured: config.networks.clone().into() })
    }

    /// The accounts, for other threads.
    pub(crate) fn shared(&self) -> Arc<ShopNetworks> {
        Arc::clone(&self.networks)
    }

    /// Who replies on a network; `None` if no account does.
    pub(crate) fn replier(&self, network: Network) -> Option<Rc<dyn Provider>> {
        repliers(&self.networks, &self.configured, network)
    }

    /// Who reads the posts that orders rest on again; `None` if no network needs that.
    pub(crate) fn attestor(&self) -> Option<Rc<dyn Attestor>> {
        attestor(&self.networks, &self.configured)
    }

    /// Who sends direct messages, by network.
    pub(crate) fn directs(&self) -> Vec<(Network, Rc<dyn Provider>)> {
        directs(&self.networks, &self.configured)
    }

    /// Starts to read the accounts for `node`; `lengths` learns how long posts may be at their servers.
    pub(crate) fn read(&self, node: &Arc<Node>, lengths: &Arc<PostLengths>) -> io::Result<SourceThreads> {
        SourceThreads::start(&self.networks, &self.configured, node, lengths)
    }
}

/// What all accounts of the configuration share.
pub(crate) fn shared_of(
    config: &ServeConfig,
    (database, secrets): (OpsDatabase, SecretStore),
    clock: Clock,
) -> Result<Shared, NetworksError> {
    let net = Arc::new(Client::of_shop(config, clock.clone())?);
    Ok(Shared { net, clock, database, secrets, callback: callback(config), random: Box::new(random) })
}

/// Bytes that nobody can guess.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// An account as the configuration names it, with its state that was kept.
pub(crate) fn entry_of(account: &NetworkAccount, shared: &Shared) -> Result<Entry, NetworksError> {
    let name = account.name.clone();
    let wanted = shared.database.network_state(&name)?.map_or(NetworkState::Connected, |(state, _)| state);
    let keep = SealedKeep {
        secrets: shared.secrets.clone(),
        name: SecretName::parse(&format!("network-{name}")).expect("a network's name is the name of a file"),
        database: shared.database.clone(),
        network: name.to_compact_string(),
        account: account.account.author.to_compact_string(),
    };
    let shown = ShopAccount::new(name, account.account.clone(), account.host.clone(), account.reply, wanted);
    Ok(Entry::open(Arc::new(shown), Connector::new(account), keep, shared)?)
}

/// Where an owner comes back to: the address under which buyers reach the engine, or the one that it listens on.
fn callback(config: &ServeConfig) -> String {
    let base = config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen));
    format!("{}/networks/callback", base.trim_end_matches('/'))
}
