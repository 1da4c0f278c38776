//! A shop where people link cards: its files, and what plays its card processor and its mail server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use flashtag::clock::Clock;
use networks::Fault;
use networks::server::{Clock as NetworkClock, Server as StandIn, Settings};
use networks::stripe::{Account, World};
use tempfile::TempDir;

use super::mail_relay::MailRelay;
use crate::test_rng::TestRng;

const KEY: &str = "rk_test_51Secret";

const OFFERS: &str = r#"
[shop]
name = "The Shop"
accounts = { x = "9001" }

[[offer]]
id = "kettle"
kind = "purchase"
title = "Kettle"
tags = { buy = "BuyKettle", cancel = "CancelKettle" }
price = "20.00 USD"
units = 100000
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "0s"
"#;

/// Who takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cards {
    Sandbox,
    Stripe,
}

/// A shop whose server is killed; what it speaks to lives on.
pub(super) struct Shop {
    pub(super) cards: Cards,
    pub(super) stripe: StandIn<World>,
    pub(super) relay: MailRelay,
    place: TempDir,
}

impl Shop {
    pub(super) fn new(cards: Cards, rng: &mut TestRng) -> Self {
        let clock = NetworkClock::new(|| Clock::start().now().ms());
        let mut world = World::new();
        world.add_key(KEY, Account::default());
        let faults =
            ["cut-after=0.05@POST", "lost-answer=0.05@POST"].map(|fault| Fault::parse(fault).unwrap());
        let settings = Settings { port: 0, faults: faults.into(), seed: 7, clock };
        let stripe = StandIn::start(world, settings).unwrap();
        let relay = MailRelay::start(rng.split());
        let shop = Self { cards, stripe, relay, place: tempfile::tempdir().unwrap() };
        let (base, peer, mail) = (shop.stripe.base_url(), shop.stripe.address, shop.relay.address);
        let paid_by = match cards {
            Cards::Sandbox => String::new(),
            Cards::Stripe => format!("[stripe]\nkey_file = \"stripe-key\"\napi_base = \"{base}\"\n"),
        };
        let name = if cards == Cards::Stripe { "stripe" } else { "sandbox" };
        shop.write(
            "flashtag.toml",
            &format!(
                "data = \"data\"\noffers = \"offers.toml\"\negress_allow = [\"{peer}\", \"{mail}\"]\n\
                 [http]\nlisten = \"127.0.0.1:0\"\nauth = \"off\"\npublic_url = \"https://shop.example\"\n\
                 [providers]\ncards = \"{name}\"\nemail = \"smtp://{mail}?tls=none\"\n\
                 email_from = \"sales@shop.example\"\n{paid_by}"
            ),
        );
        shop.write("offers.toml", OFFERS);
        shop.write("stripe-key", KEY);
        shop
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(super) fn config(&self) -> PathBuf {
        self.path("flashtag.toml")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The token of a card that the shop's processor takes.
    pub(super) fn token(&self, author: u32) -> String {
        match self.cards {
            Cards::Sandbox => format!("tok_{author}"),
            Cards::Stripe => format!("cus_{author}/pm_ok{author}"),
        }
    }
}
