//! A shop with an account at one network, which a stand-in plays, and its buyers there.

use std::fs;
use std::path::{Path, PathBuf};

use flashtag::clock::Clock;
use networks::server::{Clock as NetworkClock, Server, Settings};
use networks::{Fault, Network, Post, Society};

use super::place::Place;
use super::proxy::Proxy;
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, poll};

/// The name of the shop's account at its network.
pub(crate) const SHOP: &str = "shop";

/// The address under which people reach the engine.
const PUBLIC: &str = "http://shop.localhost";

/// The offer: tags for two steps, enough units, and a time that is now.
pub(crate) const OFFERS: &str = r#"
[shop]
name = "The Shop"
accounts = { NETWORK = "ACCOUNT" }
handles = { x = "shop" }

[[offer]]
id = "kettle"
kind = "purchase"
title = "Kettle"
tags = { buy = "BuyKettle", confirm = "ConfirmKettle", cancel = "CancelKettle" }
price = "20.00 USD"
units = UNITS
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "15m"
terms_url = "https://shop.example/terms"
"#;

/// A shop whose engine was stopped; its network runs on.
pub(crate) struct Closed<N> {
    pub(crate) network: Server<N>,
    proxy: Option<Proxy>,
    place: Place,
}

impl<N: Play> Closed<N> {
    /// The shop's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// Changes the configuration.
    pub(crate) fn reconfigure(&self, old: &str, new: &str) {
        let config = fs::read_to_string(self.place.config()).expect("a file of the test");
        assert!(config.contains(old), "{old} in {config}");
        self.place.write("flashtag.toml", &config.replace(old, new));
    }

    /// Starts the engine again.
    pub(crate) fn open(self) -> Shop<N> {
        let engine = Engine::start(&self.place.config());
        Shop { network: self.network, engine, proxy: self.proxy, place: self.place }
    }
}

/// What differs between the networks.
pub(crate) trait Play: Network + Society + Sized + 'static {
    /// The network's name in the configuration.
    const KIND: &'static str;

    /// A network with the shop's account. Returns the network, the account's id as posts name it, the keys of the
    /// configuration besides, and the secret files.
    fn found(now_ms: i64) -> Self;

    /// The keys of `[[network]]` besides name and kind, given the address of the network.
    fn keys(&mut self, base: &str, read: &str, now_ms: i64) -> String;

    /// The files that the keys name, with their content.
    fn secrets() -> &'static [(&'static str, &'static str)];

    /// Lets the shop's owner connect the account, where a network wants that.
    fn connect(_engine: &Engine) {}

    /// The id of an author as posts name it.
    fn author_id(&mut self, handle: &str, base: &str, now_ms: i64) -> String;
}

/// A running network, a running engine, and the shop's files.
pub(crate) struct Shop<N> {
    pub(crate) network: Server<N>,
    pub(crate) engine: Engine,
    /// What stands between them, if something does.
    pub(crate) proxy: Option<Proxy>,
    place: Place,
}

/// What a shop opens with.
pub(crate) struct Wanted<'a> {
    /// How its network is read.
    pub(crate) read: &'a str,
    /// Who has a linked card.
    pub(crate) buyers: &'a [String],
    /// What goes wrong at the network.
    pub(crate) faults: Vec<Fault>,
    pub(crate) units: u32,
    /// Puts a proxy with this seed before the network.
    pub(crate) proxy: Option<u64>,
    /// More tables of the configuration.
    pub(crate) tables: &'a str,
}

fn now_ms() -> i64 {
    Clock::start().now().ms()
}

impl<N: Play> Shop<N> {
    /// Opens a shop with three units that reads its network in this way. `buyers` have linked cards.
    pub(crate) fn open(read: &str, buyers: &[&str], faults: Vec<Fault>) -> Self {
        Self::open_with(read, buyers, faults, "")
    }

    /// The same, with more tables of the configuration.
    pub(crate) fn open_with(read: &str, buyers: &[&str], faults: Vec<Fault>, tables: &str) -> Self {
        let buyers: Vec<String> = buyers.iter().map(ToString::to_string).collect();
        Self::open_as(Wanted { read, buyers: &buyers, faults, units: 3, proxy: None, tables })
    }

    /// Opens a shop, and waits until it reads its network.
    pub(crate) fn open_as(wanted: Wanted<'_>) -> Self {
        Self::open_selling(OFFERS, wanted)
    }

    /// The same, with offers in which `NETWORK` and `"ACCOUNT"` stand for its account, and `UNITS` for the units.
    pub(crate) fn open_selling(offers: &str, wanted: Wanted<'_>) -> Self {
        let Wanted { read, buyers, faults, units, proxy, tables } = wanted;
        let settings = Settings { port: 0, faults, seed: 7, clock: NetworkClock::new(now_ms) };
        let network = Server::start(N::found(now_ms()), settings).expect("a port is free");
        let place = Place::new();
        let proxy = proxy.map(|seed| Proxy::start(network.address, seed));
        let base = proxy.as_ref().map_or_else(|| network.base_url(), Proxy::base_url);
        network.shared.lock().stage.network.set_base_url(&base);
        let keys = network.shared.lock().stage.network.keys(&base, read, now_ms());
        let peer = base.trim_start_matches("http://");
        let config = format!(
            "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\negress_allow = [\"{peer}\"]\n{tables}\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{PUBLIC}\"\n[[network]]\nname = \"{SHOP}\"\nkind = \"{}\"\n{keys}",
            N::KIND
        );
        place.write("flashtag.toml", &config);
        let own =
            keys.lines().find_map(|line| line.strip_prefix("account = ")).expect("the shop has an account");
        let offers = offers.replace("NETWORK", N::KIND).replace("\"ACCOUNT\"", own);
        let offers = offers.replace("UNITS", &units.to_string());
        place.write("offers.toml", &offers);
        for (name, text) in N::secrets() {
            place.write(name, text);
        }
        let link = |buyer: &String| {
            let id = network.shared.lock().stage.network.author_id(buyer, &base, now_ms());
            format!(
                "{{\"network\":\"{}\",\"author_id\":\"{id}\",\"card\":{{\"token\":\"tok_{buyer}\",\"brand\":\"visa\",\
                 \"funding\":\"credit\",\"last4\":\"1005\"}},\"email\":\"{buyer}@example.com\",\"region\":\"US-NY\"}}\n",
                N::KIND
            )
        };
        let accounts: String = buyers.iter().map(link).collect();
        place.write("accounts.ndjson", &accounts);
        let engine = Engine::start(&place.config());
        N::connect(&engine);
        let shop = Self { network, engine, proxy, place };
        shop.wait_until_it_reads();
        shop
    }

    /// Waits until posts come as they are made. A stream of which nothing came yet may still be opening, so somebody
    /// talks.
    pub(crate) fn wait_until_it_reads(&self) {
        let passes_by = || {
            self.post("passer-by", "What a day", None);
            self.source()
        };
        poll(passes_by, |source| source == "live");
    }

    /// Replaces a secret file of the shop.
    pub(crate) fn write_secret(&self, name: &str, text: &str) {
        self.place.write(name, text);
    }

    /// The time at the network.
    pub(crate) fn now_ms(&self) -> i64 {
        now_ms()
    }

    /// What the engine says of its source.
    pub(crate) fn source(&self) -> String {
        let networks = self.engine.http().get("/v1/networks").expect("the route is there");
        let network = &networks["networks"][0];
        let (source, reason) = (network["source"].as_str().expect("a text"), network["reason"].as_str());
        reason.map_or_else(|| source.to_owned(), |reason| format!("{source}: {reason}"))
    }

    /// A person posts.
    pub(crate) fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        let mut acts = self.network.shared.lock();
        acts.stage.network.join(who, now_ms());
        let posted = acts.stage.network.post(who, text, reply_to, now_ms());
        posted.expect("the account is there, and what it answers")
    }

    /// The shop's posts that answer one.
    pub(crate) fn replies_to(&self, post: &str) -> Vec<Post> {
        let posts = self.network.shared.lock().stage.network.posts_since(0, 10_000);
        posts.into_iter().filter(|found| found.reply_to.as_deref() == Some(post)).collect()
    }

    /// The shop's posts that answer nobody and hold these words.
    pub(crate) fn announcements(&self, words: &str) -> Vec<Post> {
        let posts = self.network.shared.lock().stage.network.posts_since(0, 10_000);
        let holds = |post: &Post| post.reply_to.is_none() && post.text.contains(words);
        posts.into_iter().filter(holds).collect()
    }

    /// Waits for the shop's reply to a post.
    pub(crate) fn wait_for_reply(&self, post: &str) -> Post {
        let mut replies = poll(|| self.replies_to(post), |replies| !replies.is_empty());
        replies.remove(0)
    }

    /// The state of the offer.
    pub(crate) fn offer(&self) -> serde_json::Value {
        self.engine.http().get("/v1/offers/kettle").expect("it is on sale")
    }

    /// Waits until that many units are sold.
    pub(crate) fn wait_until_sold(&self, units: u64) {
        poll(|| self.offer(), |offer| offer["sold"] == units);
    }

    /// The shop's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// Stops the engine.
    pub(crate) fn close(self) -> Closed<N> {
        let Self { network, engine, proxy, place } = self;
        engine.stop();
        Closed { network, proxy, place }
    }

    /// Kills the engine, and starts it again.
    pub(crate) fn restart(self) -> Self {
        self.restart_after(|_| {})
    }

    /// Kills the engine, does something with its configuration, and starts it again.
    pub(crate) fn restart_after(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Self { network, engine, proxy, place } = self;
        engine.kill();
        let config = place.config();
        meanwhile(&config);
        let engine = Engine::start(&config);
        Self { network, engine, proxy, place }
    }
}

impl Play for networks::bluesky::World {
    const KIND: &'static str = "bluesky";

    fn found(_: i64) -> Self {
        Self::new(networks::bluesky::Options::default())
    }

    fn keys(&mut self, base: &str, read: &str, now_ms: i64) -> String {
        let did = self.add_account("shop.test", "abcd-efgh-ijkl-mnop", now_ms);
        let socket = base.replace("http://", "ws://");
        format!(
            "host = \"{base}\"\ndirectory = \"{base}\"\naccount = \"{did}\"\napp_password_file = \"app-password\"\n\
             read = \"{read}:{socket}\"\n"
        )
    }

    fn secrets() -> &'static [(&'static str, &'static str)] {
        &[("app-password", "abcd-efgh-ijkl-mnop")]
    }

    fn author_id(&mut self, handle: &str, _: &str, now_ms: i64) -> String {
        self.join(handle, now_ms).id
    }
}

impl Play for networks::x::World {
    const KIND: &'static str = "x";

    fn found(_: i64) -> Self {
        Self::new(networks::x::Options::default())
    }

    fn keys(&mut self, base: &str, read: &str, now_ms: i64) -> String {
        self.add_app("app-1", Some("app-secret"), "app-bearer", &format!("{PUBLIC}/networks/callback"));
        let id = self.join(SHOP, now_ms).id;
        format!(
            "host = \"{base}\"\naccount = \"{id}\"\nclient_id = \"app-1\"\nclient_secret_file = \"x-secret\"\n\
             token_file = \"x-bearer\"\nread = \"{read}\"\n"
        )
    }

    fn secrets() -> &'static [(&'static str, &'static str)] {
        &[("x-secret", "app-secret"), ("x-bearer", "app-bearer")]
    }

    /// The owner opens the address that the command prints, allows the app, and comes back.
    fn connect(engine: &Engine) {
        let http = engine.http();
        let told = flashtag(["network", "connect", SHOP, "--server", http.base()])
            .must(0, &["open this address"])
            .out;
        let address = told.lines().find(|line| line.starts_with("http")).expect("an address");
        let back = http.redirected(&format!("{address}&account={SHOP}&approve=1"));
        let query = back.strip_prefix(&format!("{PUBLIC}/networks/callback")).expect("back at the shop");
        let page = http.page(&format!("/networks/callback{query}"));
        assert!(page.contains("is connected"), "{page}");
        let again = http.page(&format!("/networks/callback{query}"));
        assert!(again.contains("Not connected"), "a return counts once: {again}");
    }

    fn author_id(&mut self, handle: &str, _: &str, now_ms: i64) -> String {
        self.join(handle, now_ms).id
    }
}

impl Play for networks::mastodon::World {
    const KIND: &'static str = "mastodon";

    fn found(_: i64) -> Self {
        Self::new(networks::mastodon::Options::default())
    }

    fn keys(&mut self, base: &str, read: &str, now_ms: i64) -> String {
        let scope = "read:notifications read:statuses write:statuses profile";
        let id = self.add_token(SHOP, "shops-token", scope, now_ms);
        format!(
            "host = \"{base}\"\naccount = \"{base}/ap/users/{id}\"\ntoken_file = \"token\"\nread = \"{read}\"\n"
        )
    }

    fn secrets() -> &'static [(&'static str, &'static str)] {
        &[("token", "shops-token")]
    }

    fn author_id(&mut self, handle: &str, base: &str, now_ms: i64) -> String {
        format!("{base}/ap/users/{}", self.join(handle, now_ms).id)
    }
}
