//! Offers between restarts: the next season's offers, under the same tags, corrected, or dropped from the file.

use serde_json::Value;

use super::served::{OFFERS, Served, post};
use crate::crash::assert_verified;

const SHOP: &str = "[shop]\nname = \"Shop\"\naccounts = { x = \"9001\" }\n";

/// The offer `kindle` of the shop, under another id.
fn season(id: &str) -> String {
    let kindle = OFFERS.split("\n[[offer]]").nth(1).unwrap();
    format!("{SHOP}\n[[offer]]{}", kindle.replace("id = \"kindle\"", &format!("id = \"{id}\"")))
}

fn claim(served: &Served, id: &str) -> (Value, Value) {
    let line = &served.post(post(id, 1, "#BuyKindle")).lines()[0];
    (line["offer"].clone(), line["outcome"].clone())
}

#[test]
fn the_newest_offer_answers_to_a_tag_whichever_partition_it_lives_in() {
    // Among these ids are some for each of the two partitions.
    for id in ["season-a", "season-b", "season-c", "season-d"] {
        let mut served = Served::open();
        served.restart_with("partitions = 2", "");
        assert_eq!(claim(&served, "1"), ("kindle".into(), "reserved".into()));
        served.change("/v1/close", "unused", "");
        assert_eq!(claim(&served, "2"), ("kindle".into(), "closed".into()));
        served.sell(&season(id));
        served.restart();
        assert_eq!(claim(&served, "3"), (id.into(), "reserved".into()));
        assert_eq!(served.get("/readyz").body, "ready\nmode: test\n");
        served.kill();
        assert_verified(&served.data(), false);
    }
}

#[test]
fn a_tag_under_which_an_offer_is_on_sale_is_not_given_to_another() {
    let mut served = Served::open();
    served.sell(&season("next"));
    let (code, said) = served.refused_start();
    assert_eq!(code, Some(78), "{said}");
    for part in ["offer next", "#BuyKindle", "offer kindle is on sale", "flashtag close --offer kindle"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Case makes no other tag, and neither does another role.
    served.sell(&season("next").replace("BuyKindle", "BuyNext").replace("ConfirmKindle", "buykindle"));
    assert_eq!(served.refused_start().0, Some(78));
    served.sell(OFFERS);
    served.restart();
    assert_eq!(claim(&served, "1"), ("kindle".into(), "reserved".into()));
}

#[test]
fn an_offer_that_sells_on_without_the_file_is_told_until_it_is_closed() {
    let mut served = Served::open();
    assert_eq!(served.get("/readyz").body, "ready\nmode: test\n");
    served.sell(&OFFERS[..OFFERS.rfind("[[offer]]").unwrap()]);
    served.restart();
    let ready = served.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.starts_with("degraded\noffer pot is not in the offer file"), "{}", ready.body);
    assert!(served.output().contains("offer pot is not in the offer file"), "the start says so as well");
    served.change("/v1/offers/pot/close", "unused", "");
    assert_eq!(served.get("/readyz").body, "ready\nmode: test\n");
    served.restart();
    assert_eq!(served.get("/readyz").body, "ready\nmode: test\n");
}

#[test]
fn the_file_corrects_an_offer_until_it_opens() {
    let later = "\n[[offer]]\nid = \"later\"\nkind = \"purchase\"\ntitle = \"Later\"\ntags = { buy = \"BuyLater\" }\n\
                 price = \"10.00 USD\"\nunits = 5\nopens = \"2089-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\n\
                 confirm_within = \"0s\"\n";
    let mut served = Served::selling(later);
    served.change("/v1/offers/later/restock", "more", r#"{"units":2}"#);
    let corrected = later
        .replace("10.00 USD", "12.00 USD")
        .replace("units = 5", "units = 7")
        .replace("BuyLater", "Later");
    served.sell(&format!("{OFFERS}{corrected}"));
    served.restart();
    let view = served.get("/v1/offers/later").json();
    assert_eq!((&view["price"], &view["allotment"]), (&"12.00 USD".into(), &9.into()), "{view}");
    let answered = served.post(post("1", 1, "#Later")).lines()[0]["outcome"].clone();
    assert_eq!(answered, "not_open");
    assert_eq!(served.post(post("2", 1, "#BuyLater")).lines()[0]["outcome"], "not_relevant");
    // What has opened stays as it was sold, and so does what decides where an offer lives.
    for (from, to) in
        [("149.99 USD", "99.99 USD"), ("id = \"later\"", "id = \"later\"\ncampaign = \"other\"")]
    {
        served.sell(&format!("{OFFERS}{corrected}").replace(from, to));
        let (code, said) = served.refused_start();
        assert!(code == Some(78) && said.contains("other terms"), "{to}: {said}");
    }
    served.sell(&format!("{OFFERS}{corrected}"));
    served.restart();
    served.kill();
    assert_verified(&served.data(), false);
}
