//! Bluesky: sessions, records, and the three streams.

use networks::bluesky::{Options, World};
use networks::{Frame, Society, StreamId};
use serde_json::{Value, json};

use super::client::{Client, NOON_MS};

const POST: &str = "app.bsky.feed.post";

/// A network with a shop that is signed in.
fn shop(options: Options) -> Client<World> {
    let mut world = World::new(options);
    world.add_account("shop.example", "abcd-efgh", NOON_MS);
    let mut client = Client::new(world);
    let session = sign_in(&mut client);
    client.token = Some(session["accessJwt"].as_str().unwrap().to_owned());
    client
}

fn sign_in(client: &mut Client<World>) -> Value {
    let body = json!({"identifier": "shop.example", "password": "abcd-efgh"});
    let session = client.post("/xrpc/com.atproto.server.createSession", &body);
    assert_eq!(session.status, 200, "{:?}", session.body);
    session.body
}

fn write(rkey: &str, text: &str) -> Value {
    let record = json!({"$type": POST, "text": text, "createdAt": "2026-11-30T15:00:00.000Z"});
    json!({"repo": "shop.example", "collection": POST, "rkey": rkey, "record": record})
}

#[test]
fn an_expired_token_is_renewed() {
    let mut client = shop(Options::default());
    let session = sign_in(&mut client);
    client.world = {
        let mut world = client.world;
        networks::Network::expire_tokens(&mut world, client.now_ms);
        world
    };
    let expired = client.get("/xrpc/com.atproto.server.getSession");
    assert_eq!((expired.status, &expired.body["error"]), (400, &json!("ExpiredToken")));
    client.token = session["refreshJwt"].as_str().map(str::to_owned);
    let renewed = client.post("/xrpc/com.atproto.server.refreshSession", &json!({}));
    assert_eq!(renewed.status, 200);
    client.token = renewed.body["accessJwt"].as_str().map(str::to_owned);
    assert_eq!(client.get("/xrpc/com.atproto.server.getSession").body["handle"], "shop.example");
    client.token = Some("nonsense".to_owned());
    assert_eq!(client.get("/xrpc/com.atproto.server.getSession").body["error"], "InvalidToken");
    client.token = None;
    assert_eq!(client.get("/xrpc/com.atproto.server.getSession").status, 401);
}

#[test]
fn the_thirty_first_sign_in_in_five_minutes_is_refused() {
    let mut client = shop(Options::default());
    let wrong = json!({"identifier": "shop.example", "password": "wrong"});
    for _ in 0..29 {
        assert_eq!(client.post("/xrpc/com.atproto.server.createSession", &wrong).status, 401);
    }
    let refused = client.post("/xrpc/com.atproto.server.createSession", &wrong);
    assert_eq!((refused.status, &refused.body["error"]), (429, &json!("RateLimitExceeded")));
    assert_eq!(refused.header("ratelimit-policy"), "30;w=300");
    assert_eq!((refused.header("ratelimit-remaining"), refused.header("retry-after")), ("0", "300"));
    client.now_ms += 300_000;
    sign_in(&mut client);
}

/// What a second write to a key does.
#[test]
fn a_key_is_written_once() {
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let (put, create) = ("/xrpc/com.atproto.repo.putRecord", "/xrpc/com.atproto.repo.createRecord");
    let key = "3n3jyp3dsh22p";
    let (same, other) = (write(key, "hello"), write(key, "other"));
    let table = [
        ("the same again", put, with(same.clone(), "swapRecord", Value::Null), 200, ""),
        (
            "another where nothing may be",
            put,
            with(other.clone(), "swapRecord", Value::Null),
            400,
            "InvalidSwap",
        ),
        (
            "another instead of a third",
            put,
            with(other.clone(), "swapRecord", json!("bafyx")),
            400,
            "InvalidSwap",
        ),
        ("another, created", create, other, 500, "InternalServerError"),
        ("no key at all", put, json!({"repo": "shop.example", "collection": POST}), 400, "InvalidRequest"),
        ("a key that is no time", put, write("x", "hello"), 400, "InvalidRequest"),
        ("too long", put, write("3n3jyp3dsh23a", &"x".repeat(301)), 400, "InvalidRequest"),
        ("elsewhere", put, with(same, "repo", json!("ann.example")), 401, "AuthenticationRequired"),
    ];
    let mut client = shop(Options::default());
    client.world.join("ann.example", NOON_MS);
    let first = client.post(put, &with(write(key, "hello"), "swapRecord", Value::Null));
    assert_eq!(first.status, 200, "{:?}", first.body);
    assert!(first.body["commit"]["rev"].is_string());
    for (what, path, body, status, error) in table {
        let answer = client.post(path, &body);
        assert_eq!((answer.status, answer.body["error"].as_str().unwrap_or("")), (status, error), "{what}");
        if status == 200 {
            assert_eq!(
                (&answer.body["cid"], answer.body.get("commit")),
                (&first.body["cid"], None),
                "{what}"
            );
        }
    }
    let path = format!("/xrpc/com.atproto.repo.getRecord?repo=shop.example&collection={POST}&rkey={key}");
    let read = client.get(&path);
    assert_eq!((&read.body["cid"], &read.body["value"]["text"]), (&first.body["cid"], &json!("hello")));
    let gone = client.post("/xrpc/com.atproto.repo.deleteRecord", &write(key, ""));
    assert!(gone.body["commit"]["cid"].is_string());
    assert_eq!(client.post("/xrpc/com.atproto.repo.deleteRecord", &write(key, "")).body, json!({}));
    assert_eq!(client.get(&path).body["error"], "RecordNotFound");
}

#[test]
fn an_account_is_found_by_handle_and_by_did() {
    let mut client = shop(Options::default());
    client.world.join("ann.example", NOON_MS);
    let did = client.get("/xrpc/com.atproto.identity.resolveHandle?handle=ann.example").body["did"].clone();
    let document = client.get(&format!("/{}", did.as_str().unwrap())).body;
    assert_eq!(document["alsoKnownAs"], json!(["at://ann.example"]));
    assert_eq!(document["service"][0]["serviceEndpoint"], "http://127.0.0.1");
    assert_eq!(client.get("/xrpc/com.atproto.identity.resolveHandle?handle=x.example").status, 400);
    assert_eq!(client.get("/did:plc:nobody").status, 404);
}

/// Five posts, and where a reader of each stream comes in again.
#[test]
fn a_cursor_resumes_where_it_stood() {
    let mut client = shop(Options::default());
    client.world.join("ann.example", NOON_MS);
    let posts: Vec<String> = (0..5)
        .map(|number| {
            client.world.post("ann.example", &format!("number {number}"), None, NOON_MS + number).unwrap()
        })
        .collect();
    let all = client.open("/subscribe?cursor=1").unwrap();
    let times: Vec<i64> =
        commits(&mut client, all).iter().map(|message| message["time_us"].as_i64().unwrap()).collect();
    assert_eq!(times.len(), posts.len());
    let v2 = "/xrpc/network.bsky.jetstream.subscribeEvents";
    let table = [
        (format!("/subscribe?cursor={}", times[2]), 3),
        (format!("/subscribe?cursor={}", times[2] + 1), 2),
        (format!("/subscribe?cursor={}&wantedCollections=app.bsky.feed.*", times[0]), 5),
        (format!("/subscribe?cursor={}&wantedCollections=app.bsky.graph.follow", times[0]), 0),
        (format!("/subscribe?cursor={}", times[4] + 1_000_000), 0),
        ("/subscribe".to_owned(), 0),
        (format!("{v2}?cursor=7"), 3),
        (format!("{v2}?cursor=7&collections={POST}&kinds=commit"), 3),
        (format!("{v2}?cursor=7&kinds=identity"), 0),
        (format!("{v2}?cursor=7&dids=did:plc:other"), 0),
    ];
    for (path, expected) in table {
        let id = client.open(&path).unwrap();
        assert_eq!(commits(&mut client, id).len(), expected, "{path}");
    }
}

fn commits(client: &mut Client<World>, id: StreamId) -> Vec<Value> {
    let mut messages = client.messages(id);
    messages.retain(|message| message["kind"] == "commit" || message["payload"]["operation"] == "create");
    messages
}

#[test]
fn what_a_stream_refuses() {
    let mut client = shop(Options { keep_events: 3, ..Options::default() });
    for number in 0..6 {
        client.world.join("ann.example", NOON_MS);
        client.world.post("ann.example", &format!("number {number}"), None, NOON_MS).unwrap();
    }
    let v2 = "/xrpc/network.bsky.jetstream.subscribeEvents";
    let table = [
        ("/subscribe?wantedCollections=nonsense".to_owned(), Err(400)),
        ("/subscribe?compress=true".to_owned(), Err(400)),
        ("/subscribe?cursor=soon".to_owned(), Err(400)),
        ("/subscribe?cursor=1".to_owned(), Ok(3)),
        (format!("{v2}?cursor=1"), Err(400)),
        (format!("{v2}?zstdDictionary=20260811"), Err(400)),
        (format!("{v2}?wantedCollections={POST}"), Err(400)),
        (format!("{v2}?cursor=8"), Ok(3)),
    ];
    for (path, expected) in table {
        let opened = client.open(&path).map(|id| commits(&mut client, id).len());
        assert_eq!(opened, expected, "{path}");
    }
}

#[test]
fn the_firehose_says_what_it_cannot_resume() {
    let mut client = shop(Options { keep_events: 3, ..Options::default() });
    client.world.join("ann.example", NOON_MS);
    for number in 0..6 {
        client.world.post("ann.example", &format!("number {number}"), None, NOON_MS).unwrap();
    }
    let path = "/xrpc/com.atproto.sync.subscribeRepos";
    let future = client.open(&format!("{path}?cursor=99")).unwrap();
    let frames = client.pull(future);
    assert!(holds(&frames[0], "FutureCursor") && matches!(frames[1], Frame::Close(..)), "{frames:?}");
    let outdated = client.open(&format!("{path}?cursor=1")).unwrap();
    let frames = client.pull(outdated);
    assert!(holds(&frames[0], "OutdatedCursor"));
    assert_eq!(frames.iter().filter(|frame| holds(frame, "#commit")).count(), 3);
    let behind = client.open(&format!("{path}?cursor=9")).unwrap();
    assert_eq!(client.pull(behind).iter().filter(|frame| holds(frame, "#commit")).count(), 1);
}

fn holds(frame: &Frame, word: &str) -> bool {
    let Frame::Binary(bytes) = frame else { return false };
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn people_answer_repost_and_delete() {
    let mut client = shop(Options::default());
    client.world.join("ann.example", NOON_MS);
    let live = client.open("/subscribe").unwrap();
    let first = client.world.post("ann.example", "@shop.example #Buy", None, NOON_MS).unwrap();
    let second = client.world.post("ann.example", "#Confirm", Some(&first), NOON_MS).unwrap();
    let third = client.world.post("ann.example", "#Thanks", Some(&second), NOON_MS).unwrap();
    client.world.repost("ann.example", &first, NOON_MS).unwrap();
    assert!(client.world.delete("ann.example", &third, NOON_MS));
    assert!(!client.world.delete("ann.example", &third, NOON_MS));
    let messages = client.messages(live);
    let seen: Vec<_> = messages
        .iter()
        .map(|message| {
            (
                message["commit"]["operation"].as_str().unwrap(),
                message["commit"]["collection"].as_str().unwrap(),
            )
        })
        .collect();
    let repost = "app.bsky.feed.repost";
    assert_eq!(
        seen,
        [("create", POST), ("create", POST), ("create", POST), ("create", repost), ("delete", POST)]
    );
    assert_eq!(messages[2]["commit"]["record"]["reply"]["root"]["uri"], first.as_str());
    assert_eq!(messages[2]["commit"]["record"]["reply"]["parent"]["uri"], second.as_str());
    assert!(messages[4]["commit"].get("record").is_none());
    let posts = client.world.posts_since(0, 10);
    assert_eq!(
        posts.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(),
        ["@shop.example #Buy", "#Confirm", "#Thanks"]
    );
    assert_eq!(client.world.posts_since(posts[1].position, 10).len(), 1);
}

#[test]
fn a_silent_connection_is_pinged_and_given_up() {
    let mut client = shop(Options::default());
    let id = client.open("/subscribe").unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        client.now_ms += 30_000;
        seen.extend(client.pull(id));
    }
    assert_eq!(seen.len(), 3);
    assert!(matches!(seen[..], [Frame::Ping, Frame::Ping, Frame::Close(1001, _)]), "{seen:?}");
}
