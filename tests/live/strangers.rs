//! What strangers can do to a sale: nothing.

use networks::{bluesky, mastodon};

use super::shop::{Play, SHOP, Shop};

/// The node takes one word of strangers in a minute, and six come. Each of them is recorded in its turn, for which a buyer
/// would wait five minutes.
#[test]
fn buyers_do_not_wait_for_a_flood_of_words() {
    let limits = "[limits]\nunlinked_words_per_minute = 1\n";
    let shop: Shop<bluesky::World> = Shop::open_with("jetstream", &["ana"], Vec::new(), limits);
    for no in 0..6 {
        shop.post(&format!("stranger-{no}"), "@shop STOP", None);
    }
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    shop.post("ana", "@shop #ConfirmKettle", Some(&prompt.id));
    shop.wait_until_sold(1);
}

/// The file has the token of somebody else's account at the same server.
#[test]
fn nothing_is_posted_in_the_name_of_another_account() {
    let shop: Shop<mastodon::World> = Shop::open("notifications", &["ana"], Vec::new());
    let scope = "read:notifications read:statuses write:statuses profile";
    shop.network.shared.lock().stage.network.add_token("ben", "bens-token", scope, shop.now_ms());
    shop.write_secret("token", "bens-token");
    let shop = shop.restart();
    let is_told = |told: &(u16, String)| told.1.contains("the access token is of another account");
    crate::crash::server::poll(|| shop.engine.http().readiness(), is_told);
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    shop.post("ana", "@ben #BuyKettle", None);
    // The owner's own token again: what was posted meanwhile is heard then.
    shop.write_secret("token", <mastodon::World as Play>::secrets()[0].1);
    let server = shop.engine.http();
    crate::command::flashtag(["network", "connect", SHOP, "--server", server.base()]).must(0, &[]);
    shop.wait_for_reply(&claim);
    let posts = networks::Society::posts_since(&shop.network.shared.lock().stage.network, 0, 10_000);
    assert!(posts.iter().all(|post| post.author.handle != "ben"), "{posts:#?}");
}
