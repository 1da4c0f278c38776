//! Stripe as its stand-in plays it, with the hosted page that takes cards: no peer has that page.

use networks::server::Server;
use networks::stripe::{Account, World};

use crate::live::till;
use crate::sign_in::site::Site;

/// Stripe, with the shop's account.
pub(crate) struct Till(Server<World>);

impl Till {
    pub(crate) fn start() -> Self {
        Self(till::start(Account::default(), &[]))
    }

    /// The peer that the shop must be allowed to call.
    pub(super) fn egress(&self) -> String {
        self.0.address.to_string()
    }

    /// The tables of the configuration. The file with the key is called `stripe-key`.
    pub(super) fn tables(&self) -> String {
        let base = self.0.base_url();
        format!(
            "[providers]\ncards = \"stripe\"\n[stripe]\nkey_file = \"stripe-key\"\napi_base = \"{base}\"\n"
        )
    }

    /// Somebody gives a card on the page to which the shop sent the browser. Returns where Stripe sends the browser.
    pub(super) fn give_card(&self, page: &str, owner: &[(&str, &str)]) -> String {
        assert!(page.starts_with(&format!("{}/c/pay/", self.0.base_url())), "{page}");
        let site = Site::new();
        assert!(site.get(page, &[]).body.contains("Save a card"));
        let given = site.submit(page, &[owner, &[("card", "visa")]].concat());
        given.location.clone().unwrap_or_else(|| panic!("{given:?}"))
    }

    /// What was taken, and what was returned, of each payment.
    pub(super) fn books(&self) -> (Vec<i64>, Vec<i64>) {
        let guard = self.0.shared.lock();
        let world = &guard.stage.network;
        let taken = world.intents().iter().map(|intent| intent.amount_received).collect();
        (taken, world.refunds().iter().map(|refund| refund.amount).collect())
    }

    /// The customers of whom Stripe knows.
    pub(super) fn customers(&self) -> usize {
        self.0.shared.lock().stage.network.customers().len()
    }
}
