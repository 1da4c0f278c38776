//! Sandbox accounts at a shop that is at a network: a test of the whole way without being anybody there. The network hears of
//! nothing, and its own people buy beside them as ever.

use flashtag::clock::Clock;
use networks::{bluesky, mastodon, x};
use serde_json::{Value, json};

use super::shop::{Play, Shop};
use crate::books;
use crate::crash::assert_verified;
use crate::crash::server::{Http, poll};
use crate::http::linking::assert_page;
use crate::sign_in::{Visitor, sandbox_sign_in};

/// A post of a sandbox account, handed in by HTTP. Returns its outcome.
fn hand_in(http: &Http, network: &str, (id, text): (&str, &str), in_reply_to: Option<&str>) -> String {
    let post = json!({"network": network, "id": id, "author": {"id": "sandbox:bea"}, "text": text,
        "posted_at": Clock::start().now().to_string(), "in_reply_to": in_reply_to});
    let answers = http.post(&post.to_string()).expect("an answer");
    let [answer] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(answer["account"], format!("{network}:sandbox:bea"), "{answer}");
    answer["outcome"].as_str().expect("a text").to_owned()
}

/// The lines of the file of replies that answer a post.
fn written<N: Play>(shop: &Shop<N>, post: &str) -> Vec<Value> {
    let lines = books::lines(&shop.path("data/replies.ndjson"));
    lines.into_iter().filter(|line| line["in_reply_to"] == post).collect()
}

/// The shop's replies at the network.
fn posted<N: Play>(shop: &Shop<N>) -> Vec<String> {
    let posts = shop.network.shared.lock().stage.network.posts_since(0, 10_000);
    posts.into_iter().filter(|post| post.reply_to.is_some()).map(|post| post.text).collect()
}

fn whole_way<N: Play>(read: &str) {
    let shop = Shop::<N>::open(read, &["ana"], Vec::new());
    let http = shop.engine.http();
    assert_eq!(hand_in(&http, N::KIND, ("100", "#BuyKettle"), None), "not_linked");
    let mut bea = Visitor::of(&http);
    let consent = sandbox_sign_in(&mut bea, N::KIND, "bea");
    assert!(consent.body.contains("sandbox:bea at "), "{consent:?}");
    assert_page(&bea.link_card(&consent), 200, "Your card is linked");

    // What was linked outlives a restart: it is stored as any other account.
    let shop = shop.restart();
    let http = shop.engine.http();
    let path = format!("/v1/accounts/{}/sandbox:bea", N::KIND);
    assert_eq!(http.get(&path).expect("it is linked")["card"]["last4"], "4242");
    assert_eq!(hand_in(&http, N::KIND, ("101", "#BuyKettle"), None), "reserved");
    let prompts = poll(|| written(&shop, "101"), |lines| !lines.is_empty());
    let prompt = prompts[0]["text"].as_str().expect("a text");
    assert!(prompt.contains("#ConfirmKettle"), "{prompt}");
    let prompt = prompts[0]["key"].as_str().expect("a key");
    assert_eq!(hand_in(&http, N::KIND, ("102", "#ConfirmKettle"), Some(prompt)), "confirmed");
    // The order is not read again at the author's own server: nothing stands there.
    shop.wait_until_sold(1);
    http.wait_until_all_is_done();
    let order = http.get("/v1/orders/kettle.1").expect("it is placed");
    assert_eq!(order["account"], format!("{}:sandbox:bea", N::KIND), "{order}");
    let told: Vec<String> = written(&shop, "101").iter().map(|line| line["text"].to_string()).collect();
    assert!(told.len() == 2 && told[1].contains("kettle.1"), "the prompt and the result: {told:?}");
    assert_eq!(posted(&shop), Vec::<String>::new(), "the network hears of nothing");

    // Who is at the network is answered there.
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    http.wait_until_all_is_done();
    assert_eq!(written(&shop, &claim), Vec::<Value>::new());
    let data = shop.path("data");
    shop.engine.stop();
    assert_verified(&data, false);
}

#[test]
fn a_sandbox_account_buys_beside_x_and_x_hears_of_nothing() {
    whole_way::<x::World>("activity");
}

#[test]
fn a_sandbox_account_buys_beside_bluesky_and_bluesky_hears_of_nothing() {
    whole_way::<bluesky::World>("jetstream");
}

#[test]
fn a_sandbox_account_buys_beside_mastodon_and_mastodon_hears_of_nothing() {
    whole_way::<mastodon::World>("notifications");
}

/// How many lines of sources named an author who is none.
fn bad_ids(http: &Http) -> u64 {
    let (metrics, start) = (http.metrics(), "flashtag_lines_unreadable_total{reason=\"bad_id\"} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(start));
    line.map_or(0, |count| count.parse().expect("a number"))
}

/// Anybody can run a server of Mastodon, and it can name any author. Whichever way it is read, no post of a sandbox account comes
/// from there.
fn lying_instance(read: &str) {
    let shop = Shop::<mastodon::World>::open(read, &[], Vec::new());
    let http = shop.engine.http();
    let mut bea = Visitor::of(&http);
    let consent = sandbox_sign_in(&mut bea, "mastodon", "bea");
    assert_page(&bea.link_card(&consent), 200, "Your card is linked");
    for name in ["sandbox:bea", "sandbox:Bea"] {
        let before = bad_ids(&http);
        shop.network.shared.lock().stage.network.ascribe(Some(name));
        shop.post("cleo", "@shop #BuyKettle", None);
        poll(|| bad_ids(&http), |counted| *counted > before);
    }
    shop.network.shared.lock().stage.network.ascribe(None);
    let own = shop.post("cleo", "@shop #BuyKettle", None);
    assert!(!shop.wait_for_reply(&own).text.contains("#ConfirmKettle"), "nobody has linked a card for cleo");
    let offer = shop.offer();
    assert_eq!((&offer["reserved"], &offer["available"]), (&0.into(), &3.into()), "{offer}");
    assert_eq!(hand_in(&http, "mastodon", ("1", "#BuyKettle"), None), "reserved", "who runs the shop may");
}

#[test]
fn a_mastodon_server_speaks_for_no_sandbox_account_by_its_streams() {
    lying_instance("hashtags");
}

#[test]
fn a_mastodon_server_speaks_for_no_sandbox_account_by_its_notifications() {
    lying_instance("notifications");
}
