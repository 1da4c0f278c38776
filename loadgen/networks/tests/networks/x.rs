//! X: signing in, posting, lists, rules, and the streams.

use networks::x::{Options, World};
use networks::{Frame, Network, Society, StreamId};
use serde_json::{Value, json};

use super::client::{Client, NOON_MS};

/// A network with a shop that is signed in to its app.
fn shop(options: Options) -> Client<World> {
    let mut world = World::new(options);
    world.add_app("c1", Some("s1"), "app-token", "https://shop.example/back");
    world.add_tokens("shop", "c1", "a1", Some("r1"), NOON_MS);
    world.join("ann", NOON_MS);
    let mut client = Client::new(world);
    client.token = Some("a1".to_owned());
    client
}

fn as_app(client: &mut Client<World>) {
    client.token = Some("app-token".to_owned());
}

fn id_of(client: &mut Client<World>, name: &str) -> String {
    client.get(&format!("/2/users/by/username/{name}")).body["data"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn signing_in_with_a_code_and_renewing_it_once() {
    let mut client = shop(Options::default());
    client.token = None;
    let scope = "tweet.read%20tweet.write%20users.read%20offline.access";
    // The verifier and the challenge of RFC 7636, appendix B.
    let ask = format!(
        "/i/oauth2/authorize?response_type=code&client_id=c1&redirect_uri=https://shop.example/back&scope={scope}\
         &state=s1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    assert!(client.get(&ask).body.as_str().unwrap().contains("<form"));
    let code_of = |client: &mut Client<World>| {
        let approved = client.get(&format!("{ask}&account=shop&approve=1"));
        let location = approved.header("location").to_owned();
        assert!(location.starts_with("https://shop.example/back?state=s1&code="), "{location}");
        location.rsplit('=').next().unwrap().to_owned()
    };
    let exchange = |code: &str, verifier: &str| {
        format!(
            "grant_type=authorization_code&code={code}&redirect_uri=https://shop.example/back&code_verifier={verifier}"
        )
    };
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let code = code_of(&mut client);
    assert_eq!(client.form("/2/oauth2/token", &exchange(&code, verifier)).status, 401, "without its secret");
    // c1:s1
    client.headers.push(("authorization".to_owned(), "Basic YzE6czE=".to_owned()));
    let late = code_of(&mut client);
    client.now_ms += 30_000;
    assert_eq!(client.form("/2/oauth2/token", &exchange(&late, verifier)).status, 400, "too late");
    let code = code_of(&mut client);
    assert_eq!(client.form("/2/oauth2/token", &exchange(&code, "wrong")).status, 400, "another verifier");
    let code = code_of(&mut client);
    let tokens = client.form("/2/oauth2/token", &exchange(&code, verifier)).body;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("bearer"), &json!(7200)), "{tokens}");
    assert_eq!(client.form("/2/oauth2/token", &exchange(&code, verifier)).status, 400, "twice");
    let refresh =
        format!("grant_type=refresh_token&refresh_token={}", tokens["refresh_token"].as_str().unwrap());
    let renewed = client.form("/2/oauth2/token", &refresh);
    assert_eq!(renewed.status, 200);
    assert_eq!(
        client.form("/2/oauth2/token", &refresh).body["error"],
        "invalid_request",
        "a refresh token is good once"
    );
    client.headers.clear();
    client.token = renewed.body["access_token"].as_str().map(str::to_owned);
    assert_eq!(client.get("/2/users/me").body["data"]["username"], "shop");
    client.now_ms += 7_200_000;
    assert_eq!(client.get("/2/users/me").status, 401);
}

/// What a post is refused for.
#[test]
fn the_rules_of_posting() {
    let mut client = shop(Options::default());
    let asked = client.world.post("ann", "@shop #BuyKettle", None, NOON_MS).unwrap();
    let not_asked = client.world.post("ann", "#BuyKettle", None, NOON_MS).unwrap();
    let reply = |id: &str, text: &str| json!({"text": text, "reply": {"in_reply_to_tweet_id": id}});
    let table = [
        ("an answer to one who asked", reply(&asked, "Hello"), 201, ""),
        (
            "the same again",
            reply(&asked, "Hello"),
            403,
            "You are not allowed to create a Tweet with duplicate content.",
        ),
        (
            "an answer to one who did not",
            reply(&not_asked, "Hello"),
            403,
            "Reply refused: the author of the Tweet did not mention you or quote one of your Tweets.",
        ),
        (
            "an answer to nothing",
            reply("7", "Hello"),
            403,
            "You attempted to reply to a Tweet that is deleted or not visible to you.",
        ),
        (
            "an odd property",
            json!({"text": "x", "colour": "red"}),
            400,
            "One or more parameters to your request was invalid.",
        ),
        ("no text", json!({}), 400, "One or more parameters to your request was invalid."),
        ("too long", json!({"text": "x".repeat(281)}), 400, "Your Tweet text is too long."),
        ("a post of its own", json!({"text": "Sale!"}), 201, ""),
    ];
    for (what, body, status, detail) in table {
        let answer = client.post("/2/tweets", &body);
        assert_eq!((answer.status, answer.body["detail"].as_str().unwrap_or("")), (status, detail), "{what}");
    }
    client.now_ms += 86_400_000;
    client.world.add_tokens("shop", "c1", "a1", None, NOON_MS + 86_400_000);
    assert_eq!(client.post("/2/tweets", &json!({"text": "Sale!"})).status, 201, "the next day");
    as_app(&mut client);
    assert_eq!(client.post("/2/tweets", &json!({"text": "As an app"})).status, 403);
    client.token = Some("nonsense".to_owned());
    assert_eq!(client.post("/2/tweets", &json!({"text": "As nobody"})).status, 401);
}

#[test]
fn an_answer_begins_with_a_mention_and_is_found_again() {
    let mut client = shop(Options::default());
    let asked = client.world.post("ann", "@shop #BuyKettle & <tea>", None, NOON_MS).unwrap();
    let answer = client.post("/2/tweets", &json!({"text": "Hi", "reply": {"in_reply_to_tweet_id": asked}}));
    assert_eq!(answer.body["data"]["text"], "@ann Hi");
    let id = answer.body["data"]["id"].as_str().unwrap().to_owned();
    let shop_id = id_of(&mut client, "shop");
    let own = client
        .get(&format!(
            "/2/users/{shop_id}/tweets?tweet.fields=conversation_id,referenced_tweets&max_results=5"
        ))
        .body;
    assert_eq!((&own["data"][0]["id"], &own["data"][0]["conversation_id"]), (&json!(id), &json!(asked)));
    assert_eq!(own["data"][0]["referenced_tweets"], json!([{"type": "replied_to", "id": asked}]));
    assert_eq!(own["data"][0].get("author_id"), None);
    let found = client
        .get(
            "/2/tweets/search/recent?query=%23buykettle&tweet.fields=entities,author_id&expansions=author_id",
        )
        .body;
    assert_eq!(found["data"][0]["text"], "@shop #BuyKettle &amp; &lt;tea&gt;");
    assert_eq!(
        found["data"][0]["entities"]["hashtags"],
        json!([{"start": 6, "end": 16, "tag": "BuyKettle"}])
    );
    assert_eq!(found["includes"]["users"][0]["username"], "ann");
    assert_eq!(client.delete(&format!("/2/tweets/{id}")).body, json!({"data": {"deleted": true}}));
    assert_eq!(client.get(&format!("/2/tweets/{id}")).body["errors"][0]["title"], "Not Found Error");
}

/// Twelve mentions, read in pages from the newest.
#[test]
fn pages_of_mentions() {
    let mut client = shop(Options::default());
    let ids: Vec<String> = (0..12)
        .map(|number| client.world.post("ann", &format!("@shop {number}"), None, NOON_MS + number).unwrap())
        .collect();
    let path = format!("/2/users/{}/mentions", id_of(&mut client, "shop"));
    let first = client.get(&format!("{path}?max_results=5&since_id={}", ids[1])).body;
    assert_eq!((&first["meta"]["result_count"], &first["meta"]["newest_id"]), (&json!(5), &json!(ids[11])));
    let token = first["meta"]["next_token"].as_str().unwrap().to_owned();
    let second =
        client.get(&format!("{path}?max_results=5&since_id={}&pagination_token={token}", ids[1])).body;
    assert_eq!((&second["meta"]["oldest_id"], second["meta"].get("next_token")), (&json!(ids[2]), None));
    let none = client.get(&format!("{path}?since_id={}", ids[11])).body;
    assert_eq!(none, json!({"meta": {"result_count": 0}}));
    for query in ["max_results=4", "max_results=101", "since_id=x", "pagination_token=x", "start_time=soon"] {
        assert_eq!(client.get(&format!("{path}?{query}")).status, 400, "{query}");
    }
}

#[test]
fn the_301st_look_in_a_quarter_is_refused() {
    let mut client = shop(Options::default());
    let path = format!("/2/users/{}/mentions", id_of(&mut client, "shop"));
    let first = client.get(&path);
    assert_eq!((first.header("x-rate-limit-limit"), first.header("x-rate-limit-remaining")), ("300", "299"));
    for _ in 0..299 {
        assert_eq!(client.get(&path).status, 200);
    }
    let refused = client.get(&path);
    assert_eq!((refused.status, refused.header("x-rate-limit-reset")), (429, "1796051700"));
    client.now_ms = 1_796_051_700_000;
    assert_eq!(client.get(&path).status, 200);
}

#[test]
fn rules_are_added_once_and_taken_back() {
    let mut client = shop(Options::default());
    as_app(&mut client);
    let path = "/2/tweets/search/stream/rules";
    let rules =
        json!({"add": [{"value": "#BuyKettle @shop", "tag": "sale:kettle"}, {"value": "-is:retweet"}]});
    let added = client.post(path, &rules);
    assert_eq!(
        added.body["meta"]["summary"],
        json!({"created": 1, "not_created": 1, "valid": 1, "invalid": 1})
    );
    let again = client.post(path, &json!({"add": [{"value": "#BuyKettle @shop"}]})).body;
    assert_eq!(again["errors"][0]["title"], "DuplicateRule");
    let listed = client.get(path).body;
    assert_eq!(
        (&listed["meta"]["result_count"], &listed["data"][0]["tag"]),
        (&json!(1), &json!("sale:kettle"))
    );
    let ids = json!({"delete": {"ids": [listed["data"][0]["id"], "7"]}});
    assert_eq!(client.post(path, &ids).body["meta"]["summary"], json!({"deleted": 1, "not_deleted": 1}));
    assert_eq!(client.get(path).body.get("data"), None);
    client.token = Some("a1".to_owned());
    assert_eq!(client.get(path).status, 403, "a user has no rules");
}

#[test]
fn the_filtered_stream() {
    let mut client = shop(Options::default());
    as_app(&mut client);
    let path = "/2/tweets/search/stream?tweet.fields=author_id,created_at&expansions=author_id";
    assert_eq!(client.open(path), Err(409), "without rules");
    client.post("/2/tweets/search/stream/rules", &json!({"add": [{"value": "#buykettle", "tag": "t"}]}));
    let id = client.open(path).unwrap();
    assert_eq!(client.open(path), Err(429), "a second one");
    let claim = client.world.post("ann", "@shop #BuyKettle", None, NOON_MS).unwrap();
    client.world.post("ann", "@shop #other", None, NOON_MS).unwrap();
    client.world.repost("ann", &claim, NOON_MS).unwrap();
    let lines = lines(&mut client, id);
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["data"]["id"], &lines[0]["matching_rules"][0]["tag"]),
        (&json!(claim), &json!("t"))
    );
    assert_eq!(lines[0]["data"]["created_at"], "2026-11-30T15:00:00.000Z");
    assert_eq!(lines[1]["data"]["text"], "RT @ann: @shop #BuyKettle");
    client.now_ms += 15_000;
    assert_eq!(client.pull(id), [Frame::Chunk(b"\r\n".to_vec())]);
    assert_eq!(client.delete("/2/connections/all").status, 200);
    let ended = client.pull(id);
    let Frame::Chunk(bytes) = &ended[0] else { panic!("{ended:?}") };
    let end: Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(end["errors"][0]["disconnect_type"], "ForceDisconnect");
    assert!(client.open(path).is_ok());
}

fn lines(client: &mut Client<World>, id: StreamId) -> Vec<Value> {
    let frames = client.pull(id);
    let lines = frames.iter().map(|frame| match frame {
        Frame::Chunk(bytes) => serde_json::from_slice(bytes).unwrap(),
        other => panic!("{other:?}"),
    });
    lines.collect()
}

/// Which events tell the shop of a post.
#[test]
fn the_activity_stream() {
    let mut client = shop(Options::default());
    let shop_id = id_of(&mut client, "shop");
    for kind in ["post.mention.create", "post.reply.create", "post.delete"] {
        let body = json!({"event_type": kind, "filter": {"user_id": shop_id}, "tag": kind});
        let made = client.post("/2/activity/subscriptions", &body);
        assert!(made.body["data"]["subscription"]["subscription_id"].is_string(), "{:?}", made.body);
        assert_eq!(client.post("/2/activity/subscriptions", &body).status, 409, "twice");
    }
    assert_eq!(client.open("/2/activity/stream"), Err(403), "as a user");
    as_app(&mut client);
    let body = json!({"event_type": "post.mention.create", "filter": {"user_id": id_of(&mut client, "ann")}});
    assert_eq!(client.post("/2/activity/subscriptions", &body).status, 403, "of another, as an app");
    let id = client.open("/2/activity/stream").unwrap();
    let offer = client.world.post("shop", "Sale", None, NOON_MS).unwrap();
    client.world.post("ann", "@shop #BuyKettle", None, NOON_MS).unwrap();
    client.world.post("ann", "#ConfirmKettle", Some(&offer), NOON_MS).unwrap();
    client.world.post("ann", "@shop #ConfirmKettle", Some(&offer), NOON_MS).unwrap();
    client.world.post("ann", "nothing", None, NOON_MS).unwrap();
    client.world.delete("shop", &offer, NOON_MS);
    let told = lines(&mut client, id);
    let seen: Vec<_> = told
        .iter()
        .map(|line| {
            (
                line["data"]["event_type"].as_str().unwrap(),
                line["data"]["payload"]["text"].as_str().unwrap_or(""),
            )
        })
        .collect();
    // A post that was deleted before it was told is answered to nobody any more.
    assert_eq!(
        seen,
        [
            ("post.mention.create", "@shop #BuyKettle"),
            ("post.mention.create", "@shop #ConfirmKettle"),
            ("post.delete", ""),
        ]
    );
    let offer = client.world.post("shop", "Sale again", None, NOON_MS).unwrap();
    client.world.post("ann", "#ConfirmKettle", Some(&offer), NOON_MS).unwrap();
    let told = lines(&mut client, id);
    assert_eq!(told[0]["data"]["event_type"], "post.reply.create");
    assert_eq!(told[0]["data"]["payload"]["text"], "@shop #ConfirmKettle");
    client.world.expire_tokens(client.now_ms);
    client.token = Some("a1".to_owned());
    assert_eq!(client.get("/2/users/me").status, 401);
}
