//! Answers of the stand-ins beside recordings of the networks: status, headers, keys and types.
//!
//! What differs is listed here, and was looked at. A difference that is not listed fails, and so does one that is listed
//! and gone.

use std::collections::{BTreeMap, BTreeSet};

use networks::{Frame, Network, Society, mastodon, x};
use serde_json::{Value, json};

use super::client::{Answered, Client, NOON_MS};
use super::recordings::{Recorded, recordings, report};

/// The types at each place of a value. A list counts as its elements.
fn shape(value: &Value, place: &str, shapes: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    shapes.entry(place.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| shape(item, &format!("{place}[]"), shapes)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| shape(value, &format!("{place}.{name}"), shapes));
        }
        _ => {}
    }
}

/// What differs between a recorded value and one of a stand-in. Nothing fits everything, and what is within an empty list
/// or within nothing is not known.
fn differences(recorded: &Value, own: &Value) -> Vec<String> {
    let [mut left, mut right] = [BTreeMap::new(), BTreeMap::new()];
    shape(recorded, "", &mut left);
    shape(own, "", &mut right);
    let is_known = |place: &str, other: &BTreeMap<String, BTreeSet<&str>>| {
        let (parent, is_element) = match place.strip_suffix("[]") {
            Some(list) => (list, true),
            None => (place.rsplit_once('.').map_or("", |(parent, _)| parent), false),
        };
        let Some(kinds) = other.get(parent) else { return false };
        !is_element && kinds.iter().any(|kind| *kind == "object")
    };
    let mut found = Vec::new();
    for (place, kinds) in &left {
        match right.get(place) {
            Some(others)
                if kinds.is_disjoint(others) && !kinds.contains("null") && !others.contains("null") =>
            {
                found.push(format!("{place} is {kinds:?} and here {others:?}"));
            }
            None if is_known(place, &right) => found.push(format!("{place} is not here")),
            _ => {}
        }
    }
    for place in right.keys() {
        if !left.contains_key(place) && is_known(place, &left) {
            found.push(format!("{place} is only here"));
        }
    }
    found
}

/// Compares an answer with the recording of the same request.
fn compare(recorded: &Recorded, own: &Answered) -> Vec<String> {
    let mut found = differences(&recorded.json(), &own.body);
    if recorded.status != own.status {
        found.push(format!("status {} and here {}", recorded.status, own.status));
    }
    for (name, value) in &recorded.headers {
        let here = own.header(name);
        if here.is_empty() {
            found.push(format!("header {name} is not here"));
        } else if name == "content-type" && here != value {
            found.push(format!("content-type {value} and here {here}"));
        }
    }
    for name in own.response.headers().keys().filter(|name| !recorded.headers.contains_key(name.as_str())) {
        found.push(format!("header {name} is only here"));
    }
    found
}

/// Compares each answer with the first recording of its request.
fn compare_all(file: &str, table: Vec<(&str, &str, u16, Answered, &[&str])>) {
    let Some(recorded) = recordings(file) else { return };
    let (mut faults, count) = (Vec::new(), table.len());
    for (method, path, status, own, expected) in table {
        let fits = |each: &&Recorded| {
            each.method == method && each.status == status && each.path().starts_with(path)
        };
        let recorded =
            recorded.iter().find(fits).unwrap_or_else(|| panic!("{method} {path} was not recorded"));
        let found = compare(recorded, &own);
        if found != expected {
            faults.push(format!("{method} {path} {status}: {found:#?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    report(file, &format!("{count} answers have the shape of those in {file}"));
}

#[test]
fn mastodon_answers_as_mastodon_does() {
    let mut world = mastodon::World::new(mastodon::Options::default());
    world.add_token("shop", "t1", "read write profile", NOON_MS);
    world.add_app("id", "secret", "urn:ietf:wg:oauth:2.0:oob", "read write follow push");
    let mut client = Client::new(world);
    let app = json!({
        "client_name": "app", "scopes": "read write follow push", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
    });
    let app = client.post("/api/v1/apps", &app);
    let token = "grant_type=client_credentials&client_id=id&client_secret=secret&scope=read";
    let token = client.form("/oauth/token", token);
    let server = client.get("/.well-known/oauth-authorization-server");
    let instance = client.get("/api/v2/instance/");
    client.token = Some("t1".to_owned());
    let stream = client.open("/api/v1/streaming/user").unwrap();
    let own = client.get("/api/v1/accounts/verify_credentials");
    let created = client.post("/api/v1/statuses", &json!({"status": "Toot!", "visibility": "unlisted"}));
    let streamed = client.pull(stream);
    let id = created.body["id"].as_str().unwrap().to_owned();
    let deleted = client.delete(&format!("/api/v1/statuses/{id}"));
    client.world.join("ann", NOON_MS);
    let mention = client.world.post("ann", "@shop hello!", None, NOON_MS).unwrap();
    let read = client.get(&format!("/api/v1/statuses/{mention}"));
    client.world.post("shop", "#hoot", None, NOON_MS).unwrap();
    let timeline = client.get("/api/v1/timelines/tag/hoot");
    let told = client.get("/api/v1/notifications/1");
    let all_told = client.get("/api/v1/notifications");
    let reblogged = client.post(&format!("/api/v1/statuses/{mention}/reblog"), &json!({}));
    let context = client.get(&format!("/api/v1/statuses/{mention}/context"));
    let shop = own.body["id"].as_str().unwrap();
    let statuses = client.get(&format!("/api/v1/accounts/{shop}/statuses?exclude_reblogs=1"));
    let missing = client.get("/api/v1/statuses/0");
    let gone = client.delete("/api/v1/statuses/1");
    let refused = client.post("/api/v1/statuses", &json!({"status": ""}));
    let table: Vec<(&str, &str, u16, Answered, &[&str])> = vec![
        ("POST", "/api/v1/apps", 200, app, &[]),
        ("POST", "/oauth/token", 200, token, &[]),
        ("GET", "/.well-known/oauth-authorization-server", 200, server, &[]),
        ("GET", "/api/v2/instance", 200, instance, &[]),
        ("GET", "/api/v1/accounts/verify_credentials", 200, own, &[]),
        ("POST", "/api/v1/statuses", 200, created, &[]),
        ("GET", "/api/v1/statuses/", 200, read, &[]),
        ("DELETE", "/api/v1/statuses/", 200, deleted, &[]),
        ("GET", "/api/v1/timelines/tag/hoot", 200, timeline, &[]),
        ("GET", "/api/v1/notifications/20", 200, told, &[]),
        ("GET", "/api/v1/notifications", 200, all_told, &[]),
        ("POST", "/api/v1/statuses/117020569685834492/reblog", 200, reblogged, &[]),
        ("GET", "/api/v1/statuses/117020585487094447/context", 200, context, &[]),
        ("GET", "/api/v1/accounts/117020565966271181/statuses", 200, statuses, &[]),
        ("GET", "/api/v1/statuses/0", 404, missing, &[]),
        ("DELETE", "/api/v1/statuses/", 404, gone, &[]),
        ("POST", "/api/v1/statuses", 422, refused, &[]),
    ];
    compare_all("mastodon-4.6.4.jsonl", table);
    stream_of_a_user(&streamed);
}

fn stream_of_a_user(streamed: &[Frame]) {
    let Some(recorded) = recordings("mastodon-4.6.4.jsonl") else { return };
    let recorded = recorded.iter().find(|each| each.path() == "/api/v1/streaming/user").unwrap();
    let chunks = streamed.iter().filter_map(|frame| match frame {
        Frame::Chunk(bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
        _ => None,
    });
    let own: String = chunks.collect();
    assert!(own.starts_with(":)\nevent: update\ndata: {"), "{own}");
    let own: Value = own
        .lines()
        .find_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .unwrap();
    assert_eq!(differences(&recorded.json(), &own), [""; 0]);
}

#[test]
fn x_answers_as_x_did() {
    let mut world = x::World::new(x::Options::default());
    world.set_base_url("https://api.twitter.com");
    world.add_app("c1", None, "app-token", "https://shop.example/");
    world.add_tokens("shop", "c1", "a1", None, NOON_MS);
    let mut client = Client::new(world);
    client.token = Some("a1".to_owned());
    let me = client.get("/2/users/me");
    let created = client.post("/2/tweets", &json!({"text": "Test Tweet"}));
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let deleted = client.delete(&format!("/2/tweets/{id}"));
    let table: Vec<(&str, &str, u16, Answered, &[&str])> = vec![
        ("GET", "/2/users/me", 200, me, &[]),
        // The recording is of 2021; the field came with edits, in 2022.
        ("POST", "/2/tweets", 201, created, &[".data.edit_history_tweet_ids is only here"]),
        ("DELETE", "/2/tweets/", 200, deleted, &[]),
    ];
    compare_all("x-v2.jsonl", table);
}

#[test]
fn a_difference_is_noticed() {
    let recorded = json!({"a": "x", "b": [{"c": 1}], "d": null, "e": [], "f": {"g": true}});
    let table = [
        (json!({"a": "y", "b": [], "d": 1, "e": [1], "f": {"g": false}}), vec![]),
        (
            json!({"a": 1, "b": [{"c": 1}], "d": 1, "e": [], "f": {"g": true}}),
            vec![".a is {\"text\"} and here {\"number\"}"],
        ),
        (
            json!({"a": "x", "b": [{}], "d": {}, "e": [], "f": {}}),
            vec![".b[].c is not here", ".f.g is not here"],
        ),
        (json!({"a": "x", "b": [], "d": {"x": 1}, "e": [], "f": null, "h": 1}), vec![".h is only here"]),
    ];
    for (own, expected) in table {
        assert_eq!(differences(&recorded, &own), expected, "{own}");
    }
}
