//! A network of the demo: its stand-in, the shop's account there, and the crowd.

use ::networks::crowd::{Crowd, Habits, Plan, Tags};
use ::networks::server::{Clock as NetworkClock, Server, Settings};
use ::networks::{Fault, Network as Protocol, Society, bluesky, mastodon, x};

use super::cast::CAST;
use super::tags::{BUY, CANCEL, CONFIRM};
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::id::Network;

/// The shop's name at each network, and what stands behind names at Bluesky.
const SHOP: &str = "kiosk";
const BLUESKY_SUFFIX: &str = ".example";

/// What the shop proves its accounts with.
pub(super) const CLIENT_ID: &str = "kiosk-app";
pub(super) const CLIENT_SECRET: &str = "demo-app-secret";
pub(super) const X_BEARER: &str = "demo-app-token";
pub(super) const APP_PASSWORD: &str = "demo-demo-demo-demo";
pub(super) const MASTODON_TOKEN: &str = "demo-token";

/// Half of the crowd claims sooner after it heard of the sale, and reacts sooner to a prompt.
const CLAIM_MEDIAN_MS: i64 = 2_500;
const REACTION_MEDIAN_MS: i64 = 1_200;

/// What goes wrong where faults are asked for. On a stream a chance is that of each post.
const FAULTS: [&str; 8] = [
    "cut=0.02",
    "duplicate=0.15",
    "reorder=0.05",
    "rate-limit=0.03",
    "unavailable=0.03",
    "lost-answer=0.03",
    "cut-after=0.02",
    "slow=0.1:300",
];

/// A network that a stand-in plays.
trait StandIn {
    fn base_url(&self) -> String;
    fn visit(&self, act: &mut dyn FnMut(&mut dyn Society));
    fn set_faults(&self, faults: Vec<Fault>);
}

impl<N: Protocol + Society + 'static> StandIn for Server<N> {
    fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn visit(&self, act: &mut dyn FnMut(&mut dyn Society)) {
        act(&mut self.shared.lock().stage.network);
    }

    fn set_faults(&self, faults: Vec<Fault>) {
        self.shared.lock().stage.faults.list = faults;
    }
}

/// A network with the shop's account.
pub(super) struct Place {
    pub(super) network: Network,
    /// The shop's account, as posts name it.
    pub(super) shop: String,
    stand_in: Box<dyn StandIn>,
}

/// A network and the crowd there.
pub(super) struct Stage {
    pub(super) place: Place,
    pub(super) crowd: Crowd,
    /// Everybody there, with those whose story is told.
    pub(super) people: u32,
    /// Position behind the posts that were read.
    pub(super) position: u64,
}

impl Place {
    /// Starts the three stand-ins. The shop's owner comes back from X to the shop's own `port`.
    pub(super) fn open_all(clock: &Clock, seed: u64, port: u16) -> Result<[Self; 3], Fail> {
        let now_ms = clock.now().ms();
        let time = clock.clone();
        let settings =
            Settings { port: 0, faults: Vec::new(), seed, clock: NetworkClock::new(move || time.now().ms()) };
        let mut world = x::World::new(x::Options::default());
        let callback = format!("http://127.0.0.1:{port}/networks/callback");
        world.add_app(CLIENT_ID, Some(CLIENT_SECRET), X_BEARER, &callback);
        let shop = world.join(SHOP, now_ms).id;
        let x = Self { network: Network::X, shop, stand_in: start(world, settings.clone())? };

        let mut world = bluesky::World::new(bluesky::Options::default());
        let shop = world.add_account(&format!("{SHOP}{BLUESKY_SUFFIX}"), APP_PASSWORD, now_ms);
        let bluesky = Self { network: Network::Bluesky, shop, stand_in: start(world, settings.clone())? };

        let mut world = mastodon::World::new(mastodon::Options::default());
        let scopes = "read:notifications read:statuses write:statuses profile";
        let shop = world.add_token(SHOP, MASTODON_TOKEN, scopes, now_ms).to_string();
        let mut mastodon = Self { network: Network::Mastodon, shop, stand_in: start(world, settings)? };
        mastodon.shop = mastodon.author(&mastodon.shop);
        Ok([x, bluesky, mastodon])
    }

    pub(super) fn is_x(&self) -> bool {
        self.network == Network::X
    }

    /// Where clients find it.
    pub(super) fn base_url(&self) -> String {
        self.stand_in.base_url()
    }

    /// What stands behind people's names.
    pub(super) const fn suffix(&self) -> &'static str {
        if matches!(self.network, Network::Bluesky) { BLUESKY_SUFFIX } else { "" }
    }

    /// The shop's name, as posts mention it.
    pub(super) fn shop_handle(&self) -> String {
        format!("{SHOP}{}", self.suffix())
    }

    /// The id of an author as posts name it, of the network's own id.
    pub(super) fn author(&self, id: &str) -> String {
        match self.network {
            Network::Mastodon => format!("{}/ap/users/{id}", self.base_url()),
            Network::X | Network::Bluesky => id.to_owned(),
        }
    }

    /// Lets somebody act there.
    pub(super) fn visit<R>(&self, act: impl FnOnce(&mut dyn Society) -> R) -> R {
        let (mut act, mut result) = (Some(act), None);
        self.stand_in.visit(&mut |society| result = act.take().map(|act| act(society)));
        result.expect("a visit takes place once")
    }

    /// From now on much goes wrong there.
    pub(super) fn break_down(&self) {
        let parse = |fault| Fault::parse(fault).expect("the demo's faults are well formed");
        self.stand_in.set_faults(FAULTS.into_iter().map(parse).collect());
    }
}

impl Stage {
    /// A third of `people` at a network; the rest of the division is at the first ones.
    pub(super) fn new(place: Place, people: u64, seed: u64) -> Self {
        let number =
            Network::ALL.iter().position(|network| *network == place.network).unwrap_or_default() as u64;
        let people = u32::try_from((people + 2 - number) / 3).unwrap_or(u32::MAX);
        let cast = CAST.iter().filter(|role| role.network == place.network).count();
        let crowd = Crowd::new(Plan {
            shop: place.shop_handle(),
            suffix: place.suffix().to_owned(),
            tags: Tags { buy: BUY.to_owned(), confirm: CONFIRM.to_owned(), cancel: CANCEL.to_owned() },
            people: people.saturating_sub(u32::try_from(cast).unwrap_or_default()),
            claim_median_ms: CLAIM_MEDIAN_MS,
            reaction_median_ms: REACTION_MEDIAN_MS,
            habits: Habits::default(),
            seed: seed.wrapping_add(number),
        });
        Self { place, crowd, people, position: 0 }
    }
}

fn start<N: Protocol + Society + 'static>(network: N, settings: Settings) -> Result<Box<dyn StandIn>, Fail> {
    let name = network.name();
    let server = Server::start(network, settings)
        .map_err(|source| Fail::new(71, format!("cannot start the stand-in for {name}: {source}")))?;
    Ok(Box::new(server))
}
