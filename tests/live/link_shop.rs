//! A shop where people link cards: its files, and what plays its card processor and its mail server.

use std::path::PathBuf;

use networks::server::Server as StandIn;
use networks::stripe::{Account, World};
use rusqlite::Connection;

use super::mail_relay::MailRelay;
use super::place::Place;
use super::till::{self, KEY, WEBHOOK_SECRET};
use crate::test_rng::TestRng;

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
    place: Place,
}

impl Shop {
    pub(super) fn new(cards: Cards, rng: &mut TestRng) -> Self {
        let faults = ["cut-after=0.05@POST", "lost-answer=0.05@POST"];
        let stripe = till::start(Account::default(), &faults);
        let relay = MailRelay::start(rng.split());
        let shop = Self { cards, stripe, relay, place: Place::new() };
        let (base, peer, mail) = (shop.stripe.base_url(), shop.stripe.address, shop.relay.address);
        let (name, account) = match cards {
            Cards::Sandbox => ("sandbox", String::new()),
            Cards::Stripe => (
                "stripe",
                format!(
                    "[stripe]\nkey_file = \"stripe-key\"\nwebhook_secret_file = \"webhook-secret\"\napi_base = \"{base}\"\n"
                ),
            ),
        };
        shop.place.write(
            "flashtag.toml",
            &format!(
                "data = \"data\"\noffers = \"offers.toml\"\negress_allow = [\"{peer}\", \"{mail}\"]\n\
                 [http]\nlisten = \"127.0.0.1:0\"\nauth = \"off\"\npublic_url = \"https://shop.example\"\n\
                 [providers]\ncards = \"{name}\"\nemail = \"smtp://{mail}?tls=none\"\n\
                 email_from = \"sales@shop.example\"\n{account}"
            ),
        );
        shop.place.write("offers.toml", &till::offers(100_000, ""));
        shop.place.write("stripe-key", KEY);
        shop.place.write("webhook-secret", WEBHOOK_SECRET);
        shop
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    pub(super) fn config(&self) -> PathBuf {
        self.place.config()
    }

    /// The token of a card that the shop's processor takes.
    pub(super) fn token(&self, author: u32) -> String {
        match self.cards {
            Cards::Sandbox => format!("tok_{author}"),
            Cards::Stripe => format!("cus_{author}/pm_ok{author}"),
        }
    }

    /// Lets the time pass after which the server looks for cards whose owners did not come back. No server may run.
    pub(super) fn let_minutes_pass(&self) {
        let database = Connection::open(self.path("data/ops.sqlite")).unwrap();
        database.execute("UPDATE link_cards SET look_at = 0", ()).unwrap();
    }

    /// Lets the time pass in which anybody comes back from a card page that is open. No server may run.
    pub(super) fn let_an_hour_pass(&self) {
        const HOUR_MS: i64 = 3_600_000;
        let database = Connection::open(self.path("data/ops.sqlite")).unwrap();
        database.execute("UPDATE link_cards SET look_at = 0, began_at = began_at - ?1", [HOUR_MS]).unwrap();
    }
}
