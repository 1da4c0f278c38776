//! What the shop posts of its own accord: at the opening, when the last unit is sold, and at the close, each once.

use networks::{bluesky, mastodon, x};

use super::shop::{Play, Shop};
use crate::command::flashtag;
use crate::crash::server::{assert_verified, poll};

/// `invitation` is what the opening asks for, in the words of what the shop reads there.
fn announced_once<N: Play>(read: &str, invitation: &str) {
    let shop: Shop<N> = Shop::open(read, &["ana", "ben", "cem"], Vec::new());
    poll(|| shop.announcements("#BuyKettle"), |found| !found.is_empty());
    let opening = shop.announcements("#BuyKettle").remove(0).text;
    assert!(opening.contains(invitation), "{opening}");

    let shop = shop.restart();
    shop.wait_until_it_reads();
    for (sold, who) in (1..).zip(["ana", "ben", "cem"]) {
        let claim = shop.post(who, "@shop #BuyKettle", None);
        let prompt = shop.wait_for_reply(&claim);
        shop.post(who, "@shop #ConfirmKettle", Some(&prompt.id));
        shop.wait_until_sold(sold);
    }
    poll(|| shop.announcements("Sold out: "), |found| !found.is_empty());
    // Killed while the last words may be on their way.
    flashtag(["close", "--all", "--server", shop.engine.http().base()]).must(0, &[]);
    let shop = shop.restart();
    poll(|| shop.announcements("Closed: "), |found| !found.is_empty());
    shop.engine.http().wait_until_all_is_done();
    for words in ["#BuyKettle to buy", "Sold out: ", "Closed: "] {
        let found = shop.announcements(words);
        assert_eq!(found.len(), 1, "{words}: {found:#?}");
    }
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

#[test]
fn announcements_on_x_ask_for_replies() {
    announced_once::<x::World>("activity", "Reply #BuyKettle to buy.");
}

#[test]
fn announcements_on_bluesky_ask_for_posts() {
    announced_once::<bluesky::World>("jetstream", "Post #BuyKettle to buy.");
}

#[test]
fn announcements_on_mastodon_ask_for_replies_where_notifications_are_read() {
    announced_once::<mastodon::World>("notifications", "Reply #BuyKettle to buy.");
}

#[test]
fn announcements_on_mastodon_ask_for_posts_where_hashtags_are_read() {
    announced_once::<mastodon::World>("hashtags", "Post #BuyKettle to buy.");
}
