//! Mastodon: apps and tokens, statuses, notifications, and the streams.

use networks::mastodon::{Options, World};
use networks::{Frame, Network, Society};
use serde_json::{Value, json};

use super::client::{Client, NOON_MS};

const SCOPES: &str = "read:notifications read:statuses write:statuses profile";

/// An instance with a shop that has a token.
fn shop(options: Options) -> Client<World> {
    let mut world = World::new(options);
    world.set_base_url("http://social.example");
    world.add_token("shop", "t1", SCOPES, NOON_MS);
    world.join("ann", NOON_MS);
    let mut client = Client::new(world);
    client.token = Some("t1".to_owned());
    client
}

#[test]
fn an_app_gets_its_token_with_a_code_that_is_good_once() {
    let mut client = Client::new(World::new(Options::default()));
    let uri = "https://shop.example/back";
    let app = client
        .post("/api/v1/apps", &json!({"client_name": "Shop", "redirect_uris": uri, "scopes": SCOPES}))
        .body;
    let (id, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    // The verifier and the challenge of RFC 7636, appendix B.
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let ask = format!(
        "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={uri}&scope=write:statuses+profile&state=s1\
         &code_challenge={challenge}&code_challenge_method=S256"
    );
    assert!(client.get(&ask).body.as_str().unwrap().contains("<form"));
    let approved = client.get(&format!("{ask}&account=shop&approve=1"));
    assert_eq!(approved.status, 302);
    let location = approved.header("location").to_owned();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert!(location.starts_with(uri) && location.ends_with("state=s1"), "{location}");
    let exchange = |secret: &str, code: &str, verifier: &str| {
        format!(
            "grant_type=authorization_code&client_id={id}&client_secret={secret}&redirect_uri={uri}&code={code}\
             &code_verifier={verifier}"
        )
    };
    assert_eq!(client.form("/oauth/token", &exchange("wrong", code, verifier)).status, 401);
    let token = client.form("/oauth/token", &exchange(secret, code, verifier));
    assert_eq!((token.status, &token.body["token_type"]), (200, &json!("Bearer")), "{:?}", token.body);
    assert_eq!(client.form("/oauth/token", &exchange(secret, code, verifier)).body["error"], "invalid_grant");
    client.token = token.body["access_token"].as_str().map(str::to_owned);
    assert_eq!(client.get("/api/v1/accounts/verify_credentials").body["username"], "shop");
    assert_eq!(client.get("/api/v1/notifications").status, 403);
    let again = client.get(&format!("{ask}&account=shop&approve=1")).header("location").to_owned();
    let code = again.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert_eq!(client.form("/oauth/token", &exchange(secret, code, "other")).body["error"], "invalid_grant");
}

#[test]
fn an_instance_says_whose_account_it_is_and_before_4_4_only_in_the_accounts_description() {
    let mut client = shop(Options::default());
    let told = client.get("/oauth/userinfo").body;
    let own = client.get("/api/v1/accounts/verify_credentials").body;
    assert_eq!((&told["sub"], &told["preferred_username"]), (&own["uri"], &own["username"]));
    assert_eq!(told["iss"], "http://social.example/");
    client.token = None;
    assert_eq!(client.get("/oauth/userinfo").status, 401);
    let mut older = shop(Options { has_userinfo: false, ..Options::default() });
    assert_eq!(older.get("/oauth/userinfo").status, 404);
    let metadata = older.get("/.well-known/oauth-authorization-server").body;
    assert!(metadata.get("userinfo_endpoint").is_none(), "{metadata}");
}

#[test]
fn a_key_posts_once_as_long_as_it_lives() {
    let mut client = shop(Options::default());
    client.headers.push(("idempotency-key".to_owned(), "k1".to_owned()));
    let post = |client: &mut Client<World>, text: &str| {
        client.post("/api/v1/statuses", &json!({"status": text})).body
    };
    let first = post(&mut client, "hello");
    assert_eq!(post(&mut client, "another")["id"], first["id"]);
    client.headers.clear();
    client.headers.push(("idempotency-key".to_owned(), "k2".to_owned()));
    assert_ne!(post(&mut client, "hello")["id"], first["id"]);
    client.now_ms += 3_600_000;
    client.headers.clear();
    client.headers.push(("idempotency-key".to_owned(), "k1".to_owned()));
    assert_ne!(post(&mut client, "hello")["id"], first["id"]);
}

/// What a status is refused for, and what a token.
#[test]
fn what_is_refused() {
    let mut client = shop(Options { max_characters: 20, ..Options::default() });
    let table = [
        (json!({"status": ""}), 422, "Validation failed: Text can't be blank"),
        (json!({"status": "x".repeat(21)}), 422, "Validation failed: Text character limit of 20 exceeded"),
        (
            json!({"status": "x", "visibility": "odd"}),
            422,
            "Validation failed: Visibility is not included in the list",
        ),
        (
            json!({"status": "x", "in_reply_to_id": "1"}),
            404,
            "The post you are trying to reply to does not appear to exist.",
        ),
    ];
    for (body, status, error) in table {
        let answer = client.post("/api/v1/statuses", &body);
        assert_eq!((answer.status, answer.body["error"].as_str().unwrap()), (status, error), "{body}");
    }
    let other = client.world.post("ann", "mine", None, NOON_MS).unwrap();
    assert_eq!(
        client.delete(&format!("/api/v1/statuses/{other}")).body,
        json!({"error": "Record not found"})
    );
    assert_eq!(client.get("/api/v1/nothing").status, 404);
    client.token = Some("nonsense".to_owned());
    let refused = client.post("/api/v1/statuses", &json!({"status": "x"}));
    assert_eq!((refused.status, refused.body), (401, json!({"error": "The access token is invalid"})));
}

#[test]
fn the_limit_of_statuses_is_a_time_in_words() {
    let mut client = shop(Options::default());
    for number in 0..300 {
        assert_eq!(
            client.post("/api/v1/statuses", &json!({"status": format!("number {number}")})).status,
            200
        );
    }
    let refused = client.post("/api/v1/statuses", &json!({"status": "one more"}));
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (429, "0"));
    assert_eq!(refused.header("x-ratelimit-reset"), "2026-11-30T18:00:00.000000Z");
}

#[test]
fn a_mention_is_a_link_and_a_notification() {
    let mut client = shop(Options::default());
    let claim = client.world.post("ann", "@shop #BuyKettle <3", None, NOON_MS).unwrap();
    let told = client.get("/api/v1/notifications?types[]=mention&limit=80").body;
    assert_eq!((&told[0]["type"], &told[0]["status"]["id"]), (&json!("mention"), &json!(claim)));
    let expected = "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://social.example/@shop\" class=\"u-url \
                    mention\">@<span>shop</span></a></span> <a href=\"http://social.example/tags/buykettle\" \
                    class=\"mention hashtag\" rel=\"tag\">#<span>BuyKettle</span></a> &lt;3</p>";
    assert_eq!(told[0]["status"]["content"], expected);
    assert_eq!(told[0]["status"]["tags"][0]["name"], "buykettle");
    client.world.post("shop", "hi", None, NOON_MS).unwrap();
    let own = client.world.posts_since(0, 10).into_iter().find(|post| post.text == "hi").unwrap();
    client.world.repost("ann", &own.id, NOON_MS).unwrap();
    let told = client.get("/api/v1/notifications?types[]=reblog").body;
    assert_eq!((&told[0]["type"], &told[0]["status"]["id"]), (&json!("reblog"), &json!(own.id)));
}

/// Five mentions, of which the fourth is held back, and which of them a page shows, newest first.
#[test]
fn pages_of_notifications() {
    let mut client = shop(Options::default());
    client.world.join("new", NOON_MS);
    client.world.filter("new", true);
    for (number, name) in ["ann", "ann", "ann", "new", "ann"].into_iter().enumerate() {
        client.world.post(name, &format!("@shop number {number}"), None, NOON_MS).unwrap();
    }
    let table: [(&str, &[&str]); 6] = [
        ("", &["5", "3", "2", "1"]),
        ("?include_filtered=true", &["5", "4", "3", "2", "1"]),
        ("?min_id=1&limit=2", &["3", "2"]),
        ("?since_id=1&limit=2", &["5", "3"]),
        ("?max_id=3", &["2", "1"]),
        ("?types[]=reblog", &[]),
    ];
    for (query, expected) in table {
        let page = client.get(&format!("/api/v1/notifications{query}"));
        let ids: Vec<&str> =
            page.body.as_array().unwrap().iter().map(|told| told["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let page = client.get("/api/v1/notifications?types[]=mention&min_id=1&limit=2");
    let expected = "<http://social.example/api/v1/notifications?types%5B%5D=mention&limit=2&max_id=2>; rel=\"next\", \
                    <http://social.example/api/v1/notifications?types%5B%5D=mention&limit=2&min_id=3>; rel=\"prev\"";
    assert_eq!(page.header("link"), expected);
}

#[test]
fn timelines_and_threads() {
    let mut client = shop(Options::default());
    let first = client.world.post("ann", "#Kettle a", None, NOON_MS).unwrap();
    let second = client.world.post("ann", "b", Some(&first), NOON_MS).unwrap();
    let third = client.world.post("shop", "c #kettle", Some(&second), NOON_MS).unwrap();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|status| status["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&client.get("/api/v1/timelines/tag/KETTLE").body), [third.clone(), first.clone()]);
    let context = client.get(&format!("/api/v1/statuses/{second}/context")).body;
    assert_eq!(
        (ids(&context["ancestors"]), ids(&context["descendants"])),
        (vec![first], vec![third.clone()])
    );
    let own = client.get("/api/v1/accounts/verify_credentials").body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        ids(&client.get(&format!("/api/v1/accounts/{own}/statuses")).body),
        std::slice::from_ref(&third)
    );
    let deleted = client.delete(&format!("/api/v1/statuses/{third}")).body;
    assert_eq!((&deleted["text"], deleted.get("content")), (&json!("c #kettle"), None));
    assert_eq!(client.get(&format!("/api/v1/statuses/{third}")).status, 404);
    for path in ["/api/v2/instance", "/api/v2/instance/", "/api/v1/instance"] {
        let described = client.get(path).body;
        assert_eq!(described["configuration"]["statuses"]["max_characters"], 500, "{path}");
    }
}

#[test]
fn a_closed_hashtag_timeline() {
    for (feeds, with_token, without) in
        [("public", 200, 200), ("authenticated", 200, 401), ("disabled", 404, 404)]
    {
        let mut client = shop(Options { hashtag_feeds: feeds, ..Options::default() });
        assert_eq!(client.get("/api/v1/timelines/tag/x").status, with_token, "{feeds}");
        client.token = None;
        assert_eq!(client.get("/api/v1/timelines/tag/x").status, without, "{feeds}");
    }
}

#[test]
fn server_sent_events() {
    let mut client = shop(Options::default());
    let id = client.open("/api/v1/streaming/hashtag?tag=BuyKettle").unwrap();
    let post = client.world.post("ann", "#buykettle", None, NOON_MS).unwrap();
    client.world.post("ann", "#other", None, NOON_MS).unwrap();
    client.world.delete("ann", &post, NOON_MS);
    client.now_ms += 15_000;
    let text: String = client
        .pull(id)
        .into_iter()
        .map(|frame| match frame {
            Frame::Chunk(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    // A status that is gone when its turn comes is told as gone only.
    assert_eq!(text, format!(":)\nevent: delete\ndata: {post}\n\n:thump\n"));
    client.world.post("ann", "#buykettle again", None, NOON_MS).unwrap();
    let frames = client.pull(id);
    let Frame::Chunk(bytes) = &frames[0] else { panic!("{frames:?}") };
    assert!(
        bytes.starts_with(b"event: update\ndata: {\"account\"")
            || bytes.starts_with(b"event: update\ndata: {")
    );
}

#[test]
fn what_a_stream_is_refused_for() {
    let mut client = shop(Options::default());
    client.world.add_token("shop", "t2", "read:statuses", NOON_MS);
    let table = [
        ("t1", "/api/v1/streaming/user/notification", 200),
        ("t1", "/api/v1/streaming/hashtag", 400),
        ("t1", "/api/v1/streaming/odd", 404),
        ("t2", "/api/v1/streaming/user/notification", 401),
        ("t3", "/api/v1/streaming/user", 401),
    ];
    for (token, path, expected) in table {
        client.token = Some(token.to_owned());
        assert_eq!(client.open(path).err().unwrap_or(200), expected, "{token} {path}");
    }
}

#[test]
fn a_websocket_carries_many_streams() {
    let mut client = shop(Options::default());
    client.headers.push(("upgrade".to_owned(), "websocket".to_owned()));
    let id = client.open("/api/v1/streaming").unwrap();
    let now_ms = client.now_ms;
    let say =
        |client: &mut Client<World>, message: Value| client.world.receive(id, &message.to_string(), now_ms);
    say(&mut client, json!({"type": "subscribe", "stream": "user:notification"}));
    say(&mut client, json!({"type": "subscribe", "stream": "hashtag", "tag": "Kettle"}));
    client.world.post("ann", "@shop #kettle", None, NOON_MS).unwrap();
    let messages = client.messages(id);
    let seen: Vec<_> =
        messages.iter().map(|message| (&message["stream"], message["event"].as_str().unwrap())).collect();
    assert_eq!(
        seen,
        [(&json!(["hashtag", "kettle"]), "update"), (&json!(["user:notification"]), "notification")]
    );
    let told: Value = serde_json::from_str(messages[1]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(told["account"]["acct"], "ann");
    say(&mut client, json!({"type": "unsubscribe", "stream": "hashtag", "tag": "kettle"}));
    say(&mut client, json!({"type": "subscribe", "stream": "odd"}));
    client.world.post("ann", "#kettle", None, NOON_MS).unwrap();
    assert_eq!(client.messages(id), [json!({"error": "Unknown stream type", "status": 400})]);
    client.world.revoke_token("t1");
    assert!(matches!(client.pull(id)[..], [Frame::Close(..)]));
}

#[test]
fn a_held_back_mention_is_not_streamed() {
    let mut client = shop(Options::default());
    client.world.filter("ann", true);
    let id = client.open("/api/v1/streaming/user/notification").unwrap();
    client.world.post("ann", "@shop hi", None, NOON_MS).unwrap();
    assert_eq!(client.pull(id), [Frame::Chunk(b":)\n".to_vec())]);
}
