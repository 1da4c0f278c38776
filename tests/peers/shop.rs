//! A shop with an account in a town, and the real binary with its normal configuration.

use std::path::PathBuf;

use serde_json::Value;

use super::till::Till;
use super::town::{OwnPost, Town};
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, assert_verified, poll};
use crate::live::place::Place;
use crate::live::shop::OFFERS;
use crate::live::till::KEY;

/// A running engine, and the shop's files.
pub(crate) struct Shop<'a, T> {
    pub(crate) town: &'a T,
    pub(crate) engine: Engine,
    place: Place,
}

/// What a shop opens with.
pub(crate) struct Opening<'a> {
    /// Who has a linked card.
    pub(crate) buyers: &'a [&'a str],
    /// The address under which people reach the engine.
    pub(crate) public_url: &'a str,
    /// More lines of the offer.
    pub(crate) rules: &'a str,
    /// Who takes cards, if not the card sandbox.
    pub(crate) till: Option<&'a Till>,
}

impl Default for Opening<'_> {
    fn default() -> Self {
        Self { buyers: &[], public_url: "http://shop.localhost", rules: "", till: None }
    }
}

/// The line that links a card to a person.
fn link(kind: &str, buyer: &str, author_id: &str) -> String {
    let card = format!(r#"{{"token":"tok_{buyer}","brand":"visa","funding":"credit","last4":"1005"}}"#);
    format!(
        r#"{{"network":"{kind}","author_id":"{author_id}","card":{card},"email":"{buyer}@example.com","region":"US-NY"}}"#
    ) + "\n"
}

impl<'a, T: Town> Shop<'a, T> {
    /// Opens a shop. `buyers` have linked cards.
    pub(crate) fn open(town: &'a T, buyers: &[&str]) -> Self {
        Self::open_as(town, Opening { buyers, ..Opening::default() })
    }

    /// Opens a shop.
    pub(crate) fn open_as(town: &'a T, Opening { buyers, public_url, rules, till }: Opening<'_>) -> Self {
        let place = Place::new();
        let (kind, own, keys) = (T::KIND, town.own(), town.keys());
        let egress: Vec<String> = town.egress().into_iter().chain(till.map(Till::egress)).collect();
        let egress = egress.join("\", \"");
        let tables = till.map(Till::tables).unwrap_or_default();
        let config = format!(
            "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\negress_allow = [\"{egress}\"]\n\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{public_url}\"\n\
             [[network]]\nname = \"shop\"\nkind = \"{kind}\"\naccount = \"{own}\"\n{keys}{tables}"
        );
        place.write("flashtag.toml", &config);
        let offers = OFFERS.replace("NETWORK", kind).replace("ACCOUNT", &own).replace("UNITS", "3") + rules;
        place.write("offers.toml", &offers);
        place.write("secret", &town.secret());
        place.write("stripe-key", KEY);
        let links: String = buyers.iter().map(|buyer| link(kind, buyer, &town.author_id(buyer))).collect();
        place.write("accounts.ndjson", &links);
        let engine = Engine::start(&place.config());
        let shop = Self { town, engine, place };
        shop.wait_until_it_reads();
        shop
    }

    /// Waits until posts come as they are made. A stream of which nothing came yet may still be opening, so somebody
    /// talks.
    fn wait_until_it_reads(&self) {
        let passes_by = || {
            self.town.post("passer-by", "What a day", None);
            let networks = self.engine.http().get("/v1/networks").unwrap();
            networks["networks"][0].clone()
        };
        // How far a source is behind is known from its first reading on, also where it never gets the streams that a server
        // names and does not have.
        let has_read =
            |network: &Value| network["behind_seconds"].as_u64().is_some_and(|seconds| seconds > 0);
        poll(passes_by, |network| network["source"] == "live" || (!T::HAS_STREAMS && has_read(network)));
    }

    /// Waits for the shop's reply to a post.
    pub(crate) fn wait_for_reply(&self, post: &str) -> OwnPost {
        poll(|| self.town.replies_to(post), |replies| !replies.is_empty()).remove(0)
    }

    /// Waits until that many units are sold.
    pub(crate) fn wait_until_sold(&self, units: u64) {
        poll(|| self.engine.http().get("/v1/offers/kettle").unwrap(), |offer| offer["sold"] == units);
    }

    /// Stops the engine, and asserts that every promise was kept.
    pub(crate) fn stop(self) {
        let data = self.data();
        self.engine.stop();
        if data.join("cards.ndjson").exists() {
            assert_verified(&data, false);
        } else {
            // The books of another processor than the card sandbox are not the ledger that is compared.
            flashtag(["verify", "--data", &data.display().to_string()]).must(0, &[]);
        }
    }

    /// The shop's journal and database.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.path("data")
    }

    /// Kills the engine, lets something happen, and starts it again.
    pub(crate) fn killed<R>(self, meanwhile: impl FnOnce(&T) -> R) -> (Self, R) {
        let Self { town, engine, place } = self;
        engine.kill();
        let happened = meanwhile(town);
        let engine = Engine::start(&place.config());
        (Self { town, engine, place }, happened)
    }
}
