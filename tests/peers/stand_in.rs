//! The stand-ins as towns.

use networks::server::{Clock as NetworkClock, Server, Settings};
use networks::{Network, Society, bluesky, mastodon, x};

use super::rest_server::username;
use super::town::{OwnPost, Town};
use flashtag::clock::Clock;

/// The app password, or the token, of the shop's account.
const SECRET: &str = "abcd-efgh-ijkl-mnop";

/// A stand-in behind a port, with the shop's account.
pub(crate) struct StandIn<N> {
    pub(crate) network: Server<N>,
    /// The id of the shop's account.
    own: String,
}

/// What differs between the stand-ins.
pub(crate) trait Imitated: Network + Society + 'static {
    /// The network's name in the configuration.
    const KIND: &'static str;

    /// The shop's handle.
    const SHOP: &'static str = "kettle_shop";

    /// The handle of a person.
    fn handle_of(who: &str) -> String {
        username(who)
    }

    /// How posts name the author with that id.
    fn author(_base: &str, id: &str) -> String {
        id.to_owned()
    }

    /// The keys of `[[network]]` behind the host.
    fn keys(base: &str) -> String;
}

fn now_ms() -> i64 {
    Clock::start().now().ms()
}

impl<N: Imitated> StandIn<N> {
    fn start(mut world: N) -> Self {
        let own = world.join(N::SHOP, now_ms()).id;
        let settings = Settings { port: 0, faults: Vec::new(), seed: 7, clock: NetworkClock::new(now_ms) };
        Self { network: Server::start(world, settings).unwrap(), own }
    }

    fn with<R>(&self, act: impl FnOnce(&mut N) -> R) -> R {
        act(&mut self.network.shared.lock().stage.network)
    }
}

impl<N: Imitated> Town for StandIn<N> {
    const KIND: &'static str = N::KIND;

    fn base(&self) -> String {
        self.network.base_url()
    }

    fn keys(&self) -> String {
        let base = self.base();
        format!("host = \"{base}\"\n{}", N::keys(&base))
    }

    fn own(&self) -> String {
        N::author(&self.base(), &self.own)
    }

    fn mention(&self) -> String {
        format!("@{}", N::SHOP)
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn author_id(&self, who: &str) -> String {
        N::author(&self.base(), &self.with(|network| network.join(&N::handle_of(who), now_ms()).id))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        let handle = N::handle_of(who);
        self.with(|network| {
            network.join(&handle, now_ms());
            network.post(&handle, text, reply_to, now_ms()).unwrap()
        })
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.with(|network| network.repost(&N::handle_of(who), post, now_ms()).unwrap())
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.with(|network| network.delete(&N::handle_of(who), post, now_ms()))
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        let posts = self.with(|network| network.posts_since(0, 10_000));
        let own = posts.into_iter().filter(|post| post.author.id == self.own);
        own.map(|post| OwnPost { id: post.id, text: post.text, reply_to: post.reply_to }).collect()
    }
}

impl Imitated for bluesky::World {
    const KIND: &'static str = "bluesky";
    const SHOP: &'static str = "kettle-shop.test";

    fn handle_of(who: &str) -> String {
        format!("{who}.test")
    }

    fn keys(base: &str) -> String {
        format!("directory = \"{base}\"\napp_password_file = \"secret\"\n")
    }
}

impl StandIn<bluesky::World> {
    pub(crate) fn bluesky() -> Self {
        let mut world = bluesky::World::new(bluesky::Options::default());
        world.add_account(bluesky::World::SHOP, SECRET, now_ms());
        Self::start(world)
    }
}

impl Imitated for mastodon::World {
    const KIND: &'static str = "mastodon";

    fn author(base: &str, id: &str) -> String {
        format!("{base}/ap/users/{id}")
    }

    fn keys(_: &str) -> String {
        "token_file = \"secret\"\n".to_owned()
    }
}

impl StandIn<mastodon::World> {
    pub(crate) fn mastodon() -> Self {
        let mut world = mastodon::World::new(mastodon::Options::default());
        let scope = "read:notifications read:statuses write:statuses profile";
        world.add_token(mastodon::World::SHOP, SECRET, scope, now_ms());
        Self::start(world)
    }
}

impl Imitated for x::World {
    const KIND: &'static str = "x";

    fn keys(_: &str) -> String {
        "client_id = \"app-1\"\nclient_secret_file = \"secret\"\n".to_owned()
    }
}

impl StandIn<x::World> {
    pub(crate) fn x() -> Self {
        let mut world = x::World::new(x::Options::default());
        world.add_app("app-1", Some("app-secret"), "app-bearer", "http://shop.localhost/networks/callback");
        world.add_tokens(x::World::SHOP, "app-1", SECRET, None, now_ms());
        Self::start(world)
    }
}
