//! A sale on each network: a post buys, the prompt comes as a reply, a post confirms, and the order is placed.

use networks::{bluesky, mastodon, x};

use super::shop::{Play, Shop};
use crate::crash::server::assert_verified;

/// Two buyers and a passer-by; the engine is killed in between, and hears what was posted meanwhile.
fn sale<N: Play>(read: &str) {
    let shop: Shop<N> = Shop::open(read, &["ana", "ben"], Vec::new());
    let claim = shop.post("ana", "@shop I want it! #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    shop.post("ana", "@shop #ConfirmKettle", Some(&prompt.id));
    shop.wait_until_sold(1);
    let stranger = shop.post("cleo", "@shop #BuyKettle please", None);
    let refusal = shop.wait_for_reply(&stranger);
    assert!(!refusal.text.contains("#ConfirmKettle"), "nobody has linked a card for cleo: {refusal:?}");

    let shop = shop.restart();
    // Posted while the engine may not be connected yet.
    let late = shop.post("ben", "@shop and me #BuyKettle", None);
    let prompt = shop.wait_for_reply(&late);
    shop.post("ben", "@shop #ConfirmKettle", Some(&prompt.id));
    shop.wait_until_sold(2);
    shop.engine.http().wait_until_all_is_done();
    for claim in [claim, late] {
        let replies: Vec<String> = shop.replies_to(&claim).into_iter().map(|reply| reply.text).collect();
        let prompts = replies.iter().filter(|text| text.contains("#ConfirmKettle")).count();
        assert_eq!(prompts, 1, "one prompt: {replies:#?}");
    }
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

#[test]
fn a_sale_on_bluesky_over_jetstream() {
    sale::<bluesky::World>("jetstream");
}

#[test]
fn a_sale_on_bluesky_over_the_second_jetstream() {
    sale::<bluesky::World>("jetstream2");
}

#[test]
fn a_sale_on_bluesky_over_the_repositories() {
    sale::<bluesky::World>("repositories");
}

#[test]
fn a_sale_on_x_by_the_activity_of_the_shop() {
    sale::<x::World>("activity");
}

#[test]
fn a_sale_on_x_by_the_filtered_stream() {
    sale::<x::World>("filtered");
}

#[test]
fn a_sale_on_mastodon_by_notifications() {
    sale::<mastodon::World>("notifications");
}

#[test]
fn a_sale_on_mastodon_by_hashtags_as_events() {
    sale::<mastodon::World>("hashtags by events");
}
