//! The networks' own clients, and others that nobody here wrote, at the stand-ins: what they send is understood, and what they
//! get passes their models.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::child::{Peer as Client, script};
use super::installed::{Peer, installed, node};
use super::stand_in::StandIn;
use super::town::Town;
use crate::run_budget;

fn python(peer: &Path, name: &str, text: &str) -> Command {
    let mut command = Command::new(peer.join("venv/bin/python"));
    command.arg(script(peer, name, text));
    command
}

#[test]
fn the_clients_of_bluesky_understand_the_stand_in() {
    const RIG: &str = "peer clients of bluesky";
    let Some(peer) = installed(Peer::Atproto, RIG) else { return };
    let town = StandIn::bluesky();
    let mut command = Command::new(node(&peer));
    command.arg(script(&peer, "reader.mjs", include_str!("atproto/reader.mjs")));
    let stream = format!("{}/subscribe", town.base().replace("http://", "ws://"));
    command.args([town.base(), stream, "kettle-shop.test".to_owned(), town.secret()]);
    let seen = Client::start(command).read();
    let expected = json!({
        "session": town.own(), "wrong": "AuthenticationRequired", "facets": ["mention", "tag"], "read": true,
        "missing": "RecordNotFound", "heard": ["post", "post", "repost", "delete"],
        "text": "@kettle-shop.test Grüße 🔥 #BuyKettle", "cid": true, "renewed": true,
    });
    assert_eq!(seen, expected);
    run_budget::report(RIG, &format!("2 {RIG} understand the stand-in"));
}

#[test]
fn a_client_of_mastodon_understands_the_stand_in() {
    const RIG: &str = "peer client of mastodon";
    let Some(peer) = installed(Peer::Python, RIG) else { return };
    let town = StandIn::mastodon();
    let mut command = python(&peer, "mastodon_client.py", include_str!("python/mastodon_client.py"));
    command.args([town.base(), town.secret(), "kettle_shop".to_owned()]);
    let seen = Client::start(command).read();
    let expected = json!({
        "own": "kettle_shop", "nobody": "unauthorized", "characters": 500, "same": true, "answers": true,
        "thread": [true], "own_statuses": 2, "tagged": [true], "since": 0, "notifications": 0,
        "deleted": "not found", "heard": ["update", "delete", true],
    });
    assert_eq!(seen, expected);
    run_budget::report(RIG, &format!("1 {RIG} understands the stand-in"));
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|each| each["id"].as_str().unwrap()).collect()
}

#[test]
fn the_official_client_of_x_understands_the_stand_in() {
    const RIG: &str = "peer client of x";
    let Some(peer) = installed(Peer::Python, RIG) else { return };
    let town = StandIn::x();
    let mut command = python(&peer, "x_client.py", include_str!("python/x_client.py"));
    command.args([town.base(), "app-bearer".to_owned(), town.secret()]);
    let client = Client::start(command);
    let ask = |request: Value| client.ask(&request);
    assert_eq!(ask(json!({ "do": "me" }))["id"], town.own());

    assert_eq!(ask(json!({ "do": "rule", "value": "#BuyKettle" }))["created"], 1);
    assert_eq!(ask(json!({ "do": "rules" }))[0]["value"], "#BuyKettle");
    assert_eq!(ask(json!({ "do": "listen" })), true);
    let claim = town.post("ana-buyer", &format!("{} I want it! ö🔥 #BuyKettle", town.mention()), None);
    let heard = ask(json!({ "do": "heard" }));
    assert_eq!(
        (&heard["data"]["id"], &heard["data"]["author_id"]),
        (&json!(claim), &json!(town.author_id("ana-buyer")))
    );
    assert_eq!(heard["includes"]["users"][0]["id"], heard["data"]["author_id"]);
    assert_eq!(heard["data"]["entities"]["hashtags"][0]["tag"], "BuyKettle");
    assert_eq!(heard["matching_rules"][0]["tag"], "offers");

    let prompt = ask(json!({ "do": "post", "text": "Held. Reply #ConfirmKettle", "reply_to": claim }));
    assert_eq!(town.replies_to(&claim).len(), 1);
    let own = json!({ "do": "mentions", "id": town.own() });
    assert_eq!(ids(&ask(own)), [claim.as_str()]);
    let later = town.post("ben-buyer", &format!("{} #BuyKettle", town.mention()), None);
    let since = json!({ "do": "mentions", "id": town.own(), "since_id": claim });
    assert_eq!(ids(&ask(since)), [later.as_str()]);
    let found = ask(json!({ "do": "search", "query": "#BuyKettle" }));
    assert_eq!(ids(&found), [later.as_str(), claim.as_str()]);
    assert_eq!(ask(json!({ "do": "delete", "id": prompt["id"] })), true);
    assert!(town.replies_to(&claim).is_empty());
    run_budget::report(RIG, &format!("1 {RIG}, its own, understands the stand-in"));
}
