//! A whole sale on servers that nobody here wrote: claim, prompt, confirmation and order, with a `kill -9` in between.

use std::path::Path;

use super::atproto::Atproto;
use super::installed::{Peer, installed};
use super::mastodon_mock::MastodonMock;
use super::shop::Shop;
use super::snac::Snac;
use super::town::{OwnPost, Town};
use crate::crash::server::assert_verified;
use crate::run_budget;

/// Somebody claims for whom nobody has linked a card. Returns the claim and the refusal.
fn refused_stranger<T: Town>(shop: &Shop<'_, T>) -> (String, OwnPost) {
    let claim = shop.town.post("cleo-stranger", &format!("{} #BuyKettle please", shop.town.mention()), None);
    let refusal = shop.wait_for_reply(&claim);
    assert!(!refusal.text.contains("#ConfirmKettle"), "{refusal:?}");
    (claim, refusal)
}

/// One buyer is prompted before the engine is killed, and confirms while it is down; another one claims then.
fn sale<T: Town>(town: &T) {
    let at = town.mention();
    let shop = Shop::open(town, &["ana-buyer", "ben-buyer"]);
    let claim = town.post("ana-buyer", &format!("{at} I want it! 🔥 #BuyKettle"), None);
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    let mut refused = None;
    // A refusal is in no journal. Where the network has no keys, one that is sent before the kill may be sent once more.
    if T::HAS_KEYS {
        refused = Some(refused_stranger(&shop));
    }
    shop.engine.http().wait_until_all_is_done();

    let (shop, (confirmation, late)) = shop.killed(|town| {
        let confirmation = town.post("ana-buyer", &format!("{at} #ConfirmKettle"), Some(&prompt.id));
        (confirmation, town.post("ben-buyer", &format!("{at} and me #BuyKettle"), None))
    });
    shop.wait_until_sold(1);
    let late_prompt = shop.wait_for_reply(&late);
    assert!(late_prompt.text.contains("#ConfirmKettle"), "{late_prompt:?}");
    let late_confirmation = town.post("ben-buyer", &format!("{at} #ConfirmKettle"), Some(&late_prompt.id));
    shop.wait_until_sold(2);
    let (stranger, refusal) = refused.unwrap_or_else(|| refused_stranger(&shop));
    shop.engine.http().wait_until_all_is_done();

    // The order is told where it was claimed.
    for (post, told) in [
        (&claim, ["#ConfirmKettle", "It is yours"].as_slice()),
        (&late, &["#ConfirmKettle", "It is yours"]),
        (&stranger, &[&refusal.text]),
        (&confirmation, &[]),
        (&late_confirmation, &[]),
    ] {
        let replies = town.replies_to(post);
        let is_told_once =
            |part: &&str| replies.iter().filter(|reply| reply.text.contains(*part)).count() == 1;
        assert!(
            replies.len() == told.len() && told.iter().all(is_told_once),
            "{told:?} to {post}: {replies:#?}"
        );
    }
    let own = town.own_posts();
    assert_eq!(own.len(), 6, "an announcement, two prompts, two orders, a refusal: {own:#?}");
    let data = shop.data();
    shop.engine.stop();
    assert_verified(&data, false);
}

/// Holds a sale on a server, where it is installed.
fn sale_on<T: Town>(peer: Peer, rig: &str, start: impl FnOnce(&Path) -> T) {
    if let Some(peer) = installed(peer, rig) {
        sale(&start(&peer));
        run_budget::report(rig, &format!("1 {rig}: 6 posts, each once, over a kill -9"));
    }
}

#[test]
fn a_sale_on_the_server_of_bluesky() {
    sale_on(Peer::Atproto, "peer sale on a bluesky server", Atproto::start);
}

#[test]
fn a_sale_on_a_server_that_streams_as_mastodon() {
    sale_on(Peer::Python, "peer sale on mastodon mock", MastodonMock::start);
}

#[test]
fn a_sale_on_a_server_without_streams() {
    sale_on(Peer::Snac, "peer sale on snac", Snac::start);
}
