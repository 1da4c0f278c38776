//! People of servers that nobody here wrote sign in on the pages of these servers.

use std::path::Path;

use super::atproto::Atproto;
use super::installed::{Peer, installed};
use super::mastodon_mock::MastodonMock;
use super::shop::Shop;
use super::snac::Snac;
use super::town::Town;
use crate::run_budget;
use crate::sign_in::{Door, whole_way};

/// Goes the whole way at a server, where it is installed.
fn at_peer<T: Town + Door>(peer: Peer, rig: &str, start: impl FnOnce(&Path) -> T) {
    let Some(peer) = installed(peer, rig) else { return };
    let town = start(&peer);
    let shop = Shop::open(&town, &[]);
    whole_way(&shop.engine.http(), &town, |who| {
        let claim = town.post(who, &format!("{} #BuyKettle", town.mention()), None);
        shop.wait_for_reply(&claim).text
    });
    shop.stop();
    run_budget::report(rig, &format!("1 {rig}: in, back, a card, a purchase; 3 returns of others refused"));
}

#[test]
fn people_of_a_bluesky_server_sign_in() {
    at_peer(Peer::Atproto, "peer sign-in at a bluesky server", Atproto::start);
}

#[test]
fn people_of_snac_sign_in() {
    at_peer(Peer::Snac, "peer sign-in at snac", Snac::start);
}

#[test]
fn people_of_mastodon_mock_sign_in() {
    at_peer(Peer::Python, "peer sign-in at mastodon mock", MastodonMock::start_without_scopes);
}
