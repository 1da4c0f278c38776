//! Data directories that earlier releases really wrote: opened, replayed, verified and continued.

mod directory;
mod engine;
mod writer;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::directory::Copy;
use self::engine::Engine;

/// The accounts that a kept directory is asked about.
const ACCOUNTS: [&str; 6] = ["x/1", "x/8", "x/10", "x/11", "x/21", "bluesky/did:plc:ana"];

/// What does not depend on the day on which a directory is opened.
fn opened(copy: &Copy) -> Value {
    let engine = Engine::start(&copy.config());
    let offers = engine.get("/v1/offers");
    let constant = |offer: &Value| {
        let fields = ["id", "kind", "title", "price", "opens", "closes", "allotment"];
        fields.map(|field| (field, offer[field].clone())).into_iter().collect::<BTreeMap<_, _>>()
    };
    let offers: Vec<_> = offers["offers"].as_array().expect("a list").iter().map(constant).collect();
    let account = |path: &str| {
        let mut account = engine.get(&format!("/v1/accounts/{path}"));
        account.as_object_mut().expect("an object").remove("offers");
        account
    };
    let accounts: Vec<Value> = ACCOUNTS.iter().map(|path| account(path)).collect();
    engine.kill();
    json!({"offers": offers, "accounts": accounts})
}

#[test]
fn write_kept_directories() {
    match std::env::var("FLASHTAG_KEPT") {
        Ok(release) => writer::write(&release),
        Err(_) => {
            eprintln!("SKIPPED: set FLASHTAG_KEPT to the release that writes them; see tests/kept/README.md")
        }
    }
}
