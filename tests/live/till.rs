//! Stripe as its stand-in plays it, with the account of one shop, and what a shop is told of it.

use flashtag::clock::Clock;
use networks::Fault;
use networks::server::{Clock as NetworkClock, Server, Settings};
use networks::stripe::{Account, Webhook, World};

use super::stripe_rights::asked_rights;
use crate::http::client::request;

/// The shop's key.
pub(crate) const KEY: &str = "rk_test_51Secret";
/// The secret of the shop's endpoint for webhooks.
pub(super) const WEBHOOK_SECRET: &str = "whsec_51Endpoint";

/// The time at Stripe.
pub(super) fn now_ms() -> i64 {
    Clock::start().now().ms()
}

/// Starts Stripe with a shop's account, where these faults come. Its key may do what `check --providers` asks for.
pub(crate) fn start(account: Account, faults: &[&str]) -> Server<World> {
    let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
    let mut world = World::new();
    let rights = asked_rights();
    let rights = rights.iter().map(|(resource, writes)| (resource.as_str(), *writes));
    world.add_key(KEY, account.granted(rights));
    Server::start(world, Settings { port: 0, faults, seed: 7, clock: NetworkClock::new(now_ms) }).unwrap()
}

/// The request that brings a webhook to the shop's endpoint.
pub(super) fn request_of(webhook: &Webhook) -> Vec<u8> {
    let signature = format!("stripe-signature: {}", webhook.signature);
    let headers = ["content-type: application/json; charset=utf-8", "connection: close", &signature];
    request("POST", "/v1/webhooks/stripe", &headers, webhook.body.as_bytes())
}

/// The file of a shop that sells kettles without a second step, with more keys of their offer.
pub(super) fn offers(units: u32, keys: &str) -> String {
    format!(
        "[shop]\nname = \"The Shop\"\naccounts = {{ x = \"9001\" }}\n\n[[offer]]\nid = \"kettle\"\nkind = \"purchase\"\n\
         title = \"Kettle\"\ntags = {{ buy = \"BuyKettle\", cancel = \"CancelKettle\" }}\nprice = \"20.00 USD\"\n\
         units = {units}\nopens = \"2020-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\nconfirm_within = \"0s\"\n{keys}"
    )
}
