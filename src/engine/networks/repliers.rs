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
    let named = |entry: &Entry| configured.iter().find(|account| account.name == entry.account.name);
    let accounts = networks.entries().iter().filter_map(|entry| Some((entry, named(entry)?)));
    let replying = accounts.filter(|(_, account)| account.network == network && account.reply);
    let mut repliers = replying.map(|(entry, account)| Replier {
        account: Arc::clone(&entry.account),
        provider: provider(networks, Arc::clone(&entry.signed) as Arc<dyn Http>, account),
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
    Some(Rc::new(BlueskyAttestor::new(http, directory(account))))
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
        Network::Mastodon => {
            let server = Server::parse(&account.host).expect("the configuration was read");
            Rc::new(Mastodon::new(MastodonAccount { server, language: None }, http))
        }
    }
}
