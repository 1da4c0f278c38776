//! The stand-ins as towns.

use networks::server::{Clock as NetworkClock, Server, Settings};
use networks::{Network, Society, bluesky, mastodon, x};

use super::town::{OwnPost, Town};
use flashtag::clock::Clock;

const SHOP: &str = "kettle-shop.test";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// A stand-in behind a port, with the shop's account.
pub(crate) struct StandIn<N> {
    pub(crate) network: Server<N>,
    own: String,
}

fn now_ms() -> i64 {
    Clock::start().now().ms()
}

impl<N: Network + Society + 'static> StandIn<N> {
    fn start(world: N, own: String) -> Self {
        let settings = Settings { port: 0, faults: Vec::new(), seed: 7, clock: NetworkClock::new(now_ms) };
        Self { network: Server::start(world, settings).unwrap(), own }
    }

    fn joined(&self, who: &str) -> String {
        self.network.shared.lock().stage.network.join(who, now_ms()).id
    }

    fn posted(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.joined(who);
        self.network.shared.lock().stage.network.post(who, text, reply_to, now_ms()).unwrap()
    }

    fn reposted(&self, who: &str, post: &str) -> String {
        self.network.shared.lock().stage.network.repost(who, post, now_ms()).unwrap()
    }

    fn deleted(&self, who: &str, post: &str) -> bool {
        self.network.shared.lock().stage.network.delete(who, post, now_ms())
    }

    fn posts_of(&self, author: &str) -> Vec<OwnPost> {
        let posts = self.network.shared.lock().stage.network.posts_since(0, 10_000);
        let by_author = posts.into_iter().filter(|post| post.author.id == author);
        by_author.map(|post| OwnPost { id: post.id, text: post.text, reply_to: post.reply_to }).collect()
    }
}

impl StandIn<bluesky::World> {
    pub(crate) fn bluesky() -> Self {
        let mut world = bluesky::World::new(bluesky::Options::default());
        let own = world.add_account(SHOP, PASSWORD, now_ms());
        Self::start(world, own)
    }
}

impl Town for StandIn<bluesky::World> {
    const KIND: &'static str = "bluesky";

    fn base(&self) -> String {
        self.network.base_url()
    }

    fn directory(&self) -> String {
        self.network.base_url()
    }

    fn keys(&self) -> String {
        let base = self.base();
        format!("host = \"{base}\"\ndirectory = \"{base}\"\napp_password_file = \"secret\"\n")
    }

    fn own(&self) -> String {
        self.own.clone()
    }

    fn mention(&self) -> String {
        format!("@{SHOP}")
    }

    fn secret(&self) -> String {
        PASSWORD.to_owned()
    }

    fn author_id(&self, who: &str) -> String {
        self.joined(&format!("{who}.test"))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.posted(&format!("{who}.test"), text, reply_to)
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.reposted(&format!("{who}.test"), post)
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.deleted(&format!("{who}.test"), post)
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        self.posts_of(&self.own)
    }
}

impl StandIn<mastodon::World> {
    pub(crate) fn mastodon() -> Self {
        let mut world = mastodon::World::new(mastodon::Options::default());
        let scope = "read:notifications read:statuses write:statuses profile";
        let own = world.add_token("kettle_shop", PASSWORD, scope, now_ms());
        Self::start(world, own.to_string())
    }
}

/// The name of a person there, where names have no hyphens.
fn username(who: &str) -> String {
    who.replace('-', "_")
}

impl Town for StandIn<mastodon::World> {
    const KIND: &'static str = "mastodon";

    fn base(&self) -> String {
        self.network.base_url()
    }

    fn keys(&self) -> String {
        format!("host = \"{}\"\ntoken_file = \"secret\"\n", self.base())
    }

    fn own(&self) -> String {
        format!("{}/ap/users/{}", self.base(), self.own)
    }

    fn mention(&self) -> String {
        "@kettle_shop".to_owned()
    }

    fn secret(&self) -> String {
        PASSWORD.to_owned()
    }

    fn author_id(&self, who: &str) -> String {
        format!("{}/ap/users/{}", self.base(), self.joined(&username(who)))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.posted(&username(who), text, reply_to)
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.reposted(&username(who), post)
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.deleted(&username(who), post)
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        self.posts_of(&self.own)
    }
}

impl StandIn<x::World> {
    pub(crate) fn x() -> Self {
        let mut world = x::World::new(x::Options::default());
        world.add_app("app-1", Some("app-secret"), "app-bearer", "http://shop.localhost/networks/callback");
        world.add_tokens("kettle_shop", "app-1", PASSWORD, None, now_ms());
        let own = world.join("kettle_shop", now_ms()).id;
        Self::start(world, own)
    }
}

impl Town for StandIn<x::World> {
    const KIND: &'static str = "x";

    fn base(&self) -> String {
        self.network.base_url()
    }

    fn keys(&self) -> String {
        format!("host = \"{}\"\nclient_id = \"app-1\"\nclient_secret_file = \"secret\"\n", self.base())
    }

    fn own(&self) -> String {
        self.own.clone()
    }

    fn mention(&self) -> String {
        "@kettle_shop".to_owned()
    }

    fn secret(&self) -> String {
        PASSWORD.to_owned()
    }

    fn author_id(&self, who: &str) -> String {
        self.joined(&username(who))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.posted(&username(who), text, reply_to)
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.reposted(&username(who), post)
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.deleted(&username(who), post)
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        self.posts_of(&self.own)
    }
}
