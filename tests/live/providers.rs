//! `check --providers`: what it says of accounts that are good, and of those that are not.

use networks::{bluesky, mastodon, x};

use super::shop::{Closed, Play, SHOP, Shop};
use crate::command::{Ran, flashtag};

/// Signs in everywhere, and asserts that no secret is shown.
fn check<N: Play>(shop: &Closed<N>, code: i32, messages: &[&str]) -> Ran {
    let config = shop.path("flashtag.toml").display().to_string();
    let ran = flashtag(["check", "--providers", "--config", &config]);
    for (_, secret) in N::secrets() {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{ran:?}");
    }
    ran.must(code, messages)
}

/// How many posts there are.
fn posts<N: Play>(shop: &Closed<N>) -> usize {
    shop.network.shared.lock().stage.network.posts_since(0, 10_000).len()
}

fn closed<N: Play>(read: &str) -> Closed<N> {
    Shop::<N>::open(read, &["ana"], Vec::new()).close()
}

#[test]
fn accounts_that_can_sell_are_good_and_nothing_changes_at_their_networks() {
    let shop = closed::<bluesky::World>("jetstream");
    let before = posts(&shop);
    let told =
        ["shop (Bluesky)\n  good: signed in as did:", "note: the profile does not bear the label `bot`"];
    check(&shop, 0, &told);
    check(
        &shop,
        0,
        &["email\n  good: ", "orders\n  good: ", "cards\n  good: the card sandbox", "nothing is missing"],
    );
    assert_eq!(posts(&shop), before);

    let shop = closed::<x::World>("activity");
    let before = posts(&shop);
    let told = [
        "shop (X)\n  good: signed in as ",
        " of 75 requests of this kind are left",
        "good: scopes tweet.read tweet.write users.read offline.access",
        "good: X accepts the app-only token for its stream",
        "note: X tells nobody whether an account bears the label",
    ];
    check(&shop, 0, &told);
    assert_eq!(posts(&shop), before);

    let shop = closed::<mastodon::World>("hashtags");
    let before = posts(&shop);
    shop.network.shared.lock().stage.network.mark_as_bot(SHOP);
    let told = [
        "shop (Mastodon)\n  good: signed in as http://",
        "good: the account is marked as automated",
        "good: scope read:notifications\n",
        "good: scope write:statuses\n",
        "good: posts of a hashtag can be read",
        "providers: nothing is missing",
    ];
    check(&shop, 0, &told);
    assert_eq!(posts(&shop), before);
}

#[test]
fn what_an_account_at_mastodon_lacks_is_told() {
    let shop = closed::<mastodon::World>("hashtags");
    check(&shop, 1, &["MISSING: the account is not marked as automated", "something is missing at 1 of 5"]);
    {
        let mut acts = shop.network.shared.lock();
        let network = &mut acts.stage.network;
        network.mark_as_bot(SHOP);
        network.revoke_token("shops-token");
        network.add_token(SHOP, "shops-token", "read profile", 0);
    }
    let told = ["good: scope read:statuses\n", "MISSING: the token has no scope write:statuses"];
    check(&shop, 1, &told);
    shop.network.shared.lock().stage.network.revoke_token("shops-token");
    check(
        &shop,
        1,
        &["MISSING: signed out: the server does not accept the access token", "put a new secret"],
    );
    shop.network.shared.lock().stage.network.add_token("somebody", "shops-token", "read write profile", 0);
    check(&shop, 1, &["MISSING: signed out: the access token is of another account, http://"]);
}

#[test]
fn a_password_that_was_revoked_and_a_server_that_is_not_there_are_told() {
    let shop = closed::<bluesky::World>("jetstream");
    shop.network.shared.lock().stage.network.revoke_password("shop.test", "abcd-efgh-ijkl-mnop");
    // The session outlives its password.
    check(&shop, 0, &["shop (Bluesky)\n  good: signed in as did:"]);
    std::fs::remove_dir_all(shop.path("data/secrets")).expect("the session is lost");
    check(&shop, 1, &["shop (Bluesky)\n  MISSING: signed out: ", "put a new secret into its file"]);
    let base = shop.network.base_url();
    shop.reconfigure(&format!("\nhost = \"{base}\""), "\nhost = \"http://127.0.0.2:9\"");
    // What is not allowed is not called.
    check(&shop, 1, &["shop (Bluesky)\n  MISSING: ", "127.0.0.2"]);
}

/// X takes a refresh token once: what `check` got for it is durable, or the next start would be signed out.
#[test]
fn a_token_that_check_renewed_serves_the_next_start() {
    let shop = closed::<x::World>("activity");
    for _ in 0..2 {
        let now_ms = shop.network.shared.now_ms();
        networks::Network::expire_tokens(&mut shop.network.shared.lock().stage.network, now_ms);
        check(&shop, 0, &["good: signed in as "]);
    }
    let now_ms = shop.network.shared.now_ms();
    networks::Network::expire_tokens(&mut shop.network.shared.lock().stage.network, now_ms);
    let shop = shop.open();
    shop.wait_until_it_reads();
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
}

#[test]
fn what_an_account_at_x_lacks_is_told() {
    let shop = closed::<x::World>("filtered");
    {
        let mut acts = shop.network.shared.lock();
        acts.stage.network.withdraw_scope("tweet.write");
        let now_ms = shop.network.shared.now_ms();
        networks::Network::expire_tokens(&mut acts.stage.network, now_ms);
    }
    check(&shop, 1, &["MISSING: the scope tweet.write was not allowed", "`flashtag network connect shop`"]);
    shop.reconfigure("token_file = \"x-bearer\"\n", "");
    check(&shop, 1, &["MISSING: read = \"filtered\" needs the app-only token: name it as `token_file`"]);
    std::fs::remove_dir_all(shop.path("data/secrets")).expect("the secrets are lost");
    check(
        &shop,
        1,
        &["MISSING: signed out: the account is not connected", "`flashtag network connect shop`"],
    );
}

/// Two users of one refresh token would sign each other out.
#[test]
fn a_directory_in_use_is_refused_with_the_way_to_ask_the_service() {
    let shop = Shop::<bluesky::World>::open("jetstream", &["ana"], Vec::new());
    let config = shop.path("flashtag.toml").display().to_string();
    flashtag(["check", "--providers", "--config", &config]).must(75, &["`flashtag network list`"]);
    let closed = shop.close();
    closed.reconfigure("[http]", "[providers]\nemail = \"smtp://shop:s3cret-word@127.0.0.1:1\"\nemail_from = \"shop@shop.example\"\n[http]");
    let ran = check(&closed, 1, &["email\n  MISSING: smtp://shop:***@127.0.0.1:1 does not let the shop in"]);
    assert!(!ran.out.contains("s3cret-word"), "{ran:?}");
    let json = flashtag(["check", "--providers", "--format", "json", "--config", &config]).must(1, &[]).out;
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let missing: Vec<_> = lines.iter().filter(|line| line["kind"] == "missing").collect();
    assert_eq!(missing.len(), 1, "{json}");
    assert_eq!(missing[0]["provider"], "email");
}
