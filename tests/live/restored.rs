//! A shop whose payments Stripe takes, restored from a backup: what was paid behind its end is matched before anything leaves.

use std::fs;
use std::path::{Path, PathBuf};

use flashtag::clock::Clock;
use networks::stripe::{Account, Status};

use super::stripe::{Shop, post, sold};
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, poll};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// Restores the backup as what goes on, and returns the configuration of a server there.
fn restore(shop: &Shop, backup: &Path, name: &str) -> PathBuf {
    let to = shop.path(name);
    flashtag(["restore", "--as", "continue", "--backup", text(backup), "--to", text(&to)]).must(0, &[]);
    let config = fs::read_to_string(shop.path("flashtag.toml")).expect("it is there");
    let path = shop.path(&format!("{name}.toml"));
    fs::write(&path, config.replace("data = \"data\"", &format!("data = \"{name}\"")))
        .expect("it is written");
    path
}

/// Stripe's payments of a customer that took money.
fn taken(shop: &Shop, customer: &str) -> usize {
    let of = |(of, status, taken): &(String, Status, i64)| {
        of == customer && *status == Status::Succeeded && *taken > 0
    };
    shop.payments().iter().filter(|payment| of(payment)).count()
}

#[test]
fn what_was_paid_behind_a_backup_is_returned_or_adopted_before_anything_leaves() {
    let shop = Shop::new(&[], Account::default());
    let config = fs::read_to_string(shop.path("flashtag.toml")).expect("it is there");
    fs::write(shop.path("flashtag.toml"), format!("backups = \"backups\"\n{config}")).expect("it is written");
    let engine = shop.open();
    post(&engine, 1, 1, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    engine.http().wait_until_all_is_done();
    let made = flashtag(["backup", "--server", engine.http().base()]).must(0, &[]).out;
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let backup = PathBuf::from(made["backup"].as_str().expect("a path"));
    post(&engine, 2, 3, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 2);
    engine.http().wait_until_all_is_done();
    engine.kill();

    let (going_on, adopting) = (restore(&shop, &backup, "going-on"), restore(&shop, &backup, "adopting"));
    let held = flashtag(["open", "--config", text(&going_on)]);
    let held = held.must(1, &["UNKNOWN: pi_", "2000 of 2000 usd taken", "unknown to the journal: 1"]);
    let id = held.out.split_once("UNKNOWN: ").and_then(|(_, rest)| rest.split(' ').next()).expect("an id");
    // It sells, and asks Stripe nothing.
    let asked = shop.payments();
    let engine = Engine::start(&going_on);
    post(&engine, 3, 3, "#BuyKettle");
    engine.stop();
    assert_eq!(shop.payments(), asked, "nothing was paid");

    // Adopted: the money is kept, and the comparison does not tell of it again.
    flashtag(["open", "--config", text(&adopting), "--adopt", "pi_none"]).must(65, &["pi_none"]);
    flashtag(["open", "--config", text(&adopting), "--adopt", id]).must(0, &["none unknown", "opened"]);
    flashtag(["reconcile", "--config", text(&adopting), "--since", "2020-01-01T00:00:00Z"])
        .must(0, &["differences: 0"]);
    // Returned: what was decided meanwhile leaves, once.
    shop.stripe.shared.lock().stage.network.refund_by_hand("cus_3", Clock::start().now().ms());
    flashtag(["open", "--config", text(&going_on)]).must(0, &["opened"]);
    for _ in 0..2 {
        let engine = Engine::start(&going_on);
        poll(|| sold(&engine), |sold| *sold == 2);
        engine.http().wait_until_all_is_done();
        engine.stop();
    }
    assert_eq!((taken(&shop, "cus_1"), taken(&shop, "cus_3")), (1, 2), "{:?}", shop.payments());
}
