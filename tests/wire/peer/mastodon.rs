//! Mastodon: one instance, read by notifications or by hashtags, over a WebSocket or server-sent events.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use flashtag::domain::id::{Account, Network as Named, PostId};
use flashtag::domain::time::Timestamp;
use flashtag::intake::stream::NotResumed;
use flashtag::intake::stream::live::LiveSource;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::net::Http;
use flashtag::networks::SignIn;
use flashtag::networks::mastodon::{MastodonSignIn, Server};
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::mastodon::{Account as Own, Mastodon};
use networks::mastodon::{Options, World};
use networks::{Network, Society};

use super::{Beginning, Peer};
use crate::wire::world::begin;

const SERVER: &str = "https://mastodon.example";
const TOKEN: &str = "shops-token";
const SCOPE: &str = "read:notifications read:statuses write:statuses profile";

fn server() -> Server {
    Server::parse(SERVER).expect("an address")
}

impl Peer for World {
    const NETWORK: Named = Named::Mastodon;
    const READINGS: &'static [&'static str] =
        &["notifications", "notifications by events", "hashtags", "hashtags by events"];

    fn found(keep_events: usize, now_ms: i64) -> Self {
        let mut world = Self::new(Options { keep_events, has_rate_limits: false, ..Options::default() });
        world.set_base_url(SERVER);
        world.add_token(Self::SHOP, TOKEN, SCOPE, now_ms);
        world
    }

    fn shop(&mut self, now_ms: i64) -> Account {
        Self::account(&self.join(Self::SHOP, now_ms).id)
    }

    fn connect(&mut self, now: Timestamp) -> Box<dyn SignIn> {
        self.add_token(Self::SHOP, TOKEN, SCOPE, now.ms());
        Self::sign_in()
    }

    fn sign_in() -> Box<dyn SignIn> {
        let shop = Self::found(1, begin().ms()).shop(begin().ms());
        Box::new(MastodonSignIn::new(server(), &shop.author.to_string(), TOKEN))
    }

    fn source(reading: &str, beginning: &Beginning<'_>) -> Result<Box<dyn LiveSource>, NotResumed> {
        let is_by_tags = reading.starts_with("hashtags");
        let tags = beginning.tags.iter().filter(|_| is_by_tags).map(CompactString::from).collect();
        let by_events = reading.ends_with("events");
        let settings = Settings {
            server: server(),
            streaming: None,
            transport: if by_events { Transport::Events } else { Transport::WebSocket },
            notifications: true,
            tags,
            seed: beginning.seed,
        };
        Ok(Box::new(MastodonSource::new(settings, beginning.cursor)?))
    }

    fn provider(http: Arc<dyn Http>, _: &Account) -> Rc<dyn Provider> {
        Rc::new(Mastodon::new(Own { server: server(), language: None }, http))
    }

    fn account(id: &str) -> Account {
        Account::parse_linked(Named::Mastodon, &format!("{SERVER}/ap/users/{id}")).expect("an address")
    }

    fn post_id(id: &str) -> PostId {
        server().post(id).expect("an id")
    }

    fn delivers(reading: &str, text: &str) -> bool {
        reading.starts_with("hashtags") || text.contains("@shop")
    }
}
