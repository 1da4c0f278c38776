//! Servers over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use networks::server::{Clock, Server, Settings};
use networks::{Fault, Network, Society, bluesky, x};
use serde_json::{Value, json};
use tungstenite::Message;

use super::client::NOON_MS;

fn start<N: Network + Society + 'static>(network: N, faults: &[&str]) -> Server<N> {
    let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
    Server::start(network, Settings { port: 0, faults, seed: 1, clock: Clock::new(|| NOON_MS) }).unwrap()
}

fn bluesky() -> bluesky::World {
    let mut world = bluesky::World::new(bluesky::Options::default());
    world.join("ann.example", NOON_MS);
    world
}

/// Sends a request and returns everything that comes until the other side closes.
fn exchange<N>(server: &Server<N>, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(server.address).unwrap();
    let length = body.len();
    write!(socket, "{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    // A connection that breaks is an answer as well.
    socket.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_is_answered_with_the_servers_own_address() {
    let server = start(bluesky(), &[]);
    let resolved =
        exchange(&server, "GET", "/xrpc/com.atproto.identity.resolveHandle?handle=ann.example", "", "");
    let (head, body) = resolved.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("content-type: application/json"), "{head}");
    let did: Value = serde_json::from_str(body).unwrap();
    let document = exchange(&server, "GET", &format!("/{}", did["did"].as_str().unwrap()), "", "");
    assert!(document.contains(&server.base_url()), "{document}");
}

#[test]
fn a_websocket_is_served_and_cut_in_the_middle_of_a_frame() {
    let server = start(bluesky(), &[]);
    let address = format!("ws://{}/xrpc/network.bsky.jetstream.subscribeEvents", server.address);
    let connect = || {
        let socket = TcpStream::connect(server.address).unwrap();
        let request = tungstenite::client::ClientRequestBuilder::new(address.parse().unwrap());
        tungstenite::client(request.with_sub_protocol("xrpc.v1.json"), socket).unwrap()
    };
    let post =
        |text: &str| server.shared.lock().stage.network.post("ann.example", text, None, NOON_MS).unwrap();
    let (mut socket, response) = connect();
    assert_eq!(response.headers()["sec-websocket-protocol"], "xrpc.v1.json");
    post("first");
    let Message::Text(text) = socket.read().unwrap() else { panic!("no text") };
    let message: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(message["payload"]["record"]["text"], "first");
    socket.send(Message::Ping(vec![1, 2].into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong(vec![1, 2].into()));
    let faults = json!([{"kind": "cut", "next": 1}]);
    let set = exchange(
        &server,
        "PUT",
        "/_control/faults",
        "content-type: application/json\r\n",
        &faults.to_string(),
    );
    assert!(set.starts_with("HTTP/1.1 200"), "{set}");
    post("second");
    assert!(socket.read().is_err());
    let (mut socket, _) = connect();
    post("third");
    assert!(matches!(socket.read().unwrap(), Message::Text(text) if text.contains("third")));
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn an_endless_answer_ends_with_its_client() {
    let mut world =
        x::World::new(x::Options { activity_streams: 1, has_rate_limits: false, ..x::Options::default() });
    world.add_app("c1", None, "app-token", "https://shop.example/");
    let shop = world.add_tokens("shop", "c1", "a1", None, NOON_MS);
    world.join("ann", NOON_MS);
    let server = start(world, &[]);
    let body =
        json!({"event_type": "post.mention.create", "filter": {"user_id": shop.to_string()}}).to_string();
    let headers = "authorization: Bearer a1\r\ncontent-type: application/json\r\n";
    let made = exchange(&server, "POST", "/2/activity/subscriptions", headers, &body);
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let open = || {
        let mut socket = TcpStream::connect(server.address).unwrap();
        write!(
            socket,
            "GET /2/activity/stream HTTP/1.1\r\nhost: h\r\nauthorization: Bearer app-token\r\n\r\n"
        )
        .unwrap();
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        reader.read_line(&mut head).unwrap();
        (head, reader)
    };
    let (head, mut reader) = open();
    assert_eq!(head, "HTTP/1.1 200 OK\r\n");
    server.shared.lock().stage.network.post("ann", "@shop #Buy", None, NOON_MS).unwrap();
    let line = reader.by_ref().lines().map(Result::unwrap).find(|line| line.starts_with('{')).unwrap();
    assert!(line.contains("@shop #Buy"), "{line}");
    assert!(open().0.starts_with("HTTP/1.1 429"));
    drop(reader);
    // The server notices the end soon, and then lets the next one in.
    assert!((0..1000).any(|_| open().0.starts_with("HTTP/1.1 200")));
}

/// What a client gets when the connection breaks; the post is there if the effect took place.
#[test]
fn an_answer_is_lost_before_and_after_the_effect() {
    for (fault, has_effect) in [("cut-before=1x", false), ("cut-after=1x", true)] {
        let mut world = x::World::new(x::Options::default());
        world.add_app("c1", None, "app-token", "https://shop.example/");
        world.add_tokens("shop", "c1", "a1", None, NOON_MS);
        let server = start(world, &[fault]);
        let headers = "authorization: Bearer a1\r\ncontent-type: application/json\r\n";
        let answer = exchange(&server, "POST", "/2/tweets", headers, "{\"text\":\"Sale\"}");
        assert!(
            !answer.contains("\"edit_history_tweet_ids\":[\"") || !answer.ends_with("0\r\n\r\n"),
            "{fault}: {answer}"
        );
        let posts = exchange(&server, "GET", "/_control/posts", "", "");
        assert_eq!(posts.contains("Sale"), has_effect, "{fault}: {posts}");
    }
}

#[test]
fn people_act_by_control_calls() {
    let server = start(bluesky(), &[]);
    let say = |body: Value| {
        let answer = exchange(
            &server,
            "POST",
            "/_control/posts",
            "content-type: application/json\r\n",
            &body.to_string(),
        );
        serde_json::from_str::<Value>(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let id = say(json!({"account": "ben.example", "text": "#Buy"}))["id"].as_str().unwrap().to_owned();
    assert!(say(json!({"account": "ben.example", "text": "#Confirm", "reply_to": id}))["id"].is_string());
    assert_eq!(say(json!({"account": "ben.example", "delete": id})), json!({"deleted": true}));
    assert_eq!(
        say(json!({"account": "ben.example"}))["error"],
        "one of `text`, `repost` and `delete` is needed"
    );
}
