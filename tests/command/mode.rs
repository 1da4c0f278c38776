//! The mode of a data directory: fixed at its first start, and shown.

use std::fs;

use super::flashtag;
use super::serve::{CONFIG, Running, serve, shop_with};

#[test]
fn the_first_start_fixes_the_mode_of_a_directory() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    assert!(engine.words.contains(", mode test: "), "{}", engine.words);
    assert_eq!(engine.stop("-TERM").0, Some(0));
    assert_eq!(sale.read("data/mode"), "test\n");
    // A directory of a release before modes takes that of its next start.
    fs::remove_file(sale.path("data/mode")).expect("it is there");
    assert_eq!(Running::start(&sale).stop("-TERM").0, Some(0));
    assert_eq!(sale.read("data/mode"), "test\n");
}

#[test]
fn a_directory_of_the_other_mode_is_refused_and_left_as_it_is() {
    let sale = shop_with(CONFIG);
    assert_eq!(Running::start(&sale).stop("-TERM").0, Some(0));
    let path = sale.path("data/mode");
    fs::write(&path, "live\n").expect("it is written");
    let advice = ["was first started in mode \"live\"", "write mode = \"live\", or name another directory"];
    serve(&sale, &[]).must(78, &advice);
    assert_eq!(sale.read("data/mode"), "live\n");
    for damaged in ["", "live", "Test\n", "test\nlive\n", "test \n"] {
        fs::write(&path, damaged).expect("it is written");
        serve(&sale, &[]).must(78, &["mode is damaged", "write \"test\" or \"live\" on its only line"]);
    }
}

#[test]
fn a_live_sale_with_pretended_money_does_not_start_and_check_says_why() {
    let sale = shop_with(&format!("mode = \"live\"\n{CONFIG}"));
    let reasons =
        ["flashtag.toml:1:8: `mode` is \"live\"", "only pretends to take money; write mode = \"test\""];
    serve(&sale, &[]).must(78, &reasons);
    let config = sale.path("flashtag.toml").display().to_string();
    flashtag(["check", "--config", &config]).must(78, &reasons);
    assert!(!sale.path("data").exists(), "nothing was written");
}

#[test]
fn a_file_of_certificates_that_cannot_be_used_ends_the_start() {
    let sale = shop_with(&format!("ca_file = \"ca.pem\"\n{CONFIG}"));
    let config = sale.path("flashtag.toml").display().to_string();
    let refused = |reason: &str| {
        serve(&sale, &[]).must(78, &[reason]);
        flashtag(["check", "--config", &config]).must(78, &[reason]);
    };
    refused("ca.pem: No such file");
    sale.write("ca.pem", "none");
    refused("ca.pem: has no certificate; `ca_file` holds certificates in PEM");
    sale.write("ca.pem", include_str!("../net/tls/ca.pem"));
    assert_eq!(Running::start(&sale).stop("-TERM").0, Some(0));
}
