//! Bluesky: one server for all accounts, and three ways to read it.

use std::rc::Rc;
use std::sync::Arc;

use flashtag::domain::id::{Account, Network as Named, PostId};
use flashtag::domain::time::Timestamp;
use flashtag::intake::stream::NotResumed;
use flashtag::intake::stream::live::LiveSource;
use flashtag::intake::stream::live::bluesky::{JetstreamV1, JetstreamV2, Repos};
use flashtag::net::Http;
use flashtag::networks::SignIn;
use flashtag::networks::bluesky::{AppPassword, BlueskySignIn, Directory};
use flashtag::outbox::attestor::Attestor;
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::bluesky::{Bluesky, BlueskyAccount, BlueskyAttestor};
use networks::bluesky::{Options, World};
use networks::{Network, Society};

use super::{Beginning, Peer};
use crate::wire::time::Time;

const SERVER: &str = "https://bluesky.example";
const SOCKET: &str = "wss://bluesky.example";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// The network's directory of identities.
fn directory() -> Directory {
    Directory { address: SERVER.to_owned() }
}

/// The DID of the shop, which follows from its handle.
fn did() -> String {
    World::new(Options::default()).join(World::SHOP, 0).id
}

impl Peer for World {
    const NETWORK: Named = Named::Bluesky;
    const SUFFIX: &'static str = ".example";
    const SHOP: &'static str = "shop.example";
    const READINGS: &'static [&'static str] = &["jetstream", "jetstream2", "repositories"];
    const IS_RELAYED: bool = true;

    fn found(keep_events: usize, now_ms: i64) -> Self {
        let mut world = Self::new(Options { keep_events, has_rate_limits: false, ..Options::default() });
        world.set_base_url(SERVER);
        world.add_account(Self::SHOP, PASSWORD, now_ms);
        world
    }

    fn shop(&mut self, now_ms: i64) -> Account {
        Self::account(&self.join(Self::SHOP, now_ms).id)
    }

    fn connect(&mut self, _: Timestamp) -> Box<dyn SignIn> {
        Self::sign_in()
    }

    fn sign_in() -> Box<dyn SignIn> {
        let (server, password) = (SERVER.to_owned(), PASSWORD.to_owned());
        Box::new(BlueskySignIn::new(AppPassword { server, did: did().into(), password }))
    }

    fn source(reading: &str, beginning: &Beginning<'_>) -> Result<Box<dyn LiveSource>, NotResumed> {
        let Beginning { cursor, seed, .. } = *beginning;
        let hosts = vec![SOCKET.into()];
        Ok(match reading {
            "jetstream" => Box::new(JetstreamV1::new(hosts, cursor, seed)?),
            "jetstream2" => Box::new(JetstreamV2::new(hosts, cursor, seed, true)?),
            _ => Box::new(Repos::new(hosts, cursor, seed)?),
        })
    }

    fn provider(http: Arc<dyn Http>, shop: &Account) -> Rc<dyn Provider> {
        let mut account = BlueskyAccount::new(SERVER, &shop.author.to_string());
        (account.directory, account.is_bot) = (directory(), true);
        Rc::new(Bluesky::new(http, account))
    }

    fn attestor(http: Arc<dyn Http>, time: &Time) -> Rc<dyn Attestor> {
        let time = time.clone();
        Rc::new(BlueskyAttestor::new(http, directory(), move || time.engine()))
    }

    fn lie(&mut self, handle: &str, text: &str, over: Option<&str>, now_ms: i64) {
        let told = match over {
            Some(post) => self.forge_over(post, text, now_ms),
            None => self.forge(handle, text, now_ms),
        };
        assert!(told.is_some(), "{handle} is somebody");
    }

    fn hash_of(&self, id: &str) -> Option<String> {
        self.cid_of(id)
    }

    fn account(id: &str) -> Account {
        Account::parse(Named::Bluesky, id).expect("a DID")
    }

    fn post_id(id: &str) -> PostId {
        PostId::parse_reference(id).expect("an address of a post")
    }

    /// Every post of the network comes.
    fn delivers(_: &str, _: &str) -> bool {
        true
    }
}
