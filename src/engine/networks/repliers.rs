//! Who replies and announces in the name of the shop's accounts, and who reads again what others posted.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::ToCompactString;

use crate::config::serve::NetworkAccount;
use crate::domain::id::{Network, PostId};
use crate::net::Http;
use crate::networks::bluesky::Directory;
use crate::networks::mastodon::Server;
use crate::networks::x::Api;
use crate::networks::{Entry, Purse, ShopNetworks};
use crate::outbox::attestor::Attestor;
use crate::outbox::provider::Provider;
use crate::outbox::provider::accounts::{Heard, Replier, ShopAccounts};
use crate::outbox::provider::bluesky::{Bluesky, BlueskyAccount, BlueskyAttestor};
use crate::outbox::provider::mastodon::{Account as MastodonAccount, Mastodon};
use crate::outbox::provider::paced::{LearningHttp, Paced, Requests};
use crate::outbox::provider::x::{PaidX, X, XOptions};

/// Who replies on a network; `None` if no account of the shop does. Made on the thread that uses it.
pub(crate) fn repliers(
    networks: &Arc<ShopNetworks>,
    configured: &[NetworkAccount],
    network: Network,
) -> Option<Rc<dyn Provider>> {
    let replies = |account: &NetworkAccount| account.network == network && account.reply;
    accounts(networks, configured, network, replies, provider)
}

/// Who sends direct messages, by network. Made on the thread that uses it.
pub(crate) fn directs(
    networks: &Arc<ShopNetworks>,
    configured: &[NetworkAccount],
) -> Vec<(Network, Rc<dyn Provider>)> {
    let by_network = Network::ALL.into_iter().filter_map(|network| {
        let sends = |account: &NetworkAccount| account.network == network && account.sends_direct();
        Some((network, accounts(networks, configured, network, sends, direct)?))
    });
    by_network.collect()
}

/// Makes the provider of one account, which sends by that client.
type Make = fn(&ShopNetworks, Arc<dyn Http>, &NetworkAccount) -> Rc<dyn Provider>;

/// The accounts of a network that do something, each by the provider that `make` makes for it.
fn accounts(
    networks: &Arc<ShopNetworks>,
    configured: &[NetworkAccount],
    network: Network,
    does: impl Fn(&NetworkAccount) -> bool,
    make: Make,
) -> Option<Rc<dyn Provider>> {
    let named = |entry: &Entry| configured.iter().find(|account| account.name == entry.account.name);
    let accounts = networks.entries().iter().filter_map(|entry| Some((entry, named(entry)?)));
    let mut repliers = accounts.filter(|(_, account)| does(account)).map(|(entry, account)| Replier {
        account: Arc::clone(&entry.account),
        provider: make(networks, Arc::clone(&entry.signed) as Arc<dyn Http>, account),
    });
    let first = repliers.next()?;
    let others = repliers.collect();
    let shared = Arc::clone(networks);
    // A database that fails here costs the choice of the account, and no reply.
    let heard: Heard = Rc::new(move |post: &PostId| {
        shared.shared().database.heard(network, &post.to_string()).ok().flatten()
    });
    let shared = Arc::clone(networks);
    let note_standings = Rc::new(move || shared.note_standings());
    Some(Rc::new(ShopAccounts::new(first, others, heard, note_standings)))
}

/// Who reads the posts that orders rest on again: Bluesky is read through relays, which carry no signatures.
pub(crate) fn attestor(
    networks: &Arc<ShopNetworks>,
    configured: &[NetworkAccount],
) -> Option<Rc<dyn Attestor>> {
    let account = configured.iter().find(|account| account.network == Network::Bluesky)?;
    let http: Arc<dyn Http> = Arc::new(Arc::clone(&networks.shared().net));
    let clock = networks.shared().clock.clone();
    Some(Rc::new(BlueskyAttestor::new(http, directory(account), move || clock.now())))
}

/// The directory that knows the servers of authors.
fn directory(account: &NetworkAccount) -> Directory {
    account.directory.clone().map_or_else(Directory::default, |address| Directory { address })
}

fn provider(networks: &ShopNetworks, http: Arc<dyn Http>, account: &NetworkAccount) -> Rc<dyn Provider> {
    let clock = networks.shared().clock.clone();
    let learnt = Arc::new(LearningHttp::new(http, Box::new(move || clock.now())));
    let requests = match account.network {
        Network::X => Requests::PostsOrReads,
        Network::Bluesky | Network::Mastodon => Requests::ReadsAndPosts,
    };
    let provider = unpaced(networks, Arc::clone(&learnt) as Arc<dyn Http>, account);
    Rc::new(Paced::new(provider, learnt, requests))
}

fn unpaced(networks: &ShopNetworks, http: Arc<dyn Http>, account: &NetworkAccount) -> Rc<dyn Provider> {
    match account.network {
        Network::X => {
            let options = XOptions {
                api: Api::new(&account.host),
                account: account.account.author.to_string(),
                links_in_replies: account.links_in_replies,
            };
            let database = networks.shared().database.clone();
            let purse = Purse::new(&account.name, account.budget.as_ref(), database);
            Rc::new(PaidX::new(X::new(options, http), purse))
        }
        Network::Bluesky => {
            let did = account.account.author.to_compact_string();
            let mut own = BlueskyAccount::new(&account.host, &did);
            (own.directory, own.is_bot) = (directory(account), true);
            Rc::new(Bluesky::new(http, own))
        }
        Network::Mastodon => Rc::new(mastodon(http, account)),
    }
}

/// Sends direct messages; only of an account that does.
fn direct(_: &ShopNetworks, http: Arc<dyn Http>, account: &NetworkAccount) -> Rc<dyn Provider> {
    Rc::new(mastodon(http, account).directly())
}

fn mastodon(http: Arc<dyn Http>, account: &NetworkAccount) -> Mastodon {
    let server = Server::parse(&account.host).expect("the configuration was read");
    Mastodon::new(MastodonAccount { server, language: None }, http)
}
