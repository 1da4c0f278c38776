//! An operator's words to the accounts of a running sale.

use networks::bluesky;

use super::shop::{SHOP, Shop};
use crate::command::flashtag;
use crate::crash::server::poll;

type Bluesky = Shop<bluesky::World>;

fn ask(shop: &Bluesky, verb: &str) -> String {
    let http = shop.engine.http();
    let words: Vec<&str> = match verb {
        "list" => vec!["network", "list"],
        verb => vec!["network", verb, SHOP],
    };
    flashtag(words.into_iter().chain(["--server", http.base()])).must(0, &[]).out
}

/// What is posted while an account is paused is heard when it is resumed, and answered once.
#[test]
fn a_paused_account_hears_later_what_was_posted_meanwhile() {
    let shop = Bluesky::open("jetstream", &["ana"], Vec::new());
    assert!(ask(&shop, "list").contains("live"), "{}", ask(&shop, "list"));
    assert!(ask(&shop, "pause").contains("paused"));
    poll(|| shop.source(), |source| source == "stopped");
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let (status, text) = shop.engine.http().readiness();
    assert!(status == 200 && text.contains("network shop: an operator paused it"), "{status} {text}");
    assert!(shop.replies_to(&claim).is_empty());
    ask(&shop, "resume");
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
    shop.engine.http().wait_until_all_is_done();
    assert_eq!(shop.replies_to(&claim).len(), 1);
}

/// A revoked password is told, costs no reply, and connecting again heals it.
#[test]
fn an_account_whose_password_was_revoked_is_told_and_can_be_connected_again() {
    let shop = Bluesky::open("jetstream", &["ana"], Vec::new());
    {
        let mut acts = shop.network.shared.lock();
        acts.stage.network.revoke_password("shop.test", "abcd-efgh-ijkl-mnop");
        let now_ms = shop.network.shared.now_ms();
        networks::Network::expire_tokens(&mut acts.stage.network, now_ms);
    }
    ask(&shop, "disconnect");
    let refused = flashtag(["network", "connect", SHOP, "--server", shop.engine.http().base()]);
    refused.must(65, &["network"]);
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let now_ms = shop.network.shared.now_ms();
    shop.network.shared.lock().stage.network.add_account("shop.test", "abcd-efgh-ijkl-mnop", now_ms);
    ask(&shop, "connect");
    let prompt = shop.wait_for_reply(&claim);
    assert!(prompt.text.contains("#ConfirmKettle"), "{prompt:?}");
}

/// A message that cannot be read is counted, and stops nothing.
#[test]
fn damaged_messages_are_counted() {
    let damage = networks::Fault::parse("damage=1x").unwrap();
    let shop = Bluesky::open("repositories", &["ana"], vec![damage]);
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    shop.wait_for_reply(&claim);
    let metrics = shop.engine.http().metrics();
    assert!(metrics.contains("flashtag_source_faults_total{network=\"shop\"} 1\n"), "{metrics}");
}
